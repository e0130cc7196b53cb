//! What is wrong with a payload or a query, in the words clients of heat-collector know.
//!
//! The wording is that of zod 3, which the original answered with; clients and their tests compare it.

use std::borrow::Cow;
use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::js::json::JsType;

/// One fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub problem: Problem,
}

/// Where a fault is, as far as an answer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The payload as a whole.
    Root,
    /// Under this key of the payload, or in this parameter of the query.
    Field(&'static str),
    /// In the event with this index; answers name only `events`.
    Event(usize),
}

impl Place {
    /// The key of `fieldErrors`; none for the root, whose faults are `formErrors`.
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::Root => None,
            Self::Field(name) => Some(name),
            Self::Event(_) => Some("events"),
        }
    }
}

/// What is wrong; displayed as the message of the original (heat-collector.md 4.3 and 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A required value is absent.
    Required,
    /// A value is of another type.
    WrongType {
        /// The type, or the quoted words, that may stand here.
        expected: &'static str,
        /// What stands here.
        received: JsType,
    },
    /// A text is none of the words that may stand here.
    UnknownWord {
        /// The quoted words.
        expected: &'static str,
        /// The text.
        received: String,
    },
    /// An event has no known `type`.
    UnknownEventType {
        /// The quoted types.
        expected: &'static str,
    },
    /// The list of events is empty.
    NoEvents,
    /// A number has a fraction, or is infinite.
    NotInteger,
    /// A number is too small.
    BelowMinimum(u32),
    /// A number is too large.
    AboveMaximum(u32),
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => out.write_str("Required"),
            Self::WrongType { expected, received } => {
                write!(out, "Expected {expected}, received {}", received.name())
            }
            Self::UnknownWord { expected, received } => {
                write!(out, "Invalid enum value. Expected {expected}, received '{received}'")
            }
            Self::UnknownEventType { expected } => {
                write!(out, "Invalid discriminator value. Expected {expected}")
            }
            Self::NoEvents => out.write_str("Array must contain at least 1 element(s)"),
            Self::NotInteger => out.write_str("Expected integer, received float"),
            Self::BelowMinimum(minimum) => {
                write!(out, "Number must be greater than or equal to {minimum}")
            }
            Self::AboveMaximum(maximum) => {
                write!(out, "Number must be less than or equal to {maximum}")
            }
        }
    }
}

impl Problem {
    /// The message; [`Display`](fmt::Display) without a copy where there is nothing to fill in.
    #[must_use]
    pub fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Required => Cow::Borrowed("Required"),
            other => Cow::Owned(other.to_string()),
        }
    }
}

/// The `details` of a refusal: `{formErrors: [..], fieldErrors: {key: [..]}}` (heat-collector.md 3).
///
/// Repeated messages are kept, and everything is in the order of discovery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    form_errors: Vec<Cow<'static, str>>,
    field_errors: FieldErrors,
}

impl Details {
    /// Gathers issues by field.
    pub fn of<'a>(issues: impl IntoIterator<Item = &'a Issue>) -> Self {
        let mut details = Self::default();
        for issue in issues {
            let message = issue.problem.message();
            match issue.place.field() {
                None => details.form_errors.push(message),
                Some(field) => details.field_errors.push(field, message),
            }
        }
        details
    }

    /// Messages about the payload as a whole.
    #[must_use]
    pub fn form_errors(&self) -> &[Cow<'static, str>] {
        &self.form_errors
    }

    /// Messages about one key.
    #[must_use]
    pub fn field_errors(&self, field: &str) -> &[Cow<'static, str>] {
        self.field_errors.0.iter().find(|(name, _)| *name == field).map_or(&[], |(_, messages)| messages)
    }
}

/// Messages by key; a list, because there are never more than a handful of keys and their order shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FieldErrors(Vec<(&'static str, Vec<Cow<'static, str>>)>);

impl FieldErrors {
    fn push(&mut self, field: &'static str, message: Cow<'static, str>) {
        match self.0.iter_mut().find(|(name, _)| *name == field) {
            Some((_, messages)) => messages.push(message),
            None => self.0.push((field, vec![message])),
        }
    }
}

impl Serialize for FieldErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, messages) in &self.0 {
            map.serialize_entry(field, messages)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::{Details, Issue, Place, Problem};
    use crate::js::json::JsType;

    #[test]
    fn details_keep_order_and_repetition() {
        let array = Problem::WrongType { expected: "object", received: JsType::Array };
        let issues = [
            Issue { place: Place::Field("user"), problem: Problem::Required },
            Issue { place: Place::Event(3), problem: Problem::Required },
            Issue { place: Place::Root, problem: array },
            Issue { place: Place::Event(4), problem: Problem::Required },
            Issue { place: Place::Field("events"), problem: Problem::NoEvents },
        ];
        let details = Details::of(&issues);
        assert_eq!(
            serde_json::to_string(&details).unwrap(),
            "{\"formErrors\":[\"Expected object, received array\"],\"fieldErrors\":{\"user\":[\"Required\"],\
             \"events\":[\"Required\",\"Required\",\"Array must contain at least 1 element(s)\"]}}"
        );
        assert_eq!(details.field_errors("user"), ["Required"]);
        assert!(details.field_errors("app").is_empty());
        assert_eq!(details.form_errors().len(), 1);
    }
}
