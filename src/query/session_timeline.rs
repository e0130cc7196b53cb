//! Everything known about one session in one order of time, whoever told it: the browser's heat events, app events, proxied
//! requests. They belong together by the session's id; events and requests that name no session, by the user.
//!
//! A page begins at a moment and not behind a row: the three kinds have no common order. Each is read as far as
//! [`SOURCE_ROWS`], and the page ends where the first of them that has more does.

use rusqlite::Connection;

use crate::store::StoreError;
use crate::store::dictionary::TextHash;

mod marks;
mod moment;
mod sources;
mod subject;
mod summing;

pub use marks::Mark;
pub use moment::{Group, Moment, What};
pub use subject::{Arrival, Subject, find};

/// Rows of each kind that one answer reads.
const SOURCE_ROWS: usize = 5_000;

/// A part of a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimelinePage {
    pub moments: Vec<Moment>,
    /// The moment at which the next page begins.
    pub next: Option<f64>,
}

/// A page of at most `limit` moments from a moment on; of one group only, if one is given.
///
/// Frustration is judged over all groups, and before moves and scrolls are summed up.
pub fn page(
    connection: &Connection,
    hash: TextHash,
    subject: &Subject,
    from: f64,
    group: Option<Group>,
    limit: usize,
) -> Result<TimelinePage, StoreError> {
    let sources = [
        sources::heat(connection, subject, from)?,
        sources::events(connection, hash, subject, from)?,
        sources::requests(connection, subject, from)?,
    ];
    let end = sources.iter().filter_map(|source| source.end).reduce(f64::min);
    let mut moments: Vec<Moment> = sources.into_iter().flat_map(|source| source.moments).collect();
    moments.sort_by(|one, other| one.ts.total_cmp(&other.ts));
    marks::mark(&mut moments, end);
    // More than [`SOURCE_ROWS`] at one and the same moment are not told.
    let end = end.map(|end| if end > from { end } else { from.next_up() });
    if let Some(end) = end {
        moments.retain(|moment| moment.ts < end);
    }
    let mut moments = summing::sum_up(moments);
    moments.retain(|moment| group.is_none_or(|group| moment.what.group() == group));
    let mut next = end;
    if let Some(beyond) = moments.get(limit).map(|moment| moment.ts) {
        let is_ahead = beyond > from;
        next = Some(if is_ahead { beyond } else { from.next_up() });
        if is_ahead {
            moments.retain(|moment| moment.ts < beyond);
        }
        moments.truncate(limit);
    }
    Ok(TimelinePage { moments, next: next.filter(|next| next.is_finite()) })
}
