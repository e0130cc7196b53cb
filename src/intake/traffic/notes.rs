//! What a worker writes down of an exchange's heads, in one piece of memory.
//!
//! Texts are copied, not shared: a clone of a header's value would keep the whole buffer that its head was read into,
//! for as long as the record waits, and a clone per value costs more than this one piece.

/// Longest request target that is noted, in bytes; longer ones are refused by the proxy's default limits.
const MAX_TARGET_BYTES: usize = 8 * 1024;

/// Longest other text that is noted, in bytes, unless it holds credentials.
const MAX_TEXT_BYTES: usize = 1024;

/// Longest cookies or token that are noted, in bytes.
const MAX_CREDENTIAL_BYTES: usize = 16 * 1024;

/// Bytes before each text: what it is (2), and its length (2).
const HEAD_BYTES: usize = 4;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// Path and query.
    Target,
    Host,
    UserAgent,
    Referrer,
    TraceParent,
    /// The values of all `Cookie` fields, as if they were one.
    Cookie,
    Authorization,
    /// What the app called the route.
    Route,
    /// A header of the request that an identity source names, by its place in the list.
    RequestHeader(u8),
    /// A header of the response that an identity source names, by its place in the list.
    ResponseHeader(u8),
}

/// The texts of one exchange; of each kind the first counts.
#[derive(Debug, Default)]
pub(super) struct Notes {
    bytes: Vec<u8>,
}

impl Notes {
    /// Room for notes of about `bytes`.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    /// Bytes to reserve for a text of this length.
    pub(super) fn room_for(text: &[u8]) -> usize {
        HEAD_BYTES + text.len()
    }

    /// Writes a text down, its beginning if it is too long.
    pub(super) fn add(&mut self, note: Note, text: &[u8]) {
        let text = text.get(..note.max_bytes()).unwrap_or(text);
        // The limits are far below what two bytes can say.
        let length = u16::try_from(text.len()).unwrap_or(0);
        self.bytes.extend_from_slice(&note.code());
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(text.get(..usize::from(length)).unwrap_or_default());
    }

    pub(super) fn get(&self, note: Note) -> Option<&[u8]> {
        let mut rest = self.bytes.as_slice();
        loop {
            let (head, after) = rest.split_first_chunk::<HEAD_BYTES>()?;
            let [kind, place, low, high] = *head;
            let (text, after) = after.split_at_checked(usize::from(u16::from_le_bytes([low, high])))?;
            if [kind, place] == note.code() {
                return Some(text);
            }
            rest = after;
        }
    }

    /// Memory that the notes hold, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

impl Note {
    fn code(self) -> [u8; 2] {
        match self {
            Self::Target => [0, 0],
            Self::Host => [1, 0],
            Self::UserAgent => [2, 0],
            Self::Referrer => [3, 0],
            Self::TraceParent => [4, 0],
            Self::Cookie => [5, 0],
            Self::Authorization => [6, 0],
            Self::Route => [7, 0],
            Self::RequestHeader(place) => [8, place],
            Self::ResponseHeader(place) => [9, place],
        }
    }

    fn max_bytes(self) -> usize {
        match self {
            Self::Target => MAX_TARGET_BYTES,
            Self::Cookie | Self::Authorization => MAX_CREDENTIAL_BYTES,
            Self::Host
            | Self::UserAgent
            | Self::Referrer
            | Self::TraceParent
            | Self::Route
            | Self::RequestHeader(_)
            | Self::ResponseHeader(_) => MAX_TEXT_BYTES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_by_its_name_and_the_first_counts() {
        let mut notes = Notes::default();
        assert_eq!(notes.get(Note::Target), None);
        notes.add(Note::Target, b"/a?b");
        notes.add(Note::RequestHeader(0), b"zero");
        notes.add(Note::RequestHeader(255), b"");
        notes.add(Note::Target, b"/other");
        assert_eq!(notes.get(Note::Target), Some(&b"/a?b"[..]));
        assert_eq!(notes.get(Note::RequestHeader(0)), Some(&b"zero"[..]));
        assert_eq!(notes.get(Note::RequestHeader(255)), Some(&b""[..]));
        assert_eq!(notes.get(Note::ResponseHeader(0)), None);
    }

    #[test]
    fn long_texts_are_cut_and_what_follows_is_still_found() {
        let long = vec![b'x'; 100_000];
        let mut notes = Notes::default();
        for note in [Note::Target, Note::Cookie, Note::Authorization, Note::UserAgent, Note::ResponseHeader(3)] {
            notes.add(note, &long);
        }
        notes.add(Note::Host, b"h");
        let length = |note| notes.get(note).map(<[u8]>::len);
        assert_eq!(length(Note::Target), Some(8 * 1024));
        assert_eq!(length(Note::Cookie), Some(16 * 1024));
        assert_eq!(length(Note::UserAgent), Some(1024));
        assert_eq!(notes.get(Note::Host), Some(&b"h"[..]));
    }
}
