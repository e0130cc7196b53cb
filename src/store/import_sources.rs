//! What was imported already, and how far.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use crate::domain::id::ProjectId;
use crate::domain::import::{ImportProgress, SourceIdentity};

/// What is known of a source that was imported, at least in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSource {
    /// Where to go on.
    pub position: u64,
    /// Records read so far, those refused included.
    pub read: u64,
    pub refused: u64,
    /// Whether its end was reached.
    pub is_finished: bool,
}

/// What is known of a source; nothing if it was never imported into this project.
pub fn find(
    connection: &Connection,
    source: &SourceIdentity,
    project: Option<ProjectId>,
) -> Result<Option<KnownSource>, StoreError> {
    let found = connection.prepare_cached(FIND)?.query_row(
        params![source.kind, source.fingerprint, project_number(project)],
        |row| {
            Ok(KnownSource {
                position: row.get::<_, i64>(0)?.cast_unsigned(),
                read: row.get(1)?,
                refused: row.get(2)?,
                is_finished: row.get(3)?,
            })
        },
    );
    Ok(found.optional()?)
}

const FIND: &str = "SELECT position, read_count, refused, finished_ms IS NOT NULL FROM import_source \
                    WHERE kind = ?1 AND fingerprint = ?2 AND project_id = ?3";

/// Notes how far a source has been read. To be called in the transaction that stores what was read.
pub fn note(connection: &Connection, progress: &ImportProgress, now_ms: i64) -> Result<(), StoreError> {
    connection.prepare_cached(include_str!("note_import.sql"))?.execute(params![
        progress.source.kind,
        progress.source.fingerprint,
        project_number(progress.project),
        progress.position.cast_signed(),
        progress.read,
        progress.refused,
        now_ms,
        progress.is_finished,
    ])?;
    Ok(())
}

fn project_number(project: Option<ProjectId>) -> i64 {
    project.map_or(0, |project| project.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrate;

    #[test]
    fn a_source_is_known_by_its_content_and_its_project() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut connection, 0).unwrap();
        let source = SourceIdentity { kind: "test", fingerprint: [7; 32] };
        let other = SourceIdentity { fingerprint: [8; 32], ..source };
        let progress =
            ImportProgress { source, project: None, position: u64::MAX, read: 5, refused: 1, is_finished: false };
        assert_eq!(find(&connection, &source, None).unwrap(), None);
        note(&connection, &progress, 1).unwrap();
        let known = KnownSource { position: u64::MAX, read: 5, refused: 1, is_finished: false };
        assert_eq!(find(&connection, &source, None).unwrap(), Some(known));
        assert_eq!(find(&connection, &source, Some(ProjectId(1))).unwrap(), None);
        assert_eq!(find(&connection, &other, None).unwrap(), None);
        note(&connection, &ImportProgress { position: 9, is_finished: true, ..progress }, 2).unwrap();
        let known = KnownSource { position: 9, read: 10, refused: 2, is_finished: true };
        assert_eq!(find(&connection, &source, None).unwrap(), Some(known));
    }
}
