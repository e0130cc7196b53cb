//! Identifiers: row ids of one file, and the names by which the outside knows things.

/// Row id of a project in this installation's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectId(pub i64);

/// SHA-256 of a project key or read token; the secret itself is never kept.
pub type SecretHash = [u8; 32];

/// Longest workspace id, in bytes.
const MAX_WORKSPACE_ID_BYTES: usize = 128;

/// Whether a text may be a workspace id, by which web pages name their project (datalyr.md 2).
#[must_use]
pub fn is_workspace_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
    (1..=MAX_WORKSPACE_ID_BYTES).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// How a client names its own things: most use UUIDs, but any text is allowed.
///
/// A canonical lower-case UUID is kept as its 16 bytes, which costs less than half of its text on
/// disk; everything else is kept as sent. Both read back as exactly the text that came in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ClientId {
    /// A canonical lower-case hyphenated UUID.
    Uuid([u8; 16]),
    /// Any other text.
    Text(Box<str>),
}

impl ClientId {
    /// Packs `text` without loss.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match parse_canonical_uuid(text) {
            Some(bytes) => Self::Uuid(bytes),
            None => Self::Text(text.into()),
        }
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Uuid(bytes) => uuid::Uuid::from_bytes(*bytes).as_hyphenated().fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// The 16 bytes of a UUID whose text is exactly what formatting the bytes gives back.
fn parse_canonical_uuid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    if [8, 13, 18, 23].iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let mut bytes = [0_u8; 16];
    let mut invalid = 0_u8;
    for (byte, at) in bytes.iter_mut().zip(DIGITS_AT) {
        let (high, low) = (DIGIT[usize::from(text[at])], DIGIT[usize::from(text[at + 1])]);
        invalid |= (high | low) & NO_DIGIT;
        *byte = high << 4 | low;
    }
    (invalid == 0).then_some(bytes)
}

/// Where the two digits of each byte stand.
const DIGITS_AT: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// Set in the value of a character that is no lower-case hexadecimal digit.
const NO_DIGIT: u8 = 0x80;

/// Value of each character as a digit.
const DIGIT: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < 16 {
        values[b"0123456789abcdef"[digit as usize] as usize] = digit;
        digit += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_reads_back_as_sent() {
        for text in [
            "6c99614c-5951-4d33-9a17-aa82c5eb683d",
            "6C99614C-5951-4D33-9A17-AA82C5EB683D",
            "6c99614c59514d339a17aa82c5eb683d",
            "6c99614c-5951-4d33-9a17-aa82c5eb683",
            "6c99614c-5951-4d33-9a17_aa82c5eb683d",
            "6c99614c-5951-4d33-9a17-aa82c5eb683g",
            "",
            "e1",
        ] {
            assert_eq!(ClientId::new(text).to_string(), text);
        }
    }

    #[test]
    fn only_canonical_uuids_are_packed() {
        assert!(matches!(ClientId::new("6c99614c-5951-4d33-9a17-aa82c5eb683d"), ClientId::Uuid(_)));
        assert!(matches!(ClientId::new("6C99614C-5951-4d33-9a17-aa82c5eb683d"), ClientId::Text(_)));
    }
}
