//! Errors that are alike, taken together: the same route, method and status.

use std::collections::HashMap;

use rusqlite::Connection;

use super::buckets::{TimeSpan, method_name};
use super::conditions::Condition;
use super::requests::{self, RequestFilter};
use super::walk::Step;
use crate::domain::id::ProjectId;
use crate::query::texts::Lookup;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Errors that are looked at, the newest.
const MAX_PASSED: usize = 50_000;

/// Errors of one route by one method with one status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorGroup {
    pub route: String,
    pub method: String,
    pub status: u16,
    pub count: u64,
    pub first_ms: i64,
    pub last_ms: i64,
    /// Row id of the latest.
    pub latest: i64,
}

/// The groups of a span, those with the most errors first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorGroups {
    pub groups: Vec<ErrorGroup>,
    /// Whether only the newest 50,000 errors were looked at.
    pub is_truncated: bool,
}

/// Groups a project's errors that fulfil the conditions.
pub fn error_groups(
    connection: &Connection,
    text_hash: TextHash,
    project: ProjectId,
    span: TimeSpan,
    conditions: &[Condition],
) -> Result<ErrorGroups, StoreError> {
    let filter = RequestFilter { is_error: Some(true), ..RequestFilter::of_conditions(project, span, conditions) };
    let mut found: HashMap<(i64, i64, u16), Seen> = HashMap::new();
    let mut left = MAX_PASSED;
    let step = requests::each(connection, text_hash, &filter, None, |passed, admits| {
        if left == 0 {
            return Ok(Step::Stop);
        }
        left -= 1;
        if admits {
            let at_ms = passed.place.created_at_ms;
            let new = Seen { count: 0, first_ms: at_ms, last_ms: at_ms, latest: passed.place.id };
            let seen = found.entry((passed.route_id, passed.method_id, passed.status)).or_insert(new);
            seen.count += 1;
            // Newest first, so the first one that is seen stays the latest.
            seen.first_ms = at_ms;
        }
        Ok(Step::On)
    })?;
    let mut texts = Lookup::new(connection);
    let mut groups = Vec::with_capacity(found.len());
    for ((route_id, method_id, status), seen) in found {
        groups.push(ErrorGroup {
            route: texts.text(route_id)?.as_ref().to_owned(),
            method: method_name(connection, method_id)?,
            status,
            count: seen.count,
            first_ms: seen.first_ms,
            last_ms: seen.last_ms,
            latest: seen.latest,
        });
    }
    groups.sort_unstable_by(|a, b| {
        let by_text = || (&a.route, &a.method, a.status).cmp(&(&b.route, &b.method, b.status));
        b.count.cmp(&a.count).then(b.last_ms.cmp(&a.last_ms)).then_with(by_text)
    });
    Ok(ErrorGroups { groups, is_truncated: step == Step::Stop })
}

/// What has been counted of a group.
struct Seen {
    count: u64,
    first_ms: i64,
    last_ms: i64,
    latest: i64,
}
