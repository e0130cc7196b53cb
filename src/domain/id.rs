//! Identifiers: row ids of one file, and the names by which the outside knows things.

/// Row id of a project in this installation's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectId(pub i64);

/// SHA-256 of a project key or read token; the secret itself is never kept.
pub type SecretHash = [u8; 32];

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
    let text = text.as_bytes();
    if text.len() != 36 {
        return None;
    }
    let mut bytes = [0_u8; 16];
    let mut digits = 0_usize;
    for (at, &byte) in text.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        let value = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        bytes[digits / 2] = (bytes[digits / 2] << 4) | value;
        digits += 1;
    }
    Some(bytes)
}

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
