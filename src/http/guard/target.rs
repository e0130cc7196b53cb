//! The request target (RFC 9112 3.2): a path, `*`, or the whole address of something here.

use std::ops::Range;

use super::Violation;
use super::authority::Authority;
use super::request_line::Method;

const SCHEME: &[u8] = b"http://";

/// A target, and what is to be handed on in its place.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Where it is in the head.
    pub range: Range<usize>,
    pub form: Form,
}

#[derive(Debug, Clone)]
pub(super) enum Form {
    /// `/path?query`, or `*`; handed on as it is.
    AsIs,
    /// `http://authority/path?query`, which every server must understand; handed on without the authority.
    Absolute { authority: Authority, rest: Rest },
}

/// What stays of an absolute target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rest {
    /// The path and query, at this place in the head.
    PathAndQuery(Range<usize>),
    /// Only a query, at this place in the head; a `/` belongs before it.
    Query(Range<usize>),
    /// Nothing: `/`.
    Root,
    /// Nothing, asked for with OPTIONS: `*` (RFC 9112 3.2.4).
    Asterisk,
}

impl Target {
    /// Judges a target whose bytes were checked. `start` is where it is in the head.
    pub fn read(text: &[u8], start: usize, method: Method) -> Result<Self, Violation> {
        let range = start..start + text.len();
        let form = match text {
            [b'/', ..] => Form::AsIs,
            b"*" if method == Method::Options => Form::AsIs,
            _ => read_absolute(text, start, method)?,
        };
        Ok(Self { range, form })
    }
}

/// Refuses bytes that cannot be in a target: controls, spaces, what is not ASCII, fragments, and the few delimiters
/// (RFC 3986 appendix C) that the libraries behind the guard refuse.
pub(super) fn check_bytes(text: &[u8]) -> Result<(), Violation> {
    let (path, query) = match text.iter().position(|byte| *byte == b'?') {
        Some(at) => text.split_at_checked(at).unwrap_or((text, b"")),
        None => (text, b"".as_slice()),
    };
    let in_path = |byte: &u8| matches!(byte, 0x21..=0x7e) && !matches!(byte, b'#' | b'<' | b'>' | b'`');
    let in_query = |byte: &u8| matches!(byte, 0x21..=0x7e) && !matches!(byte, b'#' | b'<' | b'>' | b'"');
    if path.iter().all(in_path) && query.iter().all(in_query) { Ok(()) } else { Err(Violation::TARGET) }
}

fn read_absolute(text: &[u8], start: usize, method: Method) -> Result<Form, Violation> {
    let (scheme, rest) = text.split_at_checked(SCHEME.len()).ok_or(Violation::TARGET)?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(Violation::TARGET);
    }
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).ok_or(Violation::TARGET)?;
    let authority = Authority::read(authority, start + SCHEME.len()).ok_or(Violation::TARGET)?;
    let range = start + SCHEME.len() + end..start + text.len();
    let rest = match path.first() {
        Some(b'/') => Rest::PathAndQuery(range),
        Some(_) => Rest::Query(range),
        None if method == Method::Options => Rest::Asterisk,
        None => Rest::Root,
    };
    Ok(Form::Absolute { authority, rest })
}
