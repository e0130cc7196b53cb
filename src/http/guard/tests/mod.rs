//! The guard's judgement without I/O, fed in every way in which bytes can come, and whole connections through hyper.

mod bodies;
mod handing_on;
mod heads;
mod peer;
mod properties;
mod rewriting;
mod streams;
mod times;
mod upgrades;

use std::sync::Arc;
use std::time::Duration;

use super::Limits;
use super::incoming::{Incoming, Phase, Step};

/// What became of a stream of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    /// Everything that was handed on, in one piece.
    passed: Vec<u8>,
    heads: usize,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Between two messages, with nothing kept back.
    Whole,
    /// Inside a message.
    Unfinished,
    /// After a message that said it would be the last.
    Last,
    /// After a WebSocket handshake.
    Upgraded,
    /// Refused with this status and code.
    Refused(u16, &'static str),
}

fn limits() -> Limits {
    Limits {
        max_head_bytes: 32 * 1024,
        max_fields: 100,
        max_target_bytes: 8 * 1024,
        head_timeout: Duration::from_secs(10),
        client_timeout: Duration::from_mins(1),
        min_body_rate: 500,
        upgrades: Vec::new(),
        keep_alive: Some(Duration::from_secs(30)),
    }
}

/// Judges bytes that come all at once.
fn judge(bytes: &[u8]) -> Outcome {
    judge_pieces([bytes])
}

/// Judges bytes that come in pieces.
fn judge_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut incoming = Incoming::new(Arc::new(limits()));
    let mut held = Vec::new();
    let mut outcome = Outcome { passed: Vec::new(), heads: 0, end: End::Whole };
    for piece in pieces {
        held.extend_from_slice(piece);
        while !held.is_empty() && matches!(incoming.phase(), Phase::Head | Phase::Length(_) | Phase::Chunked(_)) {
            let mut replaced = Vec::new();
            let step = match incoming.step(&held, &mut replaced) {
                Ok(step) => step,
                Err(violation) => {
                    outcome.end = End::Refused(violation.status, violation.code);
                    return outcome;
                }
            };
            let (used, is_passed) = match step {
                Step::More => break,
                Step::Pass(bytes) | Step::PassHead(bytes) => (bytes, true),
                Step::Replace(bytes) | Step::ReplaceHead(bytes) => (bytes, false),
            };
            assert!(used > 0, "a step goes forward");
            outcome.heads += usize::from(matches!(step, Step::PassHead(_) | Step::ReplaceHead(_)));
            let used: Vec<u8> = held.drain(..used).collect();
            outcome.passed.extend(if is_passed { used } else { replaced });
        }
    }
    outcome.end = match incoming.phase() {
        Phase::Ended => End::Last,
        Phase::Upgraded => End::Upgraded,
        Phase::Head if held.is_empty() => End::Whole,
        Phase::Head | Phase::Length(_) | Phase::Chunked(_) => End::Unfinished,
    };
    outcome
}

/// Asserts that a stream passes as it is, as so many requests.
fn assert_passes(heads: usize, text: &str) {
    let expected = Outcome { passed: text.as_bytes().to_vec(), heads, end: End::Whole };
    assert_eq!(judge(text.as_bytes()), expected, "{text:?}");
}

/// Asserts that of a stream so many requests are seen, and then one is refused.
fn assert_refused(status: u16, code: &'static str, heads: usize, bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    let outcome = judge(bytes);
    let text = String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes));
    assert_eq!((outcome.end, outcome.heads), (End::Refused(status, code), heads), "{text:?}");
}

/// A head with these lines between the Host and its end.
fn head(request_line: &str, lines: &str) -> String {
    format!("{request_line}\r\nHost: app.test\r\n{lines}\r\n")
}

/// A POST with these lines in its head, and what follows it.
fn post(lines: &str, rest: &str) -> String {
    head("POST /a HTTP/1.1", lines) + rest
}

/// A chunked POST with this body.
fn chunked(body: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", body)
}
