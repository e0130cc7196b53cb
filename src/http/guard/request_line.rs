//! The first line of a head: method, target, version (RFC 9112 3).

use std::ops::Range;

use super::Violation;
use super::grammar::{is_token_byte, split_once};
use super::limits::MAX_METHOD_BYTES;
use super::target::{self, Target};

/// A request line that can be understood in one way only.
#[derive(Debug, Clone)]
pub(super) struct RequestLine {
    pub method: Method,
    pub target: Target,
    pub version: Version,
}

/// What the guard must know of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Options,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Http10,
    Http11,
}

impl RequestLine {
    /// Reads a whole line, without its end, that [`check_beginning`] let pass. `start` is where it is in the head.
    pub fn read(line: &[u8], start: usize) -> Result<Self, Violation> {
        let (method, rest) = split_once(line, b' ').ok_or(Violation::REQUEST_LINE)?;
        let (target, version) = split_once(rest, b' ').ok_or(Violation::REQUEST_LINE)?;
        let version = read_version(version)?;
        let method = match method {
            b"CONNECT" | b"TRACE" => return Err(Violation::METHOD_REFUSED),
            b"GET" => Method::Get,
            b"OPTIONS" => Method::Options,
            _ => Method::Other,
        };
        let target_start = start + (line.len() - rest.len());
        let target = Target::read(target, target_start, method)?;
        Ok(Self { method, target, version })
    }

    /// Where the target is in the head.
    pub fn target_range(&self) -> Range<usize> {
        self.target.range.clone()
    }
}

/// Refuses the beginning of a line that no continuation can make good, so that nobody has to send it all.
///
/// What it finds in a beginning it finds first in the whole line too: the answer does not depend on how the bytes came.
pub(super) fn check_beginning(line: &[u8], max_target_bytes: usize) -> Result<(), Violation> {
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let method = words.next().unwrap_or_default();
    let looked_at = method.get(..=MAX_METHOD_BYTES).unwrap_or(method);
    if !looked_at.iter().all(|byte| is_token_byte(*byte)) {
        return Err(Violation::METHOD);
    }
    if method.len() > MAX_METHOD_BYTES {
        return Err(Violation::METHOD_TOO_LONG);
    }
    let Some(target) = words.next() else { return Ok(()) };
    if method.is_empty() {
        return Err(Violation::REQUEST_LINE);
    }
    let looked_at = target.get(..=max_target_bytes).unwrap_or(target);
    target::check_bytes(looked_at)?;
    if target.len() > max_target_bytes { Err(Violation::TARGET_TOO_LONG) } else { Ok(()) }
}

fn read_version(text: &[u8]) -> Result<Version, Violation> {
    match text {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            Err(Violation::VERSION)
        }
        _ => Err(Violation::REQUEST_LINE),
    }
}
