//! Codes that stand in for a lost second factor: 50 bits each, in letters and digits that cannot be mixed up.

use aws_lc_rs::rand::fill;

use crate::domain::id::SecretHash;
use crate::store::registry::hash_secret;

/// Codes that are made at once.
pub const COUNT: usize = 10;

/// Without 0, 1, i and l, which are mixed up; 32 of them, so that each is as likely as the others.
const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnopqrstuvwxyz";

const CHARS: usize = 10;

/// New codes, as they are shown: `xxxxx-xxxxx`; none if the system has no randomness.
#[must_use]
pub fn new_codes() -> Option<Vec<String>> {
    (0..COUNT)
        .map(|_| {
            let mut bytes = [0_u8; CHARS];
            fill(&mut bytes).ok()?;
            let mut code: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
            code.insert(CHARS / 2, '-');
            Some(code)
        })
        .collect()
}

/// What a code is kept as; none if the text is none. Hyphens, spaces and case do not matter.
#[must_use]
pub fn hash(text: &str) -> Option<SecretHash> {
    let code: String =
        text.chars().filter(|character| *character != '-' && !character.is_whitespace()).take(CHARS + 1).collect();
    let code = code.to_ascii_lowercase();
    (code.len() == CHARS && code.bytes().all(|byte| LETTERS.contains(&byte))).then(|| hash_secret(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_however_they_are_typed() {
        let codes = new_codes().unwrap();
        assert_eq!(codes.len(), COUNT);
        for code in &codes {
            let typed = format!(" {} ", code.to_uppercase().replace('-', " "));
            assert!(hash(code).is_some() && hash(&typed) == hash(code), "{code}");
        }
        assert_ne!(hash(&codes[0]), hash(&codes[1]));
        for text in ["", "123456", "aaaaa-aaaaaa", "aaaaa-aaaa!"] {
            assert_eq!(hash(text), None, "{text}");
        }
    }
}
