//! The form a heat payload must have.
//!
//! Checks everything and says all that is wrong, in the order and words of the original (heat-collector.md 4.3).
//! Nothing is coerced, unknown keys are ignored, and `null` never stands for an absent value. Reading the values out is
//! the decoder's task, which may rely on what was checked here.

mod checker;
mod form;
mod report;

pub use report::{MAX_ISSUES, Report};

use checker::Checker;
use form::{DEVICE, PAYLOAD, Shape, VIEWPORT};

use super::issues::Place;
use crate::js::json::Value;

/// Checks a whole payload.
#[must_use]
pub fn check(payload: &Value) -> Report {
    let mut checker = Checker::new(Place::Root);
    if let Some(payload) = checker.object(payload) {
        for field in PAYLOAD {
            checker.place = Place::Field(field.key);
            checker.field(payload, field);
        }
    }
    checker.report.envelope_is_valid = checker.report.issue_count == checker.event_issue_count;
    checker.report
}

/// Tells whether a value is a `viewport` as an event must have it.
#[must_use]
pub fn is_viewport(value: &Value) -> bool {
    fits(Shape::Object(VIEWPORT), value)
}

/// Tells whether a value is a `device` as an event must have it.
#[must_use]
pub fn is_device(value: &Value) -> bool {
    fits(Shape::Object(DEVICE), value)
}

/// Tells whether a value is a `meta`, `props` or `traits`: any object.
#[must_use]
pub fn is_meta(value: &Value) -> bool {
    fits(Shape::Record, value)
}

fn fits(shape: Shape, value: &Value) -> bool {
    let mut checker = Checker::new(Place::Root);
    checker.value(value, shape);
    checker.report.is_valid()
}

#[cfg(test)]
mod tests;
