//! The walk over a payload.

use super::form::{EVENT, EVENT_TYPES, Field, Shape, Words, own_fields};
use super::report::{MAX_ISSUES, Report};
use crate::domain::heat::Kind;
use crate::intake::heat::issues::{Issue, Place, Problem};
use crate::js::json::{JsType, Object, Value};

/// Walks over a payload and takes notes.
pub(super) struct Checker {
    pub(super) report: Report,
    /// Where it is.
    pub(super) place: Place,
    pub(super) event_issue_count: usize,
}

impl Checker {
    pub(super) fn new(place: Place) -> Self {
        Self { report: Report::default(), place, event_issue_count: 0 }
    }

    fn note(&mut self, problem: Problem) {
        if let Place::Event(index) = self.place {
            self.event_issue_count += 1;
            if self.report.refused_events.last() != Some(&index) {
                self.report.refused_events.push(index);
            }
        }
        self.report.issue_count += 1;
        if self.report.issues.len() < MAX_ISSUES {
            self.report.issues.push(Issue { place: self.place, problem });
        }
    }

    fn note_type(&mut self, expected: &'static str, received: JsType) {
        self.note(Problem::WrongType { expected, received });
    }

    /// Takes a value for an object, or notes that it is none.
    pub(super) fn object<'a>(&mut self, value: &'a Value) -> Option<&'a Object> {
        let object = value.as_object();
        if object.is_none() {
            self.note_type("object", value.js_type());
        }
        object
    }

    fn fields(&mut self, object: &Object, fields: &[Field]) {
        for field in fields {
            self.field(object, field);
        }
    }

    pub(super) fn field(&mut self, object: &Object, field: &Field) {
        match object.get(field.key) {
            Some(value) => self.value(value, field.shape),
            None if field.is_required => self.note(Problem::Required),
            None => {}
        }
    }

    pub(super) fn value(&mut self, value: &Value, shape: Shape) {
        match (shape, value) {
            (Shape::Text, Value::String(_)) | (Shape::Record, Value::Object(_)) => {}
            (Shape::Number, Value::Number(number)) if !number.is_nan() => {}
            (Shape::Word(words), Value::String(text)) => self.word(words, text),
            (Shape::Object(fields), Value::Object(object)) => self.fields(object, fields),
            (Shape::List(fields), Value::Array(items)) => self.list(items, fields),
            (Shape::Events, Value::Array(events)) => self.events(events),
            _ => self.note_type(shape.expected(), value.js_type()),
        }
    }

    fn word(&mut self, words: &Words, text: &str) {
        if !words.words.contains(&text) {
            self.note(Problem::UnknownWord { expected: words.quoted, received: text.to_owned() });
        }
    }

    fn list(&mut self, items: &[Value], fields: &[Field]) {
        for item in items {
            if let Some(object) = self.object(item) {
                self.fields(object, fields);
            }
        }
    }

    fn events(&mut self, events: &[Value]) {
        if events.is_empty() {
            self.note(Problem::NoEvents);
        }
        self.report.event_count = events.len();
        for (index, event) in events.iter().enumerate() {
            self.place = Place::Event(index);
            self.event(event);
        }
    }

    /// Checks one event; without a known type there is nothing else to say about it.
    fn event(&mut self, event: &Value) {
        let Some(event) = self.object(event) else {
            return;
        };
        match event.get("type").and_then(Value::as_str).and_then(Kind::from_name) {
            Some(kind) => {
                self.fields(event, EVENT);
                self.fields(event, own_fields(kind));
            }
            None => self.note(Problem::UnknownEventType { expected: EVENT_TYPES }),
        }
    }
}
