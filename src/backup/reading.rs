//! Reading a copy, compressed or not, whoever compressed it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use aws_lc_rs::digest;

use super::error::BackupError;
use super::label::{LABEL_BYTES, Label};
use super::watch::{Phase, Watch};

/// What every SQLite file begins with.
pub(super) const SQLITE: &[u8] = b"SQLite format 3\0";

/// What a frame of Zstandard begins with, and the one that is skipped.
const ZSTANDARD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const SKIPPED: [u8; 3] = [0x2a, 0x4d, 0x18];

/// Largest window that is unpacked, as a power of two: 128 MiB, what `zstd` takes without being asked.
const MAX_WINDOW: u32 = 27;

/// Read at once.
const PIECE_BYTES: usize = 256 * 1024;

/// What was in a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    pub label: Option<Label>,
    pub bytes: u64,
    pub sha256: String,
}

/// Where an unpacked database goes, and what errors call that.
pub(super) struct Target<'a> {
    pub to: &'a mut dyn Write,
    pub path: &'a Path,
}

/// Reads the database that a file holds, and forgets it.
pub(super) fn read_back(path: &Path, watch: &mut Watch<'_>) -> Result<Unpacked, BackupError> {
    let from = File::open(path).map_err(BackupError::read(path))?;
    unpack(from, path, &mut Target { to: &mut io::sink(), path }, Phase::ReadingBack, watch)
}

/// Writes the database that comes out of `from`, which errors call `name`.
pub(super) fn unpack(
    from: impl Read,
    name: &Path,
    target: &mut Target<'_>,
    phase: Phase,
    watch: &mut Watch<'_>,
) -> Result<Unpacked, BackupError> {
    let mut from = BufReader::with_capacity(PIECE_BYTES, from);
    let mut beginning = Vec::with_capacity(LABEL_BYTES);
    from.by_ref().take(LABEL_BYTES as u64).read_to_end(&mut beginning).map_err(BackupError::read(name))?;
    let label = Label::parse(&beginning);
    let all = label.as_ref().map_or(0, |label| label.database_bytes);
    let is_packed = beginning.starts_with(&ZSTANDARD) || beginning.get(1..4) == Some(&SKIPPED);
    let is_plain = beginning.starts_with(SQLITE);
    let whole = io::Cursor::new(beginning).chain(from);
    let (bytes, sha256) = if is_plain {
        pour(whole, name, target, phase, all, watch)?
    } else if is_packed {
        pour(decoder(whole).map_err(BackupError::read(name))?, name, target, phase, all, watch)?
    } else {
        return Err(BackupError::NotACopy(name.display().to_string()));
    };
    if let Some(label) = &label
        && (label.database_bytes, &label.database_sha256) != (bytes, &sha256)
    {
        return Err(BackupError::damaged(name, "what is in it is not what its label says"));
    }
    Ok(Unpacked { label, bytes, sha256 })
}

fn decoder<R: BufRead>(from: R) -> io::Result<zstd::stream::read::Decoder<'static, R>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(from)?;
    decoder.window_log_max(MAX_WINDOW)?;
    Ok(decoder)
}

fn pour(
    mut from: impl Read,
    name: &Path,
    target: &mut Target<'_>,
    phase: Phase,
    all: u64,
    watch: &mut Watch<'_>,
) -> Result<(u64, String), BackupError> {
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut piece = vec![0; PIECE_BYTES];
    let mut done = 0;
    loop {
        let length = match from.read(&mut piece) {
            Ok(0) => return Ok((done, hex(hash.finish().as_ref()))),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // The decoder says what is wrong with what it reads; the disk has other words.
            Err(error) if error.raw_os_error().is_none() => return Err(BackupError::damaged(name, error.to_string())),
            Err(error) => return Err(BackupError::read(name)(error)),
        };
        let read = piece.get(..length).unwrap_or_default();
        hash.update(read);
        target.to.write_all(read).map_err(BackupError::write(target.path))?;
        done += length as u64;
        watch.go_on(phase, done, all)?;
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
