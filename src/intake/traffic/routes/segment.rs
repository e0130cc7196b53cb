//! What one segment of a path says about itself, with no other paths to compare it with.

use std::borrow::Cow;

use super::super::redaction::secret::{changes, is_email, is_jwt, is_opaque, is_uuid};

/// Longest segment that can be a name of the app's own, in bytes.
const MAX_NAME_BYTES: usize = 80;

/// Stands for a segment that takes many values.
pub(super) const VALUE: &str = ":value";

/// What stands for a segment in a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment<'a> {
    /// One of a handful of words (`:id`), which never grow in number.
    Kind(&'static str),
    /// A name, or one in which only a part was replaced (`app.:hash.js`): there may be many.
    Name(Cow<'a, str>),
}

/// Reads a segment as it was sent, with its escapes.
pub(super) fn read(segment: &str) -> Segment<'_> {
    // Matrix parameters are values whatever they are called.
    let segment = segment.split_once(';').map_or(segment, |(name, _)| name);
    if let Some(kind) = kind(segment) {
        return Segment::Kind(kind);
    }
    if segment.len() > MAX_NAME_BYTES {
        return Segment::Kind(VALUE);
    }
    match segment.split_once('.') {
        Some((stem, extensions)) if !stem.is_empty() => file(segment, stem, extensions),
        _ => match numbered(segment) {
            Some(kind) => Segment::Kind(kind),
            None => Segment::Name(Cow::Borrowed(segment)),
        },
    }
}

fn kind(segment: &str) -> Option<&'static str> {
    if is_decimal(segment) {
        Some(":id")
    } else if is_uuid(segment) {
        Some(":uuid")
    } else if is_date(segment) {
        Some(":date")
    } else if is_email(segment) {
        Some(":email")
    } else if is_jwt(segment) {
        Some(":token")
    } else if is_hex_id(segment) || is_mixed_id(segment) {
        Some(":id")
    } else if is_opaque(segment) {
        Some(":token")
    } else {
        None
    }
}

/// The name of a file, whose stem or one of whose later parts may be a number, an id or a hash.
fn file<'a>(segment: &'a str, stem: &str, extensions: &str) -> Segment<'a> {
    let stem_for = match hashed(stem) {
        Some(name) => Some(Cow::Owned(format!("{name}-:hash"))),
        None => kind(stem).or_else(|| numbered(stem)).map(Cow::Borrowed),
    };
    let is_hash = |part: &str| is_hex_id(part) || is_mixed_id(part);
    if stem_for.is_none() && !extensions.split('.').any(is_hash) {
        return Segment::Name(Cow::Borrowed(segment));
    }
    let mut name = stem_for.map_or_else(|| stem.to_owned(), Cow::into_owned);
    for part in extensions.split('.') {
        name.push('.');
        name.push_str(if is_hash(part) { ":hash" } else { part });
    }
    Segment::Name(Cow::Owned(name))
}

/// What stands before the hash in a name such as `index-DiwrgTda`, as bundlers write it before the extension.
fn hashed(stem: &str) -> Option<&str> {
    let (name, hash) = stem.split_at_checked(stem.len().checked_sub(9)?)?;
    let hash = hash.strip_prefix('-')?;
    let has = |test: fn(&u8) -> bool| hash.as_bytes().iter().any(test);
    // Only the first letter of a word is a capital.
    let is_mixed = has(u8::is_ascii_lowercase) && hash.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    let is_written_so = hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let is_hash = is_written_so && (is_mixed || (has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)));
    (is_hash && !name.is_empty()).then_some(name)
}

/// A name with a long number in it, as uploads and orders have: `invoice-2024000123`, `1772884983691_497047272_low`.
fn numbered(name: &str) -> Option<&'static str> {
    name.split(['-', '_']).any(|part| part.len() >= 6 && is_decimal(part)).then_some(":id")
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Eight hexadecimal digits or more, of both sorts.
fn is_hex_id(text: &str) -> bool {
    text.len() >= 8
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && !is_opaque(text)
}

/// Random letters and digits of the usual lengths: ULIDs, nanoids, the ids of video sites.
fn is_mixed_id(text: &str) -> bool {
    let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
    let is_written_so = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let is_mixed_case = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let least_changes = if is_mixed_case { 3 } else { 4 };
    let least_length = if is_mixed_case { 10 } else { 16 };
    is_written_so && text.len() >= least_length && changes(text) >= least_changes && !is_opaque(text)
}

/// A date of ISO 8601 with hyphens, with or without a time.
fn is_date(text: &str) -> bool {
    let Some((date, time)) = text.split_at_checked(10) else { return false };
    let is_day = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    is_day && (time.is_empty() || time.starts_with(['T', 't', '_', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(segment: &str) -> String {
        match read(segment) {
            Segment::Kind(kind) => kind.to_owned(),
            Segment::Name(name) => name.into_owned(),
        }
    }

    #[test]
    fn ids_are_seen_without_any_history() {
        for (segment, expected) in [
            ("42", ":id"),
            ("0", ":id"),
            ("00000000000000000000000000000000000000000000", ":id"),
            ("6c99614c-5951-4d33-9a17-aa82c5eb683d", ":uuid"),
            ("6C99614C-5951-4D33-9A17-AA82C5EB683D", ":uuid"),
            ("507f1f77bcf86cd799439011", ":id"),
            ("3f9a2c1b", ":id"),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV", ":id"),
            ("dQw4w9WgXcQ", ":id"),
            ("V1StGXR8_Z5jdHi6B-myT", ":id"),
            ("cjld2cjxh0000qzrmn831i7rn", ":id"),
            ("2024-05-07", ":date"),
            ("2024-05-07T12:00:00Z", ":date"),
            ("ann@example.org", ":email"),
            ("ann%40example.org", ":email"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", ":token"),
            ("q7Zk2PfX9vLm4TtB8sYc1RnW6hJd3GgA", ":token"),
            ("3f9a2c1b8d7e6f5a4b3c2d1e0f9a8b7c", ":token"),
            ("invoice-2024000123", ":id"),
        ] {
            assert_eq!(route(segment), expected, "{segment}");
        }
    }

    #[test]
    fn names_of_files_lose_their_hash_or_number() {
        for (segment, expected) in [
            ("app.3f9a2c1b.js", "app.:hash.js"),
            ("app.3f9a2c1b.min.css.map", "app.:hash.min.css.map"),
            ("index-DiwrgTda.js", "index-:hash.js"),
            ("index-BX3a9Kdf.css", "index-:hash.css"),
            ("vendor-1a2b3c4d.js", "vendor-:hash.js"),
            ("42.json", ":id.json"),
            ("6c99614c-5951-4d33-9a17-aa82c5eb683d.pdf", ":uuid.pdf"),
            ("1772884983691_497047272_image11_low.jpeg", ":id.jpeg"),
            ("123.abcdef12.chunk.js", ":id.:hash.chunk.js"),
        ] {
            assert_eq!(route(segment), expected, "{segment}");
        }
    }

    #[test]
    fn names_stay() {
        for segment in [
            "",
            "users",
            "v1",
            "v2.1",
            "me",
            ".well-known",
            "robots.txt",
            "favicon.ico",
            "index.html",
            "jquery-3.7.1.min.js",
            "OAuth2Callback",
            "forgot-password",
            "deadbeef",
            "facade",
            "s3",
            "utf8",
            "ps5-vs-xbox-360",
            "how-to-do-it-in-2024",
            "main-carousel.js",
            "app-Settings.js",
            "%E6%97%A5%E6%9C%AC",
            ":id",
            "a b",
            "1st",
            "3d-models",
            "@scope",
            "react@18.2.0",
            "2024-summary",
            "sha256",
        ] {
            assert_eq!(route(segment), segment);
        }
    }

    #[test]
    fn parameters_of_a_segment_are_no_name() {
        assert_eq!(route("cart;jsessionid=0A3F"), "cart");
        assert_eq!(route("42;v=1"), ":id");
    }

    #[test]
    fn a_very_long_name_is_a_value() {
        assert_eq!(route(&"x".repeat(81)), VALUE);
        assert_eq!(route(&"x".repeat(80)), "x".repeat(80));
        assert_eq!(route(&"é".repeat(100)), VALUE);
    }
}
