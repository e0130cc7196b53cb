//! A request head: read line by line as it comes, then judged as a whole, then handed on or rewritten.

use super::authority::Authority;
use super::field::{Field, Kind};
use super::options;
use super::request_line::{Method, RequestLine, Version, check_beginning};
use super::rewrite;
use super::target::Form;
use super::{Limits, Violation};

/// Reads the head of one request after the other, each byte once.
#[derive(Debug, Default)]
pub(super) struct HeadReader {
    /// Where the line begins that is being read.
    line_start: usize,
    /// How far its end was looked for.
    searched: usize,
    request_line: Option<RequestLine>,
    /// Fields of any kind so far.
    field_count: usize,
    /// Those that concern the guard, in the order of the head.
    fields: Vec<Field>,
}

/// What follows a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes; 0 is no body.
    Length(u64),
    Chunked,
}

/// A head that is complete and beyond doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    /// Its length in the input, with the empty line.
    pub bytes: usize,
    pub body: Body,
    /// Whether another request may follow on the connection.
    pub is_persistent: bool,
    /// Whether it asks for another protocol, and may.
    pub is_upgrade: bool,
    /// Whether it was written anew.
    pub is_rewritten: bool,
}

impl HeadReader {
    /// Reads on in `input`, which begins with the head and has grown since the last call.
    ///
    /// Once the head is complete it is judged, and if it must be handed on in other words these are appended to `out`.
    /// `None`: it is not complete yet.
    pub fn read(&mut self, input: &[u8], limits: &Limits, out: &mut Vec<u8>) -> Result<Option<Judged>, Violation> {
        let allowed = input.get(..limits.max_head_bytes).unwrap_or(input);
        while let Some(line_bytes) = find_line_end(allowed, self.searched) {
            let line = allowed.get(self.line_start..line_bytes).unwrap_or_default();
            let start = self.line_start;
            self.line_start = line_bytes + 1;
            self.searched = self.line_start;
            if line == b"\r" && self.request_line.is_some() {
                let judged = self.judge(input, self.line_start, limits, out)?;
                self.begin();
                return Ok(Some(judged));
            }
            self.read_line(line, start, limits)?;
        }
        self.searched = allowed.len();
        if self.request_line.is_none() {
            let line = allowed.get(self.line_start..).unwrap_or_default();
            check_beginning(without_cr(line), limits.max_target_bytes)?;
        }
        if input.len() > limits.max_head_bytes { Err(Violation::HEAD_TOO_LARGE) } else { Ok(None) }
    }

    fn read_line(&mut self, line: &[u8], start: usize, limits: &Limits) -> Result<(), Violation> {
        if self.request_line.is_none() {
            check_beginning(without_cr(line), limits.max_target_bytes)?;
        }
        let line = line.strip_suffix(b"\r").ok_or(Violation::LINE_END)?;
        if self.request_line.is_none() {
            self.request_line = Some(RequestLine::read(line, start)?);
            return Ok(());
        }
        self.field_count += 1;
        if self.field_count > limits.max_fields {
            return Err(Violation::TOO_MANY_FIELDS);
        }
        self.fields.extend(Field::read(line, start)?);
        Ok(())
    }

    fn judge(&self, head: &[u8], bytes: usize, limits: &Limits, out: &mut Vec<u8>) -> Result<Judged, Violation> {
        let request_line = self.request_line.as_ref().ok_or(Violation::REQUEST_LINE)?;
        let has_host = self.check_host(head, request_line)?;
        let body = self.body(head, request_line.version)?;
        let has_option = |option: &[u8]| self.of(Kind::Connection).any(|field| options::has(field.value(head), option));
        let is_upgrade = self.is_handshake(head, request_line, &limits.upgrades) && has_option(b"upgrade");
        if is_upgrade && body != Body::Length(0) {
            return Err(Violation::UPGRADE_WITH_BODY);
        }
        let is_persistent =
            !has_option(b"close") && (request_line.version == Version::Http11 || has_option(b"keep-alive"));
        let wanted = rewrite::Wanted { is_upgrade, body, lacks_host: !has_host };
        let is_rewritten = rewrite::is_needed(head, request_line, &self.fields, wanted);
        if is_rewritten {
            let head = head.get(..bytes).unwrap_or_default();
            rewrite::write(head, request_line, &self.fields, wanted, out);
        }
        Ok(Judged { bytes, body, is_persistent, is_upgrade, is_rewritten })
    }

    /// Whether there is a Host; refuses what RFC 9112 3.2 does, and one that differs from an absolute target.
    fn check_host(&self, head: &[u8], request_line: &RequestLine) -> Result<bool, Violation> {
        let mut hosts = self.of(Kind::Host);
        let Some(host) = hosts.next() else {
            let is_required = request_line.version == Version::Http11;
            return if is_required { Err(Violation::HOST_MISSING) } else { Ok(false) };
        };
        if hosts.next().is_some() {
            return Err(Violation::HOST_REPEATED);
        }
        let host = Authority::read(host.value(head), host.value.start).ok_or(Violation::HOST)?;
        match &request_line.target.form {
            Form::Absolute { authority, .. } if !authority.is_same(head, &host) => Err(Violation::HOST_DIFFERS),
            _ => Ok(true),
        }
    }

    /// The one length that the body can have (RFC 9112 6.3).
    fn body(&self, head: &[u8], version: Version) -> Result<Body, Violation> {
        let mut lengths = self.of(Kind::ContentLength);
        let length = lengths.next();
        let mut codings = self.of(Kind::TransferEncoding);
        if let Some(coding) = codings.next() {
            return match coding.value(head) {
                _ if version == Version::Http10 => Err(Violation::CODING_OF_1_0),
                _ if length.is_some() => Err(Violation::CODING_AND_LENGTH),
                _ if codings.next().is_some() => Err(Violation::CODING_REPEATED),
                coding if coding.eq_ignore_ascii_case(b"chunked") => Ok(Body::Chunked),
                _ => Err(Violation::CODING),
            };
        }
        if lengths.next().is_some() {
            return Err(Violation::LENGTH);
        }
        length.map_or(Ok(0), |length| read_length(length.value(head))).map(Body::Length)
    }

    /// Whether it asks for a WebSocket (RFC 6455 4.1) or for one of `upgrades`, the `Connection` apart.
    fn is_handshake(&self, head: &[u8], request_line: &RequestLine, upgrades: &[String]) -> bool {
        let is_only = |kind, is_right: &dyn Fn(&[u8]) -> bool| {
            let mut fields = self.of(kind);
            fields.next().is_some_and(|field| is_right(field.value(head))) && fields.next().is_none()
        };
        let is_allowed = |value: &[u8]| upgrades.iter().any(|allowed| value.eq_ignore_ascii_case(allowed.as_bytes()));
        let is_websocket = || {
            request_line.method == Method::Get
                && is_only(Kind::Upgrade, &|value| value.eq_ignore_ascii_case(b"websocket"))
                && is_only(Kind::WebSocketKey, &|value| !value.is_empty())
                && is_only(Kind::WebSocketVersion, &|value| !value.is_empty())
        };
        request_line.version == Version::Http11 && (is_websocket() || is_only(Kind::Upgrade, &is_allowed))
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.kind == kind)
    }

    /// Forgets what was read: the next input begins a head.
    pub fn begin(&mut self) {
        self.line_start = 0;
        self.searched = 0;
        self.request_line = None;
        self.field_count = 0;
        self.fields.clear();
    }
}

/// Decimal digits and nothing else; leading zeros are digits (RFC 9110 8.6).
fn read_length(text: &[u8]) -> Result<u64, Violation> {
    if text.is_empty() {
        return Err(Violation::LENGTH);
    }
    let length = text.iter().try_fold(0_i64, |length, digit| {
        digit.is_ascii_digit().then_some(())?;
        length.checked_mul(10)?.checked_add(i64::from(*digit - b'0'))
    });
    length.and_then(|length| u64::try_from(length).ok()).ok_or(Violation::LENGTH)
}

fn find_line_end(input: &[u8], from: usize) -> Option<usize> {
    input.get(from..)?.iter().position(|byte| *byte == b'\n').map(|at| from + at)
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
