//! Bodies as text that a strict JSON reader takes (datalyr.md 0, 5).
//!
//! SDKs cut texts and ids at a number of UTF-16 units, through the middle of a character if it has to be, and send the
//! half as `\ud83d`. JavaScript reads that; a strict reader would refuse the whole batch.

/// The text of a body without a byte order mark, and with `\ufffd` for every half of a character.
///
/// Nothing if it is not UTF-8: no SDK sends such a body, and what it was meant to say is anybody's guess.
pub(super) fn readable(mut body: Vec<u8>) -> Option<String> {
    if body.starts_with(b"\xef\xbb\xbf") {
        body.drain(..3);
    }
    let text = String::from_utf8(body).ok()?;
    let halves = halves(&text);
    if halves.is_empty() {
        return Some(text);
    }
    let mut bytes = text.into_bytes();
    for digits in halves {
        bytes.get_mut(digits..digits + 4)?.copy_from_slice(b"fffd");
    }
    String::from_utf8(bytes).ok()
}

/// Where the digits of escapes are that stand for half a character.
fn halves(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    // A backslash before anything but ASCII is no JSON: there the search may end.
    while let Some(next) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let escape = at + next;
        at = match unit(bytes, escape) {
            None => escape + 2,
            Some(0xd800..=0xdbff) if matches!(unit(bytes, escape + 6), Some(0xdc00..=0xdfff)) => escape + 12,
            Some(0xd800..=0xdfff) => {
                found.push(escape + 2);
                escape + 6
            }
            Some(_) => escape + 6,
        };
    }
    found
}

/// The UTF-16 unit that is escaped at a place, if there is one.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let &[b'\\', b'u', ref digits @ ..] = bytes.get(at..at + 6)? else { return None };
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> String {
        readable(body.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn halves_of_characters_are_replaced_and_nothing_else() {
        for (body, expected) in [
            (r#""a\ud83d...""#, r#""a\ufffd...""#),
            (r#""\uD83D""#, r#""\ufffd""#),
            (r#""\ude00""#, r#""\ufffd""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\uD83D\uDe00\ud83d""#, r#""\uD83D\uDe00\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""\ud83d\n\ude00""#, r#""\ufffd\n\ufffd""#),
            (r#""\u00e9 é 😀""#, r#""\u00e9 é 😀""#),
            (r#""\ud83"#, r#""\ud83"#),
            (r#""\ud83g\u12"#, r#""\ud83g\u12"#),
            ("\"\\é\\ud83d\"", "\"\\é\\ud83d\""),
            ("\\", "\\"),
            ("", ""),
        ] {
            assert_eq!(read(body), expected, "{body}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_dropped_once_and_invalid_text_refused() {
        assert_eq!(read("\u{feff}{}"), "{}");
        assert_eq!(read("\u{feff}\u{feff}{}"), "\u{feff}{}");
        for body in [&b"{\"a\":\"\xff\xfe\"}"[..], b"\"\xe0\x80\xaf\"", b"\"\xed\xa0\x80\"", b"\"\xe2\x82\""] {
            assert_eq!(readable(body.to_vec()), None, "{body:?}");
        }
    }
}
