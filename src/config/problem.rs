//! What can be wrong with a configuration.

use std::fmt;

use super::origin::Origin;

/// One mistake, with its place and, where one is near, the name that was probably meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The kind of mistake.
    pub code: ProblemCode,
    /// Where it is.
    pub origin: Origin,
    /// The dotted key it is about; empty when it is about a whole file or flag.
    pub key: String,
    /// What is wrong and what was expected.
    pub message: String,
    /// The nearest valid name or word, spelled as at `origin`.
    pub suggestion: Option<String>,
}

/// The kind of a mistake; its text is stable and part of `hearth check --format json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// A file that was named does not exist.
    FileMissing,
    /// A file cannot be read, is too large or is not text.
    FileUnreadable,
    /// A file is not TOML.
    InvalidSyntax,
    /// A key or section does not exist.
    UnknownKey,
    /// A value has the wrong form or is out of its limits.
    InvalidValue,
    /// Values that are good alone do not go together.
    Conflict,
    /// `--set` without `KEY=VALUE`.
    InvalidFlag,
    /// The default in the binary contradicts the program: a fault of Hearth.
    Internal,
}

impl ProblemCode {
    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FileMissing => "file_missing",
            Self::FileUnreadable => "file_unreadable",
            Self::InvalidSyntax => "invalid_syntax",
            Self::UnknownKey => "unknown_key",
            Self::InvalidValue => "invalid_value",
            Self::Conflict => "conflict",
            Self::InvalidFlag => "invalid_flag",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.origin.place())?;
        if !self.key.is_empty() {
            write!(formatter, "{}: ", self.key)?;
        }
        formatter.write_str(&self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(formatter, "; did you mean {suggestion}?"),
            None => Ok(()),
        }
    }
}

/// All mistakes of a configuration, in the order of its layers and lines; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Puts them into the order in which an owner meets their places.
    pub(super) fn in_order(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.origin.order());
        Self(problems)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
