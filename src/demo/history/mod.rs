//! Made-up weeks of a shop: the same at each start, but for the moment at which they end.
//!
//! ```text
//! rhythm, sources, visitor    how many come when, from where, with what
//! visit, walk, page_view      what they do: bodies as the tracker and the shop's server would send them, and requests
//! batches                     the same decoders as at the doors
//! ```
//!
//! Everything goes through [`Store::submit`], oldest first and by a clock that is moved along, since rows and rollups are
//! ordered by when they arrive.

mod app_events;
mod batches;
mod incidents;
mod item;
mod page_view;
mod places;
mod random;
mod rhythm;
mod robots;
mod sources;
mod visit;
mod visitor;
mod walk;

use tokio::task::JoinSet;

use self::batches::Batches;
use self::item::Item;
use self::random::Numbers;
use self::visitor::{HOURS_PER_CUSTOMER, Visitor};
use crate::config::Config;
use crate::domain::Batch;
use crate::domain::clock::{Clock as _, ManualClock};
use crate::domain::id::ProjectId;
use crate::domain::traffic::{TrafficBatch, TrafficRecord};
use crate::store::{Store, StoreError};

const MS_PER_HOUR: i64 = 3_600_000;
const MS_PER_DAY: i64 = 24 * MS_PER_HOUR;

/// What arrives within this time is stored together.
const STEP_MS: i64 = MS_PER_HOUR / 6;

/// Customers are counted from here: far enough back for every history.
const COUNTED_FROM_MS: i64 = 60 * MS_PER_DAY;

/// Another number would be another shop.
const SEED: u64 = 0x0e3b_e2a4_d0a6_0001;

/// Which weeks.
#[derive(Debug, Clone, Copy)]
pub struct History {
    pub from_ms: i64,
    pub to_ms: i64,
    /// The day on which the loud day and the incidents hang.
    pub born_ms: i64,
    pub project: ProjectId,
}

/// Is told how far it is.
pub trait Progress {
    fn reached(&mut self, done: u64, all: u64);
}

/// Why the history could not be written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("the made-up history cannot be stored: {0}")]
    Store(#[from] StoreError),
    #[error("a made-up browser sends what Hearth refuses")]
    Heat,
    #[error("a made-up server sends what Hearth refuses")]
    Track,
    #[error("the process is ending")]
    Ending,
}

/// Writes the history. The store must use `clock`.
///
/// # Errors
/// When the store cannot take it.
pub async fn fill(
    store: &Store,
    clock: &ManualClock,
    config: &Config,
    history: &History,
    progress: &mut impl Progress,
) -> Result<(), HistoryError> {
    let mut batches = Batches::new(history.project, config);
    let first = history.from_ms.div_euclid(MS_PER_HOUR);
    let hours = history.to_ms.div_euclid(MS_PER_HOUR) - first + 1;
    let all = u64::try_from(hours).unwrap_or(0);
    let mut waiting: Vec<Item> = Vec::new();
    for hour in 0..hours {
        let hour_ms = (first + hour) * MS_PER_HOUR;
        waiting.extend(items_of_hour(hour_ms, history.born_ms));
        waiting.retain(|item| (history.from_ms..history.to_ms).contains(&item.at_ms));
        waiting.sort_by_key(|item| item.at_ms);
        let mut rest = waiting.into_iter().peekable();
        for step in 1..=MS_PER_HOUR / STEP_MS {
            let end_ms = hour_ms + step * STEP_MS;
            let mut now = Vec::new();
            while let Some(item) = rest.next_if(|item| item.at_ms < end_ms) {
                now.push(item);
            }
            let Some(last_ms) = now.last().map(|last| last.at_ms) else { continue };
            let (stored, records) = batches.make(now, history.to_ms)?;
            let last_ms = records.last().map_or(last_ms, |record| record.created_at_ms.max(last_ms));
            clock.advance_ms(last_ms - clock.now_ms());
            submit(store, stored, records).await?;
        }
        waiting = rest.collect();
        progress.reached(u64::try_from(hour + 1).unwrap_or(0), all);
    }
    Ok(())
}

/// Everything that visits send which begin in an hour.
fn items_of_hour(hour_ms: i64, born_ms: i64) -> Vec<Item> {
    let mut numbers = Numbers::of(SEED, hour_ms);
    let hour = (hour_ms - (born_ms - COUNTED_FROM_MS)).div_euclid(MS_PER_HOUR);
    let mut items = robots::robots(hour_ms, &mut numbers);
    let visits = rhythm::visits(hour_ms, born_ms, &mut numbers);
    for number in 0..visits {
        let at_ms = numbers.between(hour_ms, hour_ms + MS_PER_HOUR);
        let mut visitor = Visitor::new(SEED, hour_ms.div_euclid(MS_PER_DAY), hour, &mut numbers);
        let signs_up = number == 0 && hour.rem_euclid(HOURS_PER_CUSTOMER) == HOURS_PER_CUSTOMER - 1;
        if signs_up {
            visitor.customer = None;
        }
        let source = sources::source(rhythm::wave(at_ms, born_ms), &mut numbers);
        items.extend(visit::visit(visitor, source, at_ms, born_ms, (hour, signs_up), &mut numbers));
    }
    items
}

/// Stores what belongs together: all at once, so that it shares a commit.
async fn submit(store: &Store, batches: Vec<Batch>, records: Vec<TrafficRecord>) -> Result<(), HistoryError> {
    let requests = (!records.is_empty()).then_some(Batch::Traffic(TrafficBatch { records }));
    let mut stored = JoinSet::new();
    for batch in batches.into_iter().chain(requests) {
        let store = store.clone();
        stored.spawn(async move { store.submit(batch).await });
    }
    while let Some(result) = stored.join_next().await {
        result.map_err(|_| HistoryError::Ending)??;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
