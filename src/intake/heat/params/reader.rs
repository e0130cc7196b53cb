//! Parameters one by one.

use super::refusal::QueryRefusal;
use super::words::{EventType, Offset};
use crate::intake::heat::issues::{Details, Issue, Place, Problem};
use crate::js::json::JsType;
use crate::js::number;
use crate::js::query_string::{Parameter, QueryString};

/// The words of `type`, quoted for messages.
pub(super) const EVENT_TYPES: &str =
    "'all' | 'click' | 'move' | 'scroll' | 'pageview' | 'custom' | 'input' | 'keyboard'";

/// Reads parameters one by one and notes what is wrong.
pub(super) struct Reader {
    query: QueryString,
    issues: Vec<Issue>,
}

impl Reader {
    pub(super) fn new(raw_query: &str) -> Self {
        Self { query: QueryString::parse(raw_query), issues: Vec::new() }
    }

    fn note(&mut self, name: &'static str, problem: Problem) {
        self.issues.push(Issue { place: Place::Field(name), problem });
    }

    /// Refuses the query if anything was wrong.
    pub(super) fn finish(self, message: &'static str) -> Result<(), QueryRefusal> {
        if self.issues.is_empty() {
            return Ok(());
        }
        Err(QueryRefusal::Issues { message, details: Details::of(&self.issues) })
    }

    /// The text of a parameter, if that is what it is.
    pub(super) fn plain_text(&self, name: &str) -> Option<&str> {
        match self.query.get(name) {
            Some(Parameter::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The text of a parameter, also an empty one; notes a parameter that is no text.
    fn text_expecting(&mut self, name: &'static str, expected: &'static str) -> Option<String> {
        let received = match self.query.get(name)? {
            Parameter::Text(text) => return Some(text.clone()),
            Parameter::Array { .. } => JsType::Array,
            Parameter::Object => JsType::Object,
        };
        self.note(name, Problem::WrongType { expected, received });
        None
    }

    /// The text of a parameter unless it is empty.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.text_expecting(name, "string").filter(|text| !text.is_empty())
    }

    pub(super) fn event_type(&mut self, name: &'static str) -> Option<EventType> {
        let text = self.text_expecting(name, EVENT_TYPES)?;
        let event_type = EventType::from_name(&text);
        if event_type.is_none() {
            self.note(name, Problem::UnknownWord { expected: EVENT_TYPES, received: text });
        }
        event_type
    }

    /// The number that a parameter is, through arrays of one; `NaN` if it is none.
    fn number(&self, name: &str) -> Option<f64> {
        Some(match self.query.get(name)? {
            Parameter::Text(text) | Parameter::Array { only_text: Some(text) } => number::to_number(text),
            Parameter::Array { only_text: None } | Parameter::Object => f64::NAN,
        })
    }

    /// A whole number within bounds, each of which is checked even if another check failed.
    fn integer(&mut self, name: &'static str, minimum: u32, maximum: Option<u32>) -> Option<f64> {
        let number = self.number(name)?;
        if number.is_nan() {
            self.note(name, Problem::WrongType { expected: "number", received: JsType::Nan });
            return None;
        }
        if !(number.is_finite() && number.fract() == 0.0) {
            self.note(name, Problem::NotInteger);
        }
        if number < f64::from(minimum) {
            self.note(name, Problem::BelowMinimum(minimum));
        }
        if let Some(maximum) = maximum.filter(|maximum| number > f64::from(*maximum)) {
            self.note(name, Problem::AboveMaximum(maximum));
        }
        Some(number)
    }

    /// A whole number within bounds; the default if it is absent, and anything if it was refused.
    pub(super) fn bounded(&mut self, name: &'static str, bounds: std::ops::RangeInclusive<u16>, default: u16) -> u16 {
        let number = self.integer(name, u32::from(*bounds.start()), Some(u32::from(*bounds.end())));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked, or refused later")]
        number.map_or(default, |number| number as u16)
    }

    pub(super) fn offset(&mut self, name: &'static str) -> Offset {
        Offset(self.integer(name, 0, None).unwrap_or(0.0))
    }
}
