//! What happens at the moment: who is there, what they look at, and how much of it.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use rusqlite::{Connection, params};

use super::filter::Dimension;
use super::matching::text_of;
use super::scan::sources;
use crate::domain::id::ProjectId;
use crate::domain::visit::{MAX_VISIT_MS, MarkKind, VisitSource};
use crate::store::StoreError;
use crate::store::value::blob;
use crate::store::visits::marks;

/// Who gave a sign of life in the last so many milliseconds is there.
pub const PRESENT_MS: i64 = 5 * MINUTE_MS;

/// Minutes that are looked back on.
pub const MINUTES: usize = 30;

const MINUTE_MS: i64 = 60_000;

/// Entries of each list.
const LISTED: usize = 10;

/// A project at the moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Now {
    /// Different visitors who are there.
    pub visitors: u64,
    /// Page views of the last minutes, each counted back from now; the oldest first.
    pub views_per_minute: Vec<u64>,
    /// The pages that visitors who are there viewed last, with how many visitors.
    pub pages: Vec<Present>,
    /// The hosts from which they came; who came from none is not listed.
    pub referrers: Vec<Present>,
}

/// Where visitors are, or came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    pub text: String,
    pub visitors: u64,
}

/// Looks at the moment.
pub fn now(connection: &Connection, project: ProjectId, now_ms: i64) -> Result<Now, StoreError> {
    let sources = sources(connection, project)?;
    let since_ms = now_ms - MINUTE_MS * i64::try_from(MINUTES).unwrap_or_default();
    let mut views_per_minute = vec![0_u64; MINUTES];
    let mut visitors = HashSet::new();
    let (mut pages, mut referrers) = (HashMap::new(), HashMap::new());
    let mut statement = connection.prepare_cached(include_str!("visits_of_late.sql"))?;
    let mut rows = statement.query(params![project.0, since_ms.saturating_sub(MAX_VISIT_MS), since_ms, now_ms])?;
    while let Some(row) = rows.next()? {
        let source = VisitSource::from_number(row.get(0)?);
        if !source.is_some_and(|source| sources.contains(&source)) {
            continue;
        }
        let (started_ms, ended_ms, visitor): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
        for mark in marks::unpack(blob(row, 6)?)?.iter().filter(|mark| mark.kind == MarkKind::PageView) {
            let back_ms = now_ms.saturating_sub(started_ms.saturating_add(mark.offset_ms));
            // What is said to be in the next minute is of this one: clocks differ.
            let minutes_back = usize::try_from(back_ms.max(0) / MINUTE_MS).unwrap_or(MINUTES);
            if let Some(views) = MINUTES.checked_sub(minutes_back + 1).and_then(|at| views_per_minute.get_mut(at)) {
                *views += 1;
            }
        }
        if ended_ms > now_ms - PRESENT_MS {
            visitors.insert(visitor);
            add(&mut pages, row.get::<_, i64>(4)?, visitor);
            add(&mut referrers, row.get::<_, i64>(5)?, visitor);
        }
    }
    referrers.remove(&0);
    Ok(Now {
        visitors: visitors.len() as u64,
        views_per_minute,
        pages: listed(connection, Dimension::Page, pages)?,
        referrers: listed(connection, Dimension::Referrer, referrers)?,
    })
}

fn add<K: Eq + Hash>(places: &mut HashMap<K, HashSet<i64>>, place: K, visitor: i64) {
    places.entry(place).or_default().insert(visitor);
}

fn listed(
    connection: &Connection,
    dimension: Dimension,
    places: HashMap<i64, HashSet<i64>>,
) -> Result<Vec<Present>, StoreError> {
    let mut places: Vec<(i64, u64)> = places.into_iter().map(|(id, visitors)| (id, visitors.len() as u64)).collect();
    places.sort_unstable_by_key(|(id, visitors)| (std::cmp::Reverse(*visitors), *id));
    places.truncate(LISTED);
    let listed =
        places.into_iter().map(|(id, visitors)| Ok(Present { text: text_of(connection, dimension, id)?, visitors }));
    listed.collect()
}
