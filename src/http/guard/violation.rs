//! The ways in which a request breaks the rules of HTTP or a limit, and what its sender is told.

/// Why the guard refused what a client sent: one entry of a closed table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// The status to answer with.
    pub status: u16,
    /// Stable name, for programs.
    pub code: &'static str,
    /// What is wrong, for people; says nothing of Hearth's inside and repeats nothing that was sent.
    pub words: &'static str,
}
