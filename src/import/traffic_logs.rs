//! The table `traffic_logs` of express-sequelize-traffic, in an SQLite file.
//!
//! A table is known again by its first row: when it has grown, the import goes on behind the last row that it has read.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use rusqlite::Connection;

use super::source::{PIECE_RECORDS, Source, SourceIdentity};
use super::{Piece, Refusal};
use crate::config::Config;
use crate::domain::Batch;
use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::traffic::{Protocol, TrafficBatch, TrafficRecord, TrafficUser};
use crate::intake::traffic::kept::Kept;
use crate::query::foreign_file::cell::Reason;
use crate::query::foreign_file::traffic_logs::{self, ForeignRequest, Reader};
use crate::query::foreign_file::{self, Unreadable};

/// Longest duration that is believed, in milliseconds.
const MAX_DURATION_MS: f64 = 30.0 * 86_400_000.0;

/// An open file.
pub struct TrafficLogs {
    file: Connection,
    reader: Reader,
    count: u64,
    fingerprint: [u8; 32],
    kept: Kept,
    slow_us: u64,
    project: ProjectId,
    /// Rows up to here are done.
    after: i64,
}

impl TrafficLogs {
    /// Opens a file, of which requests go into a project.
    ///
    /// # Errors
    /// When it cannot be read, or has no such table.
    pub fn open(path: &Path, config: &Config, project: ProjectId) -> anyhow::Result<Self> {
        let file = foreign_file::open(path).map_err(Unreadable::from)?;
        let is_one = traffic_logs::is_one(&file).map_err(Unreadable::from)?;
        ensure!(is_one, "it has no table traffic_logs as express-sequelize-traffic makes it");
        let reader = Reader::new(&file).map_err(Unreadable::from)?;
        let first = reader.requests(&file, 0, 1).map_err(Unreadable::from)?;
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest(&SHA256, format!("{first:?}").as_bytes()).as_ref());
        Ok(Self {
            reader,
            count: traffic_logs::count(&file).map_err(Unreadable::from)?,
            file,
            fingerprint,
            kept: Kept::new(&config.traffic),
            slow_us: u64::try_from(config.traffic.slow_threshold.as_micros()).unwrap_or(u64::MAX),
            project,
            after: 0,
        })
    }

    fn record(&self, request: &ForeignRequest) -> Result<TrafficRecord, Reason> {
        let created_at_ms = time_ms(&request.created_at).ok_or("its createdAt is no time")?;
        let ended_at_ms = match &request.end_time {
            Some(text) => time_ms(text).ok_or("its endTime is no time")?,
            None => created_at_ms,
        };
        if created_at_ms < 0 || ended_at_ms < 0 {
            return Err("its time is before 1970");
        }
        let method = self.kept.method(&request.method).ok_or("its method is none")?;
        let status = status(request.status).ok_or("its status is none")?;
        let duration_us = duration_us(request.duration_ms).ok_or("its duration is none")?;
        let route = request.route.as_deref().filter(|route| !route.is_empty());
        let route = route.unwrap_or_else(|| request.original_url.split('?').next().unwrap_or_default());
        let user = request.user_id.as_deref().and_then(|id| self.kept.name(id)).map(|id| TrafficUser {
            id,
            name: request.user_name.as_deref().and_then(|name| self.kept.name(name)),
            email: request.user_email.as_deref().and_then(|email| self.kept.name(email)),
        });
        Ok(TrafficRecord {
            country: Country::UNKNOWN,
            id: 0,
            project: self.project,
            ended_at_ms,
            // 0 would mean: now.
            created_at_ms: created_at_ms.max(1),
            duration_us,
            first_byte_us: None,
            upstream_us: None,
            method,
            route: self.kept.route(route),
            // The original does not say by which name it was asked.
            host: Arc::from(""),
            original_url: self.kept.url(&request.original_url),
            status,
            is_slow: request.is_slow.map_or(duration_us >= self.slow_us, |is_slow| is_slow != 0.0),
            failure: None,
            protocol: Protocol::Http11,
            bytes_in: 0,
            bytes_out: 0,
            user,
            session_id: request.session_id.as_deref().and_then(|id| self.kept.name(id)),
            ip: request.ip.as_deref().and_then(|ip| self.kept.ip(ip)),
            user_agent: request.user_agent.as_deref().and_then(|agent| self.kept.user_agent(agent)),
            referrer: None,
            trace_id: None,
        })
    }
}

impl Source for TrafficLogs {
    fn identity(&self) -> SourceIdentity {
        SourceIdentity { kind: "traffic-logs", fingerprint: self.fingerprint }
    }

    fn total(&self) -> Option<u64> {
        Some(self.count)
    }

    fn seek(&mut self, position: u64) -> anyhow::Result<()> {
        self.after = i64::try_from(position).context("the place is beyond every row")?;
        Ok(())
    }

    fn next(&mut self) -> anyhow::Result<Option<Piece>> {
        let page = self.reader.requests(&self.file, self.after, PIECE_RECORDS).map_err(Unreadable::from)?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        self.after = *last;
        let mut piece = Piece { read: page.len() as u64, position: last.cast_unsigned(), ..Piece::default() };
        let mut records = Vec::with_capacity(page.len());
        for (row, request) in page {
            match request.and_then(|request| self.record(&request)) {
                Ok(record) => records.push(record),
                Err(reason) => piece.refused.push(Refusal::new(format!("traffic_logs row {row}"), reason)),
            }
        }
        piece.batches.push(Batch::Traffic(TrafficBatch { records }));
        Ok(Some(piece))
    }
}

/// A time as Sequelize writes it into SQLite, `2026-11-20 10:00:00.000 +00:00`, in ISO 8601, or as milliseconds since the
/// epoch.
fn time_ms(text: &str) -> Option<i64> {
    if let Ok(ms) = text.parse() {
        return Some(ms);
    }
    let mut parts = text.split_ascii_whitespace();
    let date = parts.next()?;
    let mut iso = date.to_owned();
    if let Some(time) = parts.next() {
        iso.push('T');
        iso.push_str(time);
    }
    match parts.next() {
        Some(offset) => iso.push_str(offset),
        // Times without an offset are in UTC, as the original writes them.
        None if !iso.ends_with('Z') && !iso.get(10..)?.contains(['+', '-']) => iso.push('Z'),
        None => {}
    }
    iso.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond).filter(|_| parts.next().is_none())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "looked at before")]
fn status(number: f64) -> Option<u16> {
    ((100.0..1000.0).contains(&number) && number.fract() == 0.0).then_some(number as u16)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "looked at before")]
fn duration_us(ms: f64) -> Option<u64> {
    (0.0..=MAX_DURATION_MS).contains(&ms).then(|| (ms * 1000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_sequelize_writes_them() {
        for text in
            ["2026-11-20 10:00:00.000 +00:00", "2026-11-20T10:00:00.000Z", "2026-11-20 10:00:00", "1795168800000"]
        {
            assert_eq!(time_ms(text), Some(1_795_168_800_000), "{text}");
        }
        assert_eq!(time_ms("2026-11-20 12:00:00.250 +02:00"), Some(1_795_168_800_250));
        for text in ["", "yesterday", "2026-11-20", "2026-11-20 10:00:00 +00:00 x", "2026-13-20T10:00:00Z"] {
            assert_eq!(time_ms(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_status_or_duration_are_refused() {
        assert_eq!([200.0, 99.0, 1000.0, 200.5, f64::NAN].map(status), [Some(200), None, None, None, None]);
        assert_eq!(
            [0.0, 1.2345, -1.0, f64::INFINITY, f64::NAN].map(duration_us),
            [Some(0), Some(1235), None, None, None]
        );
    }
}
