//! Why a text is no JSON.

use std::fmt;

/// A refusal of [`parse`](super::parse): what is wrong, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// Where, in bytes from the start of the text.
    pub offset_bytes: usize,
}

/// What is wrong with a text that should be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// The text ends inside a value.
    UnexpectedEnd,
    /// A character that cannot stand where it stands: trailing commas, comments, single quotes, leading zeros.
    UnexpectedCharacter,
    /// A character below U+0020 inside a string.
    ControlCharacter,
    /// A backslash sequence that JSON does not have.
    InvalidEscape,
    /// More text after the value.
    TrailingText,
    /// More levels than [`Limits::max_depth`](super::Limits::max_depth).
    TooDeep,
    /// A number beyond the range of a double where infinite numbers are not allowed.
    NumberOutOfRange,
}

impl JsonErrorKind {
    /// The stable code of the refusal.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnexpectedEnd => "unexpected_end",
            Self::UnexpectedCharacter => "unexpected_character",
            Self::ControlCharacter => "control_character",
            Self::InvalidEscape => "invalid_escape",
            Self::TrailingText => "trailing_text",
            Self::TooDeep => "too_deep",
            Self::NumberOutOfRange => "number_out_of_range",
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "invalid JSON ({}) at byte {}", self.kind.code(), self.offset_bytes)
    }
}

impl std::error::Error for JsonError {}
