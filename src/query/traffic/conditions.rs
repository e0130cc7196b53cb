//! Which requests pass, by conditions that people put together: `route contains /api`, `status is not 2xx`.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::buckets::{OTHER_METHOD, RouteSummary, method_name};
use super::requests::StatusFilter;
use super::walk::Passed;
use crate::query::texts::Lookup;
use crate::query::visits::filter::Operator;
use crate::store::StoreError;
use crate::store::traffic::fact::is_registered;

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Route,
    /// `_OTHER` are all that are not registered.
    Method,
    /// `404`, or `4xx`.
    Status,
    /// The user's own id.
    User,
}

/// One condition; letter case matters for `Is`, not for `Contains`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub subject: Subject,
    pub operator: Operator,
    pub value: String,
}

impl Condition {
    /// Whether rollups can answer it: they know neither users nor more of a status than its first digit.
    #[must_use]
    pub fn is_of_rollups(&self) -> bool {
        let is_exact = matches!(self.operator, Operator::Is | Operator::IsNot);
        match self.subject {
            Subject::Route => true,
            Subject::Method => !is_exact || is_registered(&self.value) || self.value == OTHER_METHOD,
            Subject::Status => {
                is_exact && matches!(StatusFilter::parse(&self.value), Some(StatusFilter::Class(_)) | None)
            }
            Subject::User => false,
        }
    }

    fn takes_text(&self, text: &str) -> bool {
        let contains = || text.to_lowercase().contains(&self.value.to_lowercase());
        match self.operator {
            Operator::Is => text == self.value,
            Operator::IsNot => text != self.value,
            Operator::Contains => contains(),
            Operator::ContainsNot => !contains(),
        }
    }

    /// Whether a status passes; of a class any of its statuses stands for all.
    fn takes_status(&self, status: u16) -> bool {
        let is = StatusFilter::parse(&self.value).is_some_and(|filter| filter.admits(status));
        match self.operator {
            Operator::Is => is,
            Operator::IsNot => !is,
            Operator::Contains | Operator::ContainsNot => self.takes_text(&status.to_string()),
        }
    }
}

/// Judges requests by conditions; each text is looked up and compared once.
pub struct Judge<'c> {
    connection: &'c Connection,
    conditions: &'c [Condition],
    texts: Lookup<'c>,
    verdicts: HashMap<(u8, i64), bool>,
}

impl<'c> Judge<'c> {
    #[must_use]
    pub fn new(connection: &'c Connection, conditions: &'c [Condition]) -> Self {
        Self { connection, conditions, texts: Lookup::new(connection), verdicts: HashMap::new() }
    }

    /// Whether requests of a route by a method (dictionary ids) with a class of status pass, as rollups know them.
    pub fn takes_rollup(&mut self, route_id: i64, method_id: i64, class: u16) -> Result<bool, StoreError> {
        Ok(self.takes_status(class.saturating_mul(100))
            && self.takes(Subject::Route, route_id)?
            && self.takes(Subject::Method, method_id)?)
    }

    /// The same of a summary.
    pub fn takes_summary(&mut self, part: &RouteSummary) -> Result<bool, StoreError> {
        self.takes_rollup(part.route_id, part.method_id, part.status_class)
    }

    /// Whether one request passes.
    pub fn takes_request(&mut self, passed: &Passed) -> Result<bool, StoreError> {
        Ok(self.takes_status(passed.status)
            && self.takes(Subject::Route, passed.route_id)?
            && self.takes(Subject::Method, passed.method_id)?
            && self.takes(Subject::User, passed.user_id.unwrap_or_default())?)
    }

    fn takes_status(&self, status: u16) -> bool {
        self.conditions.iter().filter(|one| one.subject == Subject::Status).all(|one| one.takes_status(status))
    }

    fn takes(&mut self, subject: Subject, id: i64) -> Result<bool, StoreError> {
        if !self.conditions.iter().any(|one| one.subject == subject) {
            return Ok(true);
        }
        let key = (subject as u8, id);
        if let Some(verdict) = self.verdicts.get(&key) {
            return Ok(*verdict);
        }
        let text = match subject {
            Subject::Method => {
                let method = method_name(self.connection, id)?;
                if is_registered(&method) { method } else { OTHER_METHOD.to_owned() }
            }
            Subject::User => self.user(id)?,
            Subject::Route | Subject::Status => self.texts.text(id)?.as_ref().to_owned(),
        };
        let verdict = self.conditions.iter().filter(|one| one.subject == subject).all(|one| one.takes_text(&text));
        self.verdicts.insert(key, verdict);
        Ok(verdict)
    }

    /// A user's own id; nothing of nobody.
    fn user(&self, id: i64) -> Result<String, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT external_id FROM traffic_user WHERE id = ?1")?;
        Ok(statement.query_row([id], |row| row.get(0)).optional()?.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(subject: Subject, operator: Operator, value: &str) -> Condition {
        Condition { subject, operator, value: value.to_owned() }
    }

    #[test]
    fn statuses_are_compared_as_codes_and_classes() {
        for (operator, value, status, expected) in [
            (Operator::Is, "4xx", 404, true),
            (Operator::Is, "404", 400, false),
            (Operator::IsNot, "2xx", 500, true),
            (Operator::IsNot, "nonsense", 500, true),
            (Operator::Is, "nonsense", 500, false),
            (Operator::Contains, "04", 504, true),
            (Operator::ContainsNot, "04", 504, false),
        ] {
            let found = condition(Subject::Status, operator, value).takes_status(status);
            assert_eq!(found, expected, "{operator:?} {value} {status}");
        }
    }

    #[test]
    fn rollups_know_classes_and_registered_methods_only() {
        use Operator::{Contains, Is, IsNot};
        for (subject, operator, value, expected) in [
            (Subject::Route, Contains, "/api", true),
            (Subject::Method, Is, "GET", true),
            (Subject::Method, Is, "_OTHER", true),
            (Subject::Method, IsNot, "PROPFIND", false),
            (Subject::Status, Is, "5xx", true),
            (Subject::Status, Is, "503", false),
            (Subject::Status, Contains, "0", false),
            (Subject::User, Is, "u-1", false),
        ] {
            assert_eq!(condition(subject, operator, value).is_of_rollups(), expected, "{subject:?} {value}");
        }
    }
}
