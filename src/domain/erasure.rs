//! Taking one person out of everything (GDPR article 17).

use super::id::ProjectId;
use super::track::Identifier;

/// A person as the read side has found it, to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    pub project: ProjectId,
    /// Events of the person from before this time stay away when they arrive again.
    pub at_ms: i64,
    pub identifiers: Vec<ErasedIdentifier>,
}

/// One of the ids by which the person was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedIdentifier {
    /// Row id; absent for a user whom only heat events or requests know.
    pub id: Option<i64>,
    pub identifier: Identifier,
    /// Of an anonymous id that is somebody else's at other times: from when until before when it is this person's.
    pub spans: Option<Vec<(i64, i64)>>,
}

/// What an erasure has taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// App events.
    pub events: u64,
    pub conversions: u64,
    pub touches: u64,
    /// Rows of heat events as the protocol counts them, and sessions they were in.
    pub heat_rows: u64,
    pub heat_sessions: u64,
    /// Requests that no longer say whose they were.
    pub requests: u64,
}

impl Erasure {
    /// Roughly how much memory it holds while it waits, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.identifiers.len() * (size_of::<ErasedIdentifier>() + 64)
    }
}
