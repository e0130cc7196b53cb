//! What one look has found.

use serde_json::{Value, json};

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Pass,
    /// It works, and somebody should look at it.
    Warn,
    /// It does not work, or data are in danger.
    Fail,
}

impl Verdict {
    /// As it is printed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the check; stable, part of the JSON.
    pub check: &'static str,
    pub verdict: Verdict,
    /// What was found, in one line.
    pub message: String,
    /// What to do, unless all is well.
    pub advice: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn pass(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Pass, message: message.into(), advice: None }
    }

    /// Worth a look.
    pub fn warn(check: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Warn, message: message.into(), advice: Some(advice.into()) }
    }

    /// Wrong.
    pub fn fail(check: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Fail, message: message.into(), advice: Some(advice.into()) }
    }

    /// For programs.
    #[must_use]
    pub fn as_json(&self) -> Value {
        json!({"name": self.check, "status": self.verdict.word(), "message": self.message, "advice": self.advice})
    }
}
