//! What a client or an app may have sent, as text that can be stored and shown.

use std::borrow::Cow;

/// The longest beginning of `text` within `max_bytes` that ends between two characters.
pub(super) fn cut(text: &str, max_bytes: usize) -> &str {
    text.split_at_checked(text.floor_char_boundary(max_bytes)).map_or(text, |(beginning, _)| beginning)
}

/// Text of bytes that are not UTF-8 for certain, without what cannot be shown; at most `max_bytes`.
///
/// Invalid bytes become U+FFFD, control characters disappear, spaces at the ends too.
pub(super) fn shown(bytes: &[u8], max_bytes: usize) -> Cow<'_, str> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) if !text.contains(char::is_control) => Cow::Borrowed(cut(text.trim(), max_bytes)),
        text => {
            let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
            Cow::Owned(cut(text.trim(), max_bytes).to_owned())
        }
    }
}

/// A name that somebody gave: at most `max_chars` characters, or nothing if there is nothing to show.
pub(super) fn name(bytes: &[u8], max_chars: usize) -> Option<Box<str>> {
    let text = shown(bytes, max_chars.saturating_mul(4));
    let end = text.char_indices().nth(max_chars).map_or(text.len(), |(at, _)| at);
    let name = cut(&text, end).trim_end();
    (!name.is_empty()).then(|| name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("aé", 9), "aé");
        assert_eq!(cut("", 0), "");
    }

    #[test]
    fn what_cannot_be_shown_disappears() {
        assert_eq!(shown(b" a\x1b[31mb\r\n ", 99), "a[31mb");
        assert_eq!(shown(b"\xffx", 99), "\u{fffd}x");
        assert_eq!(shown("a\u{85}b".as_bytes(), 99), "ab");
        assert_eq!(shown(b"plain", 3), "pla");
    }

    #[test]
    fn a_name_is_counted_in_characters() {
        assert_eq!(name("é".repeat(300).as_bytes(), 255).unwrap().chars().count(), 255);
        assert_eq!(name(b"ann", 255).as_deref(), Some("ann"));
        assert_eq!(name(b" \x00 ", 255), None);
        assert_eq!(name(b"", 255), None);
        assert_eq!(name(b"ab c", 3).as_deref(), Some("ab"));
    }
}
