//! What each user did in a span of time: from the rollups, and from the rows that are not in them yet.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::buckets::rolled_up;
use super::span::{TimeSpan, decompose};
use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::traffic::grain::Grain;

/// What one user did in a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCounts {
    /// Row id of `traffic_user`.
    pub user_id: i64,
    pub external_id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    /// In milliseconds since the epoch, like the next one; of all time, not of the span.
    pub first_seen_ms: i64,
    pub last_seen_ms: i64,
    pub requests: u64,
    pub errors: u64,
    pub slow: u64,
    /// Sum of all durations.
    pub duration_us: u64,
}

/// By what users are sorted; equal ones by row id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserSort {
    Requests,
    Errors,
    Slow,
    AverageDuration,
    LastSeen,
    ExternalId,
}

/// A page of a list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserPage {
    pub sort: UserSort,
    pub descending: bool,
    pub limit: u32,
    pub offset: u64,
}

/// A page of the users who made requests in a span, rounded outward to whole hours, and how many there are in all.
///
/// With `search` only those whose id, name or address contains it, whatever the case of ASCII letters.
///
/// The cost follows the number of users in the span times its days, and does not depend on the page.
pub fn users(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    page: UserPage,
    search: Option<&str>,
) -> Result<(Vec<UserCounts>, u64), StoreError> {
    let mut parameters = span_parameters(connection, project, span)?;
    parameters.extend([
        Value::Text(page.sort.name().to_owned()),
        Value::Integer(page.descending.into()),
        Value::Integer(page.limit.into()),
        Value::Integer(i64::try_from(page.offset).unwrap_or(i64::MAX)),
        search.map_or(Value::Null, |text| Value::Text(text.to_ascii_lowercase())),
    ]);
    let mut statement = connection.prepare_cached(include_str!("users_of_span.sql"))?;
    let mut rows = statement.query(params_from_iter(parameters))?;
    let (mut listed, mut total) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        listed.push(counts(row)?);
        total = row.get(10)?;
    }
    drop(rows);
    drop(statement);
    if listed.is_empty() && (page.offset > 0 || page.limit == 0) {
        // The page has no row that could tell how many there are.
        let first = UserPage { limit: 1, offset: 0, ..page };
        (_, total) = users(connection, project, span, first, search)?;
    }
    Ok((listed, total))
}

/// What one user did in a span, rounded outward to whole hours; `None` if the project has no such user.
pub fn user(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    external_id: &str,
) -> Result<Option<UserCounts>, StoreError> {
    let mut parameters = span_parameters(connection, project, span)?;
    parameters.push(Value::Text(external_id.to_owned()));
    let mut statement = connection.prepare_cached(include_str!("user_of_span.sql"))?;
    Ok(statement.query_row(params_from_iter(parameters), counts).optional()?)
}

/// How many different users have made a request since then.
pub fn active_users(connection: &Connection, project: ProjectId, since_ms: i64) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("active_users.sql"))?;
    Ok(statement.query_row(params![project.0, since_ms], |row| row.get(0))?)
}

impl UserSort {
    /// The name in `users_of_span.sql`.
    fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Errors => "errors",
            Self::Slow => "slow",
            Self::AverageDuration => "average",
            Self::LastSeen => "last_seen",
            Self::ExternalId => "external_id",
        }
    }
}

/// The first twelve parameters of both questions: project, instants, and three ranges of hours and days.
fn span_parameters(connection: &Connection, project: ProjectId, span: TimeSpan) -> Result<Vec<Value>, rusqlite::Error> {
    let span = span.outward(Grain::Hour);
    let mut numbers = vec![project.0, span.from_ms(), span.to_ms()];
    let ranges = decompose(rolled_up(connection, project, span)?);
    let nothing = (Grain::Day, 0..0);
    for (grain, buckets) in ranges.into_iter().chain(std::iter::repeat(nothing)).take(3) {
        numbers.extend([grain as i64, buckets.start, buckets.end]);
    }
    Ok(numbers.into_iter().map(Value::Integer).collect())
}

fn counts(row: &Row<'_>) -> Result<UserCounts, rusqlite::Error> {
    Ok(UserCounts {
        user_id: row.get(0)?,
        external_id: row.get(1)?,
        name: row.get(2)?,
        email: row.get(3)?,
        first_seen_ms: row.get(4)?,
        last_seen_ms: row.get(5)?,
        requests: row.get(6)?,
        errors: row.get(7)?,
        slow: row.get(8)?,
        duration_us: row.get(9)?,
    })
}
