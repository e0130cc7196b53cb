//! One statement for many ids.

use rusqlite::{Connection, Row, params};

use crate::store::StoreError;

/// Most rows that one statement reads for all; where there are more, persons are looked at one by one, which has bounds of its
/// own.
const MAX_TOGETHER: usize = 500_000;

/// What a statement tells of many ids; nothing if that are too many rows.
pub fn together<T>(
    connection: &Connection,
    sql: &str,
    ids: &[i64],
    read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
) -> Result<Option<Vec<T>>, StoreError> {
    let mut ids = ids.to_vec();
    // In the order in which rows lie in the file.
    ids.sort_unstable();
    ids.dedup();
    let list = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![format!("[{list}]"), MAX_TOGETHER + 1], read)?;
    let rows = rows.collect::<Result<Vec<T>, _>>()?;
    Ok(Some(rows).filter(|rows| rows.len() <= MAX_TOGETHER))
}

pub fn pair(row: &Row<'_>) -> Result<(i64, i64), rusqlite::Error> {
    Ok((row.get(0)?, row.get(1)?))
}
