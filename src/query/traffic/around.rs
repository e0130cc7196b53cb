//! What a session asked for right before and after one of its requests.

use std::collections::VecDeque;

use rusqlite::Connection;

use super::buckets::TimeSpan;
use super::record::Records;
use super::requests::{self, RequestFilter};
use super::walk::{Place, Step};
use crate::domain::traffic::TrafficRecord;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// How far before and after the request others are looked for.
const AROUND_MS: i64 = 30 * 60_000;

/// Requests after it that are passed by; a session that makes more in half an hour is no person's.
const MAX_PASSED: usize = 20_000;

/// The request itself among at most `limit` before and `limit` after it, in order of time.
pub fn around(
    connection: &Connection,
    text_hash: TextHash,
    record: &TrafficRecord,
    limit: usize,
) -> Result<Vec<TrafficRecord>, StoreError> {
    let Some(session) = record.session_id.as_deref() else { return Ok(vec![record.clone()]) };
    let itself = Place { created_at_ms: record.created_at_ms, id: record.id };
    let of_session = |from_ms: i64, to_ms: i64| RequestFilter {
        session: Some(session.to_owned()),
        ..RequestFilter::all(record.project, TimeSpan::new(from_ms, to_ms))
    };
    let (from_ms, to_ms) =
        (itself.created_at_ms.saturating_sub(AROUND_MS), itself.created_at_ms.saturating_add(AROUND_MS));
    let earlier = of_session(from_ms, itself.created_at_ms.saturating_add(1));
    let earlier = requests::page(connection, text_hash, &earlier, Some(itself), limit)?.records;
    let mut nearest = VecDeque::with_capacity(limit);
    let mut left = MAX_PASSED;
    let later = of_session(itself.created_at_ms, to_ms);
    requests::each(connection, text_hash, &later, None, |passed, _| {
        if passed.place <= itself || left == 0 {
            return Ok(Step::Stop);
        }
        left -= 1;
        if nearest.len() == limit {
            nearest.pop_front();
        }
        nearest.push_back(passed.place.id);
        Ok(Step::On)
    })?;
    let nearest: Vec<_> = nearest.into_iter().rev().collect();
    let later = Records::new(connection).all(&nearest)?;
    Ok(earlier.into_iter().rev().chain([record.clone()]).chain(later).collect())
}
