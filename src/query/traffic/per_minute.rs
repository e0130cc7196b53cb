//! How many requests there were in each of the last minutes.

use rusqlite::Connection;

use super::series::series;
use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

const MINUTE_MS: i64 = 60_000;

/// The requests of so many minutes of the clock, the oldest first; the last one goes on.
pub fn per_minute(
    connection: &Connection,
    text_hash: TextHash,
    project: ProjectId,
    now_ms: i64,
    minutes: usize,
) -> Result<Vec<u64>, StoreError> {
    let end_ms = now_ms.div_euclid(MINUTE_MS).saturating_add(1).saturating_mul(MINUTE_MS);
    let back = (0..=minutes).rev().map(|minute| i64::try_from(minute).unwrap_or_default());
    let bounds: Vec<_> = back.map(|minute| end_ms.saturating_sub(minute.saturating_mul(MINUTE_MS))).collect();
    let found = series(connection, text_hash, project, &bounds, &[])?;
    Ok(found.slices.iter().map(|slice| slice.summary.count).collect())
}
