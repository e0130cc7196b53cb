//! Who follows a long piece of work, and can end it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::BackupError;

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Copying,
    Checking,
    Compressing,
    /// What was written is read again.
    ReadingBack,
    Unpacking,
    Sending,
}

impl Phase {
    /// As people are told.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Copying => "copying",
            Self::Checking => "checking",
            Self::Compressing => "compressing",
            Self::ReadingBack => "reading back",
            Self::Unpacking => "unpacking",
            Self::Sending => "sending",
        }
    }
}

/// Told how far the work is, in bytes done and in all (0: not known).
pub trait Follow {
    fn at(&mut self, phase: Phase, done_bytes: u64, all_bytes: u64);
}

impl<F: FnMut(Phase, u64, u64)> Follow for F {
    fn at(&mut self, phase: Phase, done_bytes: u64, all_bytes: u64) {
        self(phase, done_bytes, all_bytes);
    }
}

/// A follower, and the flag that ends the work.
pub struct Watch<'a> {
    pub follow: &'a mut dyn Follow,
    pub stop: Arc<AtomicBool>,
}

impl Watch<'_> {
    pub(super) fn at(&mut self, phase: Phase, done_bytes: u64, all_bytes: u64) -> ControlFlow<()> {
        self.follow.at(phase, done_bytes, all_bytes);
        if self.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    pub(super) fn go_on(&mut self, phase: Phase, done_bytes: u64, all_bytes: u64) -> Result<(), BackupError> {
        if self.at(phase, done_bytes, all_bytes).is_break() { Err(BackupError::Stopped) } else { Ok(()) }
    }
}
