//! Whether a change of the schema has left everything where it was.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

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

/// What must be the same afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Tables, and their rows.
    pub rows: Vec<(String, i64)>,
    /// Rows that refer to nothing.
    pub orphans: i64,
}

/// Whether rows may have been added meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Nobody else has had the file.
    Nothing,
    /// Commands may have written to it.
    Commands,
}

/// Counts. Reads much of the file.
pub fn inventory(file: &Connection) -> Result<Inventory, StoreError> {
    let mut rows = Vec::new();
    for table in COUNTED {
        if has_table(file, table)? {
            let count = file.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0))?;
            rows.push((table.to_owned(), count));
        }
    }
    let orphans = file.query_row("SELECT COUNT(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
    Ok(Inventory { rows, orphans })
}

/// What is wrong with a file that had this before, if anything.
pub fn find_fault(file: &Connection, before: &Inventory, since: Since) -> Result<Option<String>, StoreError> {
    if let Some(wrong) = found_wrong(file, "PRAGMA quick_check(5)")? {
        return Ok(Some(wrong));
    }
    let after = inventory(file)?;
    for (table, count) in &before.rows {
        match after.rows.iter().find(|(name, _)| name == table) {
            Some((_, now)) if now == count || (now > count && since == Since::Commands) => {}
            Some((_, now)) => return Ok(Some(format!("{table} had {count} rows and has {now}"))),
            None => return Ok(Some(format!("{table} is gone"))),
        }
    }
    let more = after.orphans - before.orphans;
    Ok((more > 0).then(|| format!("{more} rows refer to nothing that did refer to something")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrate;

    const PROJECT: &str = "INSERT INTO project (uuid, name, created_at_ms) VALUES (randomblob(16), 'a', 1)";

    #[test]
    fn lost_rows_and_new_orphans_are_faults() {
        let mut file = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut file, 0).unwrap();
        file.execute(PROJECT, []).unwrap();
        let before = inventory(&file).unwrap();
        assert!(before.rows.contains(&("project".to_owned(), 1)) && before.rows.len() == COUNTED.len(), "{before:?}");
        let fault = |since| find_fault(&file, &before, since).unwrap();
        assert_eq!(fault(Since::Nothing), None);
        file.execute(PROJECT, []).unwrap();
        assert_eq!(
            (fault(Since::Nothing), fault(Since::Commands)),
            (Some("project had 1 rows and has 2".to_owned()), None)
        );
        file.execute("DELETE FROM project", []).unwrap();
        assert_eq!(fault(Since::Commands).unwrap(), "project had 1 rows and has 0");
        file.execute(PROJECT, []).unwrap();
        file.pragma_update(None, "foreign_keys", false).unwrap();
        file.execute("INSERT INTO project_origin (project_id, origin) VALUES (99, 'https://a.example')", []).unwrap();
        assert!(fault(Since::Nothing).unwrap().starts_with("1 rows refer to nothing"));
        let before = inventory(&file).unwrap();
        assert_eq!(find_fault(&file, &before, Since::Nothing).unwrap(), None, "it was so before");
    }
}
