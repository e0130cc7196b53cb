//! What a compressed copy says about itself: one frame in front of the data that every Zstandard reader skips (RFC 8878
//! section 3.1.2), so that a list need not unpack anything.

use std::io::Read;

use serde::{Deserialize, Serialize};

/// Magic number of a frame to be skipped, and the length of ours, as they stand in the file.
const HEAD: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 0xf8, 0x03, 0x00, 0x00];

/// Length of the whole frame, in bytes.
pub const LABEL_BYTES: usize = 1024;

/// What is known of a copy. It is written last, after the copy was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Version of the Hearth that made it.
    pub hearth: String,
    /// The moment of which it is: milliseconds since the epoch.
    pub made_at: i64,
    pub schema: i64,
    /// Length and SHA-256 of the database in it.
    pub database_bytes: u64,
    pub database_sha256: String,
    /// Length of the file it is in.
    pub file_bytes: u64,
}

impl Label {
    /// The frame.
    #[must_use]
    pub fn frame(&self) -> Vec<u8> {
        let mut frame = HEAD.to_vec();
        // Numbers and a version: it fits many times over.
        frame.extend(serde_json::to_vec(self).unwrap_or_default());
        frame.resize(LABEL_BYTES, b' ');
        frame
    }

    /// What stands before the label is written: a frame that says nothing.
    #[must_use]
    pub fn blank() -> Vec<u8> {
        let mut frame = HEAD.to_vec();
        frame.resize(LABEL_BYTES, b' ');
        frame
    }

    /// The label at the beginning of a file.
    #[must_use]
    pub fn parse(beginning: &[u8]) -> Option<Self> {
        let text = beginning.get(..LABEL_BYTES)?.strip_prefix(&HEAD)?;
        serde_json::from_slice(text).ok()
    }

    /// The label of a file on the disk.
    #[must_use]
    pub fn of(mut file: impl Read) -> Option<Self> {
        let mut beginning = [0; LABEL_BYTES];
        file.read_exact(&mut beginning).ok()?;
        Self::parse(&beginning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label() -> Label {
        Label {
            hearth: "0.1.0".to_owned(),
            made_at: i64::MAX,
            schema: i64::MAX,
            database_bytes: u64::MAX,
            database_sha256: "0".repeat(64),
            file_bytes: u64::MAX,
        }
    }

    #[test]
    fn a_label_is_read_as_it_was_written_and_a_blank_one_is_none() {
        assert_eq!(label().frame().len(), LABEL_BYTES);
        assert_eq!(Label::of(label().frame().as_slice()), Some(label()));
        assert_eq!(Label::parse(&Label::blank()), None);
        assert_eq!(Label::parse(&label().frame()[..LABEL_BYTES - 1]), None);
        assert_eq!(Label::parse(&[0; LABEL_BYTES]), None);
    }

    #[test]
    fn readers_of_zstandard_skip_it() {
        let mut file = label().frame();
        file.extend(zstd::encode_all(&b"data"[..], 1).unwrap());
        assert_eq!(zstd::decode_all(file.as_slice()).unwrap(), b"data");
    }
}
