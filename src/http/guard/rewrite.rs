//! Writing a head anew, where what was sent must not be handed on as it is.

use std::borrow::Cow;

use super::field::{Field, Kind};
use super::head::Body;
use super::options;
use super::request_line::{RequestLine, Version};
use super::target::{Form, Rest};

/// What the new head must say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Keep `Upgrade` and the option in `Connection`.
    pub is_upgrade: bool,
    pub body: Body,
    pub lacks_host: bool,
}

/// What becomes of a field.
enum Fate<'a> {
    Kept,
    LeftOut,
    Changed(Cow<'a, [u8]>),
}

/// Whether anything must be written otherwise than it was sent.
pub(super) fn is_needed(head: &[u8], request_line: &RequestLine, fields: &[Field], wanted: Wanted) -> bool {
    matches!(request_line.target.form, Form::Absolute { .. })
        || fields.iter().any(|field| !matches!(fate(field, head, request_line.version, wanted), Fate::Kept))
}

/// Appends the new head to `out`. `head` is all of the old one, to the empty line.
pub(super) fn write(head: &[u8], request_line: &RequestLine, fields: &[Field], wanted: Wanted, out: &mut Vec<u8>) {
    let mut copied = 0;
    let between = |from: usize, to: usize| head.get(from..to).unwrap_or_default();
    if let Form::Absolute { authority, rest } = &request_line.target.form {
        let target = request_line.target_range();
        out.extend_from_slice(between(copied, target.start));
        match rest {
            Rest::PathAndQuery(range) => out.extend_from_slice(between(range.start, range.end)),
            Rest::Query(range) => {
                out.push(b'/');
                out.extend_from_slice(between(range.start, range.end));
            }
            Rest::Root => out.push(b'/'),
            Rest::Asterisk => out.push(b'*'),
        }
        copied = target.end;
        if wanted.lacks_host {
            out.extend_from_slice(b" HTTP/1.0\r\nHost: ");
            out.extend_from_slice(between(authority.range.start, authority.range.end));
            copied += b" HTTP/1.0".len();
        }
    }
    for field in fields {
        match fate(field, head, request_line.version, wanted) {
            Fate::Kept => {}
            Fate::LeftOut => {
                out.extend_from_slice(between(copied, field.line.start));
                copied = field.line.end;
            }
            Fate::Changed(value) => {
                out.extend_from_slice(between(copied, field.value.start));
                out.extend_from_slice(&value);
                copied = field.value.end;
            }
        }
    }
    out.extend_from_slice(between(copied, head.len()));
}

fn fate<'a>(field: &Field, head: &'a [u8], version: Version, wanted: Wanted) -> Fate<'a> {
    let value = field.value(head);
    match field.kind {
        Kind::Underscore | Kind::Http2Settings => Fate::LeftOut,
        // RFC 9110 10.1.1: an expectation in HTTP/1.0 is ignored.
        Kind::Expect if version == Version::Http10 => Fate::LeftOut,
        Kind::Upgrade if !wanted.is_upgrade => Fate::LeftOut,
        Kind::Connection if !wanted.is_upgrade && options::has_upgrade(value) => {
            let kept = options::without_upgrade(value);
            if kept.is_empty() { Fate::LeftOut } else { Fate::Changed(kept.into()) }
        }
        Kind::ContentLength if value.len() > 1 && value.starts_with(b"0") => match wanted.body {
            Body::Length(length) => Fate::Changed(length.to_string().into_bytes().into()),
            Body::Chunked => Fate::LeftOut,
        },
        _ => Fate::Kept,
    }
}
