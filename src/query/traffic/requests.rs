//! Requests with everything known about them, newest first, filtered.

use rusqlite::{Connection, OptionalExtension, params};

use super::buckets::{Grain, OTHER_METHOD, TimeSpan};
use super::conditions::{Condition, Judge, Subject};
use super::record::Records;
use super::route_minutes::RouteMinutes;
use super::walk::{Passed, Place, Step, Way, walk};
use crate::domain::id::ProjectId;
use crate::domain::traffic::{ERROR_STATUS, TrafficRecord};
use crate::query::visits::filter::Operator;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::traffic::fact::REGISTERED;

/// Rows that one page may look at; a page that needs more ends early and goes on with its cursor.
const MAX_PASSED: usize = 100_000;

/// Which requests are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestFilter {
    pub project: ProjectId,
    pub span: TimeSpan,
    pub route: Option<String>,
    /// `_OTHER` means all that are not registered.
    pub method: Option<String>,
    pub status: Option<StatusFilter>,
    /// The user's own id.
    pub user: Option<String>,
    pub session: Option<String>,
    pub is_slow: Option<bool>,
    pub is_error: Option<bool>,
    /// What else must be fulfilled.
    pub conditions: Vec<Condition>,
}

/// One status, or all that begin with a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    Code(u16),
    Class(u16),
}

/// A part of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestPage {
    pub records: Vec<TrafficRecord>,
    /// Where the next page begins; absent when nothing is left. With few matches among many rows a page may be short
    /// and still have a next one.
    pub next: Option<Place>,
}

impl RequestFilter {
    /// All requests of a project in a span.
    #[must_use]
    pub fn all(project: ProjectId, span: TimeSpan) -> Self {
        Self {
            project,
            span,
            route: None,
            method: None,
            status: None,
            user: None,
            session: None,
            is_slow: None,
            is_error: None,
            conditions: Vec::new(),
        }
    }

    /// Those that fulfil conditions; what an index can find is looked for by it.
    #[must_use]
    pub fn of_conditions(project: ProjectId, span: TimeSpan, conditions: &[Condition]) -> Self {
        let mut filter = Self::all(project, span);
        for condition in conditions {
            let place = match (condition.subject, condition.operator) {
                (Subject::Route, Operator::Is) => &mut filter.route,
                (Subject::Method, Operator::Is) => &mut filter.method,
                (Subject::User, Operator::Is) if !condition.value.is_empty() => &mut filter.user,
                (Subject::Status, Operator::Is) if filter.status.is_none() => {
                    filter.status = StatusFilter::parse(&condition.value);
                    if filter.status.is_none() {
                        filter.conditions.push(condition.clone());
                    }
                    continue;
                }
                _ => {
                    filter.conditions.push(condition.clone());
                    continue;
                }
            };
            if place.is_none() {
                *place = Some(condition.value.clone());
            } else {
                filter.conditions.push(condition.clone());
            }
        }
        filter
    }
}

impl StatusFilter {
    /// Reads `404` or `4xx`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(class) = text.strip_suffix("xx") {
            return class.parse().ok().filter(|class| (1..=9).contains(class)).map(Self::Class);
        }
        text.parse().ok().filter(|code| text.len() == 3 && (100..=999).contains(code)).map(Self::Code)
    }

    fn class(self) -> u16 {
        match self {
            Self::Code(code) => code / 100,
            Self::Class(class) => class,
        }
    }

    pub(super) fn admits(self, status: u16) -> bool {
        match self {
            Self::Code(code) => status == code,
            Self::Class(class) => status / 100 == class,
        }
    }
}

/// A page of at most `limit` requests below `start`.
pub fn page(
    connection: &Connection,
    text_hash: TextHash,
    filter: &RequestFilter,
    start: Option<Place>,
    limit: usize,
) -> Result<RequestPage, StoreError> {
    let mut page = Page { ids: Vec::new(), limit, left: MAX_PASSED, last: None };
    let step = each(connection, text_hash, filter, start, |passed, admits| Ok(page.take(passed, admits)))?;
    let next = page.last.filter(|_| step == Step::Stop);
    Ok(RequestPage { records: Records::new(connection).all(&page.ids)?, next })
}

/// Shows `visit` requests below `start`, newest first, and whether the filter admits each: at least all that it does.
pub fn each(
    connection: &Connection,
    text_hash: TextHash,
    filter: &RequestFilter,
    start: Option<Place>,
    mut visit: impl FnMut(Passed, bool) -> Result<Step, StoreError>,
) -> Result<Step, StoreError> {
    let Some(known) = Known::find(connection, text_hash, filter)? else { return Ok(Step::On) };
    let mut judge = Judge::new(connection, &filter.conditions);
    let mut visit = |passed: Passed| {
        let admits = known.admits(&passed) && judge.takes_request(&passed)?;
        visit(passed, admits)
    };
    let (from_ms, last_ms) = (filter.span.from_ms(), filter.span.to_ms().saturating_sub(1));
    let start = start.map_or(Place::after(last_ms), |start| start.min(Place::after(last_ms)));
    let project = filter.project;
    let Some(route) = known.route.filter(|_| known.session.is_none() && known.user.is_none()) else {
        return walk(connection, project, &known.way(), from_ms, start, visit);
    };
    let class = filter.status.map(StatusFilter::class);
    let (first, last) = (Grain::Minute.bucket(from_ms), Grain::Minute.bucket(start.created_at_ms));
    let mut minutes = RouteMinutes::new(connection, project, route, class, first, last)?;
    let mut step = Step::On;
    while step == Step::On
        && let Some(minute) = minutes.next()?
    {
        let first_ms = Grain::Minute.start_ms(minute);
        let start = start.min(Place::after(first_ms.saturating_add(Grain::Minute.ms() - 1)));
        step = walk(connection, project, &Way::Time, first_ms.max(from_ms), start, &mut visit)?;
    }
    Ok(step)
}

/// A filter whose texts have been looked up.
struct Known {
    route: Option<i64>,
    method: Option<Method>,
    user: Option<i64>,
    session: Option<String>,
    status: Option<StatusFilter>,
    is_slow: Option<bool>,
    is_error: Option<bool>,
}

/// Which methods are wanted, by dictionary id.
enum Method {
    One(i64),
    /// Those that are not registered, as in rollups: all but these.
    Other(Vec<i64>),
}

impl Known {
    /// Nothing if one of the texts occurs nowhere.
    fn find(connection: &Connection, text_hash: TextHash, filter: &RequestFilter) -> Result<Option<Self>, StoreError> {
        let mut is_known = true;
        let mut text = |text: &Option<String>| -> Result<Option<i64>, StoreError> {
            let Some(text) = text else { return Ok(None) };
            let id = text_hash.find(connection, text)?;
            is_known &= id.is_some();
            Ok(id)
        };
        let route = text(&filter.route)?;
        let method = match filter.method.as_deref() {
            Some(OTHER_METHOD) => Some(Method::registered(connection, text_hash)?),
            _ => text(&filter.method)?.map(Method::One),
        };
        let user = match &filter.user {
            Some(user) => find_user(connection, filter.project, user)?,
            None => None,
        };
        is_known &= user.is_some() == filter.user.is_some();
        let known = Self {
            route,
            method,
            user,
            session: filter.session.clone(),
            status: filter.status,
            is_slow: filter.is_slow,
            is_error: filter.is_error,
        };
        Ok(is_known.then_some(known))
    }

    /// The index with the fewest rows that do not match.
    fn way(&self) -> Way {
        let only_errors = self.is_error == Some(true) || self.status.is_some_and(|status| status.class() >= 4);
        match (&self.session, self.user) {
            (Some(session), _) => Way::Session(session.clone()),
            (None, Some(user)) => Way::User(user),
            (None, None) if only_errors => Way::Errors,
            (None, None) if self.is_slow == Some(true) => Way::Slow,
            (None, None) => Way::Time,
        }
    }

    fn admits(&self, passed: &Passed) -> bool {
        self.route.is_none_or(|route| route == passed.route_id)
            && self.method.as_ref().is_none_or(|method| method.admits(passed.method_id))
            && self.user.is_none_or(|user| passed.user_id == Some(user))
            && self.status.is_none_or(|status| status.admits(passed.status))
            && self.is_slow.is_none_or(|is_slow| is_slow == passed.is_slow)
            && self.is_error.is_none_or(|is_error| is_error == (passed.status >= ERROR_STATUS))
    }
}

impl Method {
    fn registered(connection: &Connection, text_hash: TextHash) -> Result<Self, StoreError> {
        let mut ids = Vec::with_capacity(REGISTERED.len());
        for name in REGISTERED {
            ids.extend(text_hash.find(connection, name)?);
        }
        Ok(Self::Other(ids))
    }

    fn admits(&self, method_id: i64) -> bool {
        match self {
            Self::One(id) => *id == method_id,
            Self::Other(registered) => !registered.contains(&method_id),
        }
    }
}

/// What a walk has gathered.
struct Page {
    ids: Vec<i64>,
    limit: usize,
    /// Rows that may still be looked at.
    left: usize,
    /// Where the walk was when it stopped: everything above has been looked at, and this itself.
    last: Option<Place>,
}

impl Page {
    /// Stops only when there is another row that has not been taken.
    fn take(&mut self, passed: Passed, admits: bool) -> Step {
        if self.left == 0 || (admits && self.ids.len() == self.limit) {
            return Step::Stop;
        }
        if admits {
            self.ids.push(passed.place.id);
        }
        self.last = Some(passed.place);
        self.left -= 1;
        Step::On
    }
}

/// Row id of the user whom a project knows by `external_id`.
pub fn find_user(connection: &Connection, project: ProjectId, external_id: &str) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id FROM traffic_user WHERE project_id = ?1 AND external_id = ?2")?
        .query_row(params![project.0, external_id], |row| row.get(0))
        .optional()?)
}

/// One request of a project.
pub fn find(connection: &Connection, project: ProjectId, id: i64) -> Result<Option<TrafficRecord>, StoreError> {
    let record = Records::new(connection).find(id)?;
    Ok(record.filter(|record| record.project == project))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_a_code_or_a_class() {
        for (text, status) in [
            ("404", Some(StatusFilter::Code(404))),
            ("4xx", Some(StatusFilter::Class(4))),
            ("999", Some(StatusFilter::Code(999))),
            ("0xx", None),
            ("44xx", None),
            ("40", None),
            ("0404", None),
            ("+40", None),
            ("", None),
            ("xx", None),
        ] {
            assert_eq!(StatusFilter::parse(text), status, "{text}");
        }
    }
}
