//! App events of a person, and what was made of them.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::domain::erasure::{Erased, Erasure};
use crate::domain::track::{EventKind, IdentifierKind};
use crate::store::StoreError;

/// How many rows each session loses, by row id: all of them, and those that were page views.
pub type Left = HashMap<i64, (i64, i64)>;

/// Times that hold all there are.
const ALL_TIME: (i64, i64) = (i64::MIN, i64::MAX);

/// Whose events go, and of when.
#[derive(Debug, Clone, Copy)]
struct Range {
    subject: i64,
    from_ms: i64,
    /// Inclusive.
    to_ms: i64,
}

/// Erases the events; returns how many their sessions have lost.
pub fn erase(connection: &Connection, erasure: &Erasure, erased: &mut Erased) -> Result<Left, StoreError> {
    let mut left = Left::new();
    for range in ranges(erasure) {
        let Range { subject, from_ms, to_ms } = range;
        note_sessions(connection, range, &mut left)?;
        let delete = |sql: &str| -> Result<u64, rusqlite::Error> {
            Ok(connection.prepare_cached(sql)?.execute(params![subject, from_ms, to_ms])? as u64)
        };
        erased.conversions +=
            delete("DELETE FROM track_conversion WHERE subject_id = ?1 AND time_ms BETWEEN ?2 AND ?3")?;
        connection.prepare_cached(include_str!("download_clicks.sql"))?.execute(params![
            subject,
            from_ms,
            to_ms,
            EventKind::DownloadClick.code()
        ])?;
        erased.events += delete("DELETE FROM track_event WHERE subject_id = ?1 AND time_ms BETWEEN ?2 AND ?3")?;
        erased.touches += delete("DELETE FROM track_touch WHERE subject_id = ?1 AND first_ms BETWEEN ?2 AND ?3")?;
        delete("DELETE FROM track_pairing WHERE subject_id = ?1 AND time_ms BETWEEN ?2 AND ?3")?;
    }
    Ok(left)
}

/// Only users and anonymous ids have events.
fn ranges(erasure: &Erasure) -> Vec<Range> {
    let mut ranges = Vec::new();
    for erased in &erasure.identifiers {
        let has_events = matches!(erased.identifier.kind, IdentifierKind::User | IdentifierKind::Anonymous);
        let Some(subject) = erased.id.filter(|_| has_events) else { continue };
        let spans = erased.spans.as_deref().unwrap_or(&[ALL_TIME]);
        ranges.extend(spans.iter().map(|&(from_ms, until_ms)| Range {
            subject,
            from_ms,
            to_ms: if until_ms == i64::MAX { until_ms } else { until_ms.saturating_sub(1) },
        }));
    }
    ranges
}

fn note_sessions(connection: &Connection, range: Range, left: &mut Left) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(include_str!("sessions_of_subject.sql"))?;
    let mut rows = statement.query(params![
        range.subject,
        range.from_ms,
        range.to_ms,
        EventKind::SessionMark.code(),
        EventKind::PageView.code()
    ])?;
    while let Some(row) = rows.next()? {
        let (events, page_views) = left.entry(row.get(0)?).or_default();
        *events += row.get::<_, i64>(1)?;
        *page_views += row.get::<_, i64>(2)?;
    }
    Ok(())
}
