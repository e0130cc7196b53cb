//! What accounts may be called.

/// Longest name, in characters.
pub const MAX_NAME_CHARS: usize = 64;

/// The name as it is kept, if an account may have it.
#[must_use]
pub fn judge(name: &str) -> Option<&str> {
    let name = name.trim();
    let is_allowed = !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(is_unseen);
    is_allowed.then_some(name)
}

/// Characters that nobody sees, or that change how what follows them is read: two names would look the same.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_seen_as_they_are() {
        assert_eq!(judge("  Ada Lovelace "), Some("Ada Lovelace"));
        assert_eq!(judge("ada@example.org"), Some("ada@example.org"));
        for name in ["", "   ", "a\nb", "a\u{202e}b", "a\u{200b}b", &"x".repeat(65)] {
            assert_eq!(judge(name), None, "{name:?}");
        }
    }
}
