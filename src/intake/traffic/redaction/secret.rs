//! What looks like a secret or a person in a piece of a URL.
//!
//! Nobody can know; these are the shapes in which password resets, session ids and e-mail addresses usually come. A
//! name that people gave (`how-to-build-a-proxy-in-2024`) must not look like one.

use std::borrow::Cow;

/// From this length on a piece of random letters and digits may be a key to something.
const OPAQUE_CHARS: usize = 32;

/// Whether `piece`, as it stands in a URL, is an e-mail address, a JWT or a long opaque token.
pub(in super::super) fn is_secret(piece: &str) -> bool {
    is_email(piece) || is_jwt(piece) || is_opaque(piece)
}

/// An address: something, an at sign, and a name with a dot and a top-level domain of letters.
pub(in super::super) fn is_email(piece: &str) -> bool {
    let piece = at_signs(piece);
    let Some((local, domain)) = piece.rsplit_once('@') else { return false };
    let Some((name, top_level)) = domain.rsplit_once('.') else { return false };
    let is_top_level = top_level.len() >= 2 && top_level.bytes().all(|byte| byte.is_ascii_alphabetic());
    !local.is_empty() && !name.is_empty() && is_top_level
}

/// The piece with its at signs decoded; the rest is of no interest.
fn at_signs(piece: &str) -> Cow<'_, str> {
    if piece.contains("%40") { Cow::Owned(piece.replace("%40", "@")) } else { Cow::Borrowed(piece) }
}

/// A token that begins as the JSON `{"` does in base64url (RFC 7515 3.1).
pub(in super::super) fn is_jwt(piece: &str) -> bool {
    piece.starts_with("eyJ") && piece.len() >= 16 && piece.contains('.')
}

/// Letters and digits in an order that no person would write, but not a UUID, alone or as the name of a file: that is
/// an id, and ids are kept.
pub(in super::super) fn is_opaque(piece: &str) -> bool {
    let is_written_so = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~%=+".contains(&byte);
    let stem = piece.split_once('.').map_or(piece, |(stem, _)| stem);
    if piece.len() < OPAQUE_CHARS || is_uuid(stem) || !piece.bytes().all(is_written_so) {
        return false;
    }
    let letters_and_digits = piece.bytes().filter(u8::is_ascii_alphanumeric).count();
    letters_and_digits >= OPAQUE_CHARS && changes(piece) >= (letters_and_digits / 10).max(4)
}

/// How often a digit stands right beside a letter: rarely in names, often in random text.
pub(in super::super) fn changes(piece: &str) -> usize {
    let beside = |pair: &&[u8]| match **pair {
        [left, right] => {
            (left.is_ascii_digit() && right.is_ascii_alphabetic())
                || (left.is_ascii_alphabetic() && right.is_ascii_digit())
        }
        _ => false,
    };
    piece.as_bytes().windows(2).filter(beside).count()
}

/// A UUID in its usual form with hyphens, in either case.
pub(in super::super) fn is_uuid(piece: &str) -> bool {
    piece.len() == 36
        && piece.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_seen() {
        for piece in [
            "ann@example.org",
            "ann%40example.org",
            "Ann.Other+tag%40mail.example.co",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
            "3f9a2c1b8d7e6f5a4b3c2d1e0f9a8b7c",
            "0123456789abcdef0123456789abcdef01234567",
            "q7Zk2PfX9vLm4TtB8sYc1RnW6hJd3GgA",
            "AbC123dEf456-gHi789_jKl012mNo345pQr678",
            "sk_live_51H8xYzKq2V9bN4mP7tR3wC6dF0gJ",
        ] {
            assert!(is_secret(piece), "{piece}");
        }
    }

    #[test]
    fn names_and_ids_are_not() {
        for piece in [
            "",
            "42",
            "users",
            "@scope",
            "react@18.2.0",
            "react-dom@18",
            "me@home",
            "6c99614c-5951-4d33-9a17-aa82c5eb683d",
            "6C99614C-5951-4d33-9a17-aa82c5eb683d.pdf",
            "1772884983691_497047272_image11_low.jpeg",
            "how-to-build-a-reverse-proxy-in-rust-2024-edition",
            "AnnualReportOfTheSocietyForImprovement2024",
            "eyJ",
            "00000000000000000000000000000000000000000000",
            "%E6%97%A5%E6%9C%AC%E8%AA%9E",
        ] {
            assert!(!is_secret(piece), "{piece}");
        }
    }
}
