//! What a client sends, message by message: the part of the guard that decides. It does no I/O.

use std::sync::Arc;

use super::chunks::Chunks;
use super::head::{Body, HeadReader};
use super::{Limits, Violation};

/// Where in the stream of requests the reader is, and what it has read of an unfinished head.
#[derive(Debug)]
pub(super) struct Incoming {
    limits: Arc<Limits>,
    phase: Phase,
    head: HeadReader,
    /// Whether the message under way may be followed by another.
    is_persistent: bool,
    /// Whether an empty line was skipped before the next head.
    skipped_line: bool,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Head,
    /// A body with so many bytes to come, at least one.
    Length(u64),
    Chunked(Chunks),
    /// Another protocol, if the handshake succeeds.
    Upgraded,
    /// Nobody: the client said that it would ask no more.
    Ended,
}

/// What is to be done with the beginning of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// So many bytes are handed on as they are; at least one.
    Pass(usize),
    /// So many bytes are used up, and what was written in their place, perhaps nothing, is handed on.
    Replace(usize),
    /// Nothing: it takes more input to decide.
    More,
    /// A head ended here: so many bytes are handed on as they are.
    PassHead(usize),
    /// A head ended here: so many bytes are used up, and it is handed on as it was written anew.
    ReplaceHead(usize),
}

impl Incoming {
    pub fn new(limits: Arc<Limits>) -> Self {
        Self { limits, phase: Phase::Head, head: HeadReader::default(), is_persistent: true, skipped_line: false }
    }

    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether it is between messages or inside a head.
    pub fn is_at_head(&self) -> bool {
        self.phase == Phase::Head
    }

    /// Whether a body is under way.
    pub fn is_in_body(&self) -> bool {
        matches!(self.phase, Phase::Length(_) | Phase::Chunked(_))
    }

    /// Says that the handshake did not succeed: what follows is the next request.
    pub fn stay_http(&mut self) {
        if self.phase == Phase::Upgraded {
            self.end_message();
        }
    }

    /// Takes the next step in `input`, which is not empty and begins where the last step ended.
    ///
    /// After [`Step::More`] the next input must begin with the same bytes and have more of them. What is to be handed on
    /// in other words is appended to `out`. After a violation there is no next step.
    pub fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step, Violation> {
        match self.phase {
            Phase::Head => self.step_in_head(input, out),
            Phase::Length(left) => {
                let bytes = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
                match left - bytes as u64 {
                    0 => self.end_message(),
                    left => self.phase = Phase::Length(left),
                }
                Ok(Step::Pass(bytes))
            }
            Phase::Chunked(mut chunks) => {
                let step = chunks.step(input, out)?;
                self.phase = Phase::Chunked(chunks);
                if chunks.have_ended() {
                    self.end_message();
                }
                Ok(step)
            }
            Phase::Upgraded | Phase::Ended => Ok(Step::More),
        }
    }

    fn step_in_head(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step, Violation> {
        // RFC 9112 2.2: an empty line before a request line is ignored. One is.
        if !self.skipped_line && input.starts_with(b"\r\n") {
            self.skipped_line = true;
            self.head.begin();
            return Ok(Step::Replace(2));
        }
        let Some(head) = self.head.read(input, &self.limits, out)? else { return Ok(Step::More) };
        self.skipped_line = false;
        self.is_persistent = head.is_persistent;
        match head.body {
            _ if head.is_upgrade => self.phase = Phase::Upgraded,
            Body::Length(0) => self.end_message(),
            Body::Length(length) => self.phase = Phase::Length(length),
            Body::Chunked => self.phase = Phase::Chunked(Chunks::begin()),
        }
        Ok(if head.is_rewritten { Step::ReplaceHead(head.bytes) } else { Step::PassHead(head.bytes) })
    }

    fn end_message(&mut self) {
        self.phase = if self.is_persistent { Phase::Head } else { Phase::Ended };
    }
}
