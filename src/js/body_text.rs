//! Request bodies as text, by the charset their sender names.

use std::borrow::Cow;
use std::fmt;

/// What to do with bytes that are no valid text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Put U+FFFD in their place, as the original did.
    Replace,
    /// Refuse the body.
    Refuse,
}

/// Why a body could not be read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyTextError {
    /// The charset is none that is decoded here; an answer of status 415.
    UnsupportedCharset,
    /// The bytes are no text of that charset; only with [`Malformed::Refuse`].
    MalformedText,
}

impl BodyTextError {
    /// The stable code of the refusal.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnsupportedCharset => "unsupported_charset",
            Self::MalformedText => "malformed_text",
        }
    }
}

impl fmt::Display for BodyTextError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::UnsupportedCharset => "the charset is not supported",
            Self::MalformedText => "the bytes are no text of their charset",
        })
    }
}

impl std::error::Error for BodyTextError {}

/// Decodes a body; no charset means UTF-8, and a byte order mark is dropped (heat-collector.md 4.2).
///
/// Understands `utf-8`, `utf-16`, `utf-16le` and `utf-16be` in any letter case. The original also read UTF-7 and UTF-32,
/// which no browser sends. Valid UTF-8 is borrowed, not copied.
///
/// # Errors
/// [`BodyTextError::UnsupportedCharset`] for any other name, [`BodyTextError::MalformedText`] as `malformed` asks.
pub fn decode_body_text<'a>(
    bytes: &'a [u8],
    charset: Option<&str>,
    malformed: Malformed,
) -> Result<Cow<'a, str>, BodyTextError> {
    match Charset::named(charset.unwrap_or("utf-8"))? {
        Charset::Utf8 => decode_utf8(bytes, malformed),
        Charset::Utf16 => decode_utf16(bytes, guess_unit(bytes), malformed),
        Charset::Utf16Le => decode_utf16(bytes, u16::from_le_bytes, malformed),
        Charset::Utf16Be => decode_utf16(bytes, u16::from_be_bytes, malformed),
    }
}

enum Charset {
    Utf8,
    Utf16,
    Utf16Le,
    Utf16Be,
}

impl Charset {
    fn named(name: &str) -> Result<Self, BodyTextError> {
        [("utf-8", Self::Utf8), ("utf-16", Self::Utf16), ("utf-16le", Self::Utf16Le), ("utf-16be", Self::Utf16Be)]
            .into_iter()
            .find_map(|(known, charset)| name.eq_ignore_ascii_case(known).then_some(charset))
            .ok_or(BodyTextError::UnsupportedCharset)
    }
}

/// Turns two bytes into one UTF-16 unit.
type Unit = fn([u8; 2]) -> u16;

/// Pairs of bytes looked at when no byte order mark tells the order.
const GUESS_PAIRS: usize = 64;

/// Finds the byte order by its mark, else by the side on which ASCII has its zero bytes, else little-endian.
fn guess_unit(bytes: &[u8]) -> Unit {
    match bytes {
        [0xfe, 0xff, ..] => return u16::from_be_bytes,
        [0xff, 0xfe, ..] => return u16::from_le_bytes,
        _ => {}
    }
    let pairs = || bytes.as_chunks::<2>().0.iter().take(GUESS_PAIRS);
    let big = pairs().filter(|[high, low]| *high == 0 && *low != 0).count();
    let little = pairs().filter(|[low, high]| *high == 0 && *low != 0).count();
    if big > little { u16::from_be_bytes } else { u16::from_le_bytes }
}

fn decode_utf8(bytes: &[u8], malformed: Malformed) -> Result<Cow<'_, str>, BodyTextError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match malformed {
        Malformed::Replace => Ok(String::from_utf8_lossy(bytes)),
        Malformed::Refuse => str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| BodyTextError::MalformedText),
    }
}

/// Decodes UTF-16; a last odd byte is dropped, as Node drops it, unless malformed text is refused.
fn decode_utf16<'a>(bytes: &[u8], unit: Unit, malformed: Malformed) -> Result<Cow<'a, str>, BodyTextError> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if malformed == Malformed::Refuse && !odd.is_empty() {
        return Err(BodyTextError::MalformedText);
    }
    let mut text = String::with_capacity(pairs.len());
    for (index, decoded) in char::decode_utf16(pairs.iter().copied().map(unit)).enumerate() {
        match decoded {
            Ok('\u{feff}') if index == 0 => {}
            Ok(character) => text.push(character),
            Err(_) if malformed == Malformed::Replace => text.push(char::REPLACEMENT_CHARACTER),
            Err(_) => return Err(BodyTextError::MalformedText),
        }
    }
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::{BodyTextError, Malformed, decode_body_text};

    fn replaced(bytes: &[u8], charset: Option<&str>) -> String {
        decode_body_text(bytes, charset, Malformed::Replace).unwrap().into_owned()
    }

    #[test]
    fn utf8_is_the_default_and_loses_its_mark() {
        assert_eq!(replaced(b"\xef\xbb\xbf{}", None), "{}");
        assert_eq!(replaced(b"\xef\xbb\xbf\xef\xbb\xbf{}", Some("UTF-8")), "\u{feff}{}");
    }

    #[test]
    fn invalid_utf8_is_replaced_or_refused() {
        assert_eq!(replaced(b"a\xff\xe2\x82b\xed\xa0\x80", None), "a\u{fffd}\u{fffd}b\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(decode_body_text(b"a\xff", None, Malformed::Refuse), Err(BodyTextError::MalformedText));
    }

    #[test]
    fn utf16_finds_its_byte_order() {
        for (bytes, charset) in [
            (&b"\xff\xfe{\0}\0"[..], "utf-16"),
            (b"\xfe\xff\0{\0}", "utf-16"),
            (b"{\0}\0", "UTF-16"),
            (b"\0{\0}", "utf-16"),
            (b"{\0}\0\x20", "utf-16le"),
            (b"\xfe\xff\0{\0}", "utf-16be"),
        ] {
            assert_eq!(replaced(bytes, Some(charset)), "{}", "{bytes:?} {charset}");
        }
    }

    #[test]
    fn broken_utf16_is_replaced_or_refused() {
        assert_eq!(replaced(b"\x3d\xd8a\0", Some("utf-16le")), "\u{fffd}a");
        for bytes in [&b"\x3d\xd8a\0"[..], b"a\0b"] {
            let refused = decode_body_text(bytes, Some("utf-16le"), Malformed::Refuse);
            assert_eq!(refused, Err(BodyTextError::MalformedText));
        }
    }

    #[test]
    fn other_charsets_are_named_as_such() {
        for charset in ["iso-8859-1", "utf8", "utf-7", "utf-32", ""] {
            let refused = decode_body_text(b"{}", Some(charset), Malformed::Replace);
            assert_eq!(refused, Err(BodyTextError::UnsupportedCharset), "{charset}");
        }
    }
}
