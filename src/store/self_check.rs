//! Whether a change of the schema has left everything where it was.

use rusqlite::Connection;

use super::StoreError;
use super::copying::{found_wrong, has_table};

/// Tables whose rows no change of the schema may add to or take from.
const COUNTED: [&str; 16] = [
    "project",
    "project_key",
    "read_token",
    "account",
    "dictionary",
    "heat_user",
    "heat_session",
    "heat_event",
    "traffic_request",
    "traffic_user",
    "track_identifier",
    "track_session",
    "track_event",
    "track_conversion",
    "goal",
    "saved_filter",
];

/// How many rows the main tables have, of those that are there.
pub fn row_counts(file: &Connection) -> Result<Vec<(&'static str, i64)>, StoreError> {
    let mut counts = Vec::new();
    for table in COUNTED {
        if has_table(file, table)? {
            counts.push((table, file.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0))?));
        }
    }
    Ok(counts)
}

/// What is wrong with a file that had so many rows before, if anything.
pub fn find_fault(file: &Connection, before: &[(&'static str, i64)]) -> Result<Option<String>, StoreError> {
    if let Some(wrong) = found_wrong(file, "PRAGMA quick_check(5)")? {
        return Ok(Some(wrong));
    }
    let after = row_counts(file)?;
    for (table, count) in before {
        match after.iter().find(|(name, _)| name == table) {
            Some((_, now)) if now == count => {}
            Some((_, now)) => return Ok(Some(format!("{table} had {count} rows and has {now}"))),
            None => return Ok(Some(format!("{table} is gone"))),
        }
    }
    let orphan = file.prepare("PRAGMA foreign_key_check")?.query_map([], |row| row.get::<_, String>(0))?.next();
    Ok(orphan.transpose()?.map(|table| format!("{table} has rows that refer to nothing")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrate;

    #[test]
    fn lost_rows_and_orphans_are_faults() {
        let mut file = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut file, 0).unwrap();
        file.execute("INSERT INTO project (uuid, name, created_at_ms) VALUES (x'00', 'a', 1)", []).unwrap();
        let before = row_counts(&file).unwrap();
        assert!(before.contains(&("project", 1)) && before.len() == COUNTED.len(), "{before:?}");
        assert_eq!(find_fault(&file, &before).unwrap(), None);
        file.execute("DELETE FROM project", []).unwrap();
        assert_eq!(find_fault(&file, &before).unwrap().unwrap(), "project had 1 rows and has 0");
        file.pragma_update(None, "foreign_keys", false).unwrap();
        file.execute("INSERT INTO project (uuid, name, created_at_ms) VALUES (x'00', 'a', 1)", []).unwrap();
        file.execute("INSERT INTO project_origin SELECT * FROM (SELECT 99, 'https://a.example')", []).unwrap();
        assert_eq!(find_fault(&file, &before).unwrap().unwrap(), "project_origin has rows that refer to nothing");
    }
}
