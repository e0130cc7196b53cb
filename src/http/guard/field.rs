//! One field line of a head (RFC 9112 5), as far as the guard must know it.

use std::ops::Range;

use super::Violation;
use super::grammar::{is_field_value, is_token, split_once, trim};

/// A field that the guard judges, changes or leaves out. Others are checked and handed on.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub kind: Kind,
    /// The whole line with its end, as a place in the head.
    pub line: Range<usize>,
    /// The value without the whitespace around it.
    pub value: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    Upgrade,
    Http2Settings,
    WebSocketKey,
    WebSocketVersion,
    Expect,
    /// A name with `_`, which CGI and its heirs cannot tell from one with `-`: `Content_Length` must not reach them.
    Underscore,
}

impl Field {
    /// Reads a line without its end; `start` is where it is in the head. `None` is a field that does not concern the
    /// guard.
    pub fn read(line: &[u8], start: usize) -> Result<Option<Self>, Violation> {
        let (name, value) = read_parts(line)?;
        let Some(kind) = kind_of(name) else { return Ok(None) };
        let value = trim(value);
        let value_start = start + name.len() + 1 + leading_whitespace(line, name.len() + 1);
        Ok(Some(Self { kind, line: start..start + line.len() + 2, value: value_start..value_start + value.len() }))
    }

    /// The value in the head that the field was read from.
    pub fn value<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        head.get(self.value.clone()).unwrap_or_default()
    }
}

/// Splits a line without its end into a valid name and a valid value with the whitespace around it.
pub(super) fn read_parts(line: &[u8]) -> Result<(&[u8], &[u8]), Violation> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err(Violation::FIELD_FOLDED);
    }
    let (name, value) = split_once(line, b':').ok_or(Violation::FIELD_NAME)?;
    if !is_token(name) {
        return Err(Violation::FIELD_NAME);
    }
    if is_field_value(value) { Ok((name, value)) } else { Err(Violation::FIELD_VALUE) }
}

fn leading_whitespace(line: &[u8], from: usize) -> usize {
    let rest = line.get(from..).unwrap_or_default();
    rest.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(rest.len())
}

fn kind_of(name: &[u8]) -> Option<Kind> {
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    let known = match name.len() {
        4 if is(b"host") => Kind::Host,
        6 if is(b"expect") => Kind::Expect,
        7 if is(b"upgrade") => Kind::Upgrade,
        10 if is(b"connection") => Kind::Connection,
        14 if is(b"content-length") => Kind::ContentLength,
        14 if is(b"http2-settings") => Kind::Http2Settings,
        17 if is(b"transfer-encoding") => Kind::TransferEncoding,
        17 if is(b"sec-websocket-key") => Kind::WebSocketKey,
        21 if is(b"sec-websocket-version") => Kind::WebSocketVersion,
        _ if name.contains(&b'_') => Kind::Underscore,
        _ => return None,
    };
    Some(known)
}
