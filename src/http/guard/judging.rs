//! The guard's judgement of bytes alone, without sockets: for tests, and for the fuzzer.

use std::sync::Arc;
use std::time::Duration;

use super::Limits;
use super::incoming::{Incoming, Phase, Step};

/// What became of a stream of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Everything that was handed on, in one piece.
    pub passed: Vec<u8>,
    pub heads: usize,
    pub end: End,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
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

/// Those of the proxy, unless configured otherwise.
#[must_use]
pub fn limits() -> Limits {
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
#[must_use]
pub fn judge(bytes: &[u8]) -> Outcome {
    judge_pieces([bytes])
}

/// Judges bytes that come in pieces.
///
/// # Panics
/// When the guard stands still, or uses up more than there is: a defect.
pub fn judge_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
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
