//! Numbers that no rollup has: counted one request after another, the newest first, up to a budget.

use std::collections::HashMap;

use rusqlite::Connection;

use super::buckets::{OTHER_METHOD_ID, RouteSummary, Summary, TimeSpan, method_name};
use super::conditions::Condition;
use super::requests::{self, RequestFilter};
use super::walk::Step;
use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::traffic::fact::{Fact, is_registered};

/// Requests that one answer looks at.
const MAX_PASSED: usize = 200_000;

/// Shows the requests of a span that fulfil the conditions, as rollups would see them. Whether there were too many.
pub fn count(
    connection: &Connection,
    text_hash: TextHash,
    project: ProjectId,
    span: TimeSpan,
    conditions: &[Condition],
    mut visit: impl FnMut(&Fact),
) -> Result<bool, StoreError> {
    let filter = RequestFilter::of_conditions(project, span, conditions);
    let mut methods: HashMap<i64, i64> = HashMap::new();
    let mut left = MAX_PASSED;
    let step = requests::each(connection, text_hash, &filter, None, |passed, admits| {
        if left == 0 {
            return Ok(Step::Stop);
        }
        left -= 1;
        if admits {
            let method_id = if let Some(known) = methods.get(&passed.method_id) {
                *known
            } else {
                let is_registered = is_registered(&method_name(connection, passed.method_id)?);
                let id = if is_registered { passed.method_id } else { OTHER_METHOD_ID };
                *methods.entry(passed.method_id).or_insert(id)
            };
            visit(&Fact {
                id: passed.place.id,
                project_id: project.0,
                created_at_ms: passed.place.created_at_ms,
                route_id: passed.route_id,
                method_id,
                user_id: passed.user_id,
                status: passed.status,
                is_slow: passed.is_slow,
                duration_us: passed.duration_us,
                bytes_in: passed.bytes_in,
                bytes_out: passed.bytes_out,
            });
        }
        Ok(Step::On)
    })?;
    Ok(step == Step::Stop)
}

/// The summaries of routes.
pub fn by_route(
    connection: &Connection,
    text_hash: TextHash,
    project: ProjectId,
    span: TimeSpan,
    conditions: &[Condition],
) -> Result<(Vec<RouteSummary>, bool), StoreError> {
    let mut merged: HashMap<(i64, i64, u16), Summary> = HashMap::new();
    let is_truncated = count(connection, text_hash, project, span, conditions, |fact| {
        merged.entry((fact.route_id, fact.method_id, fact.status_class())).or_default().add(fact);
    })?;
    let part =
        |((route_id, method_id, status_class), summary)| RouteSummary { route_id, method_id, status_class, summary };
    Ok((merged.into_iter().map(part).collect(), is_truncated))
}
