//! The same answers, counted by hand from what was sent (heat-collector.md 4.6, 5, 6 and D1, D2, D18).

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::plan::{SentBatch, SentEvent, Told, viewport_of};
use super::questions::{KINDS, Page, Question, Range, as_doubles, as_f64};
use crate::payload::NOW_MS;

/// Everything a project holds, in order of insertion.
#[derive(Debug, Default)]
pub struct Model {
    rows: Vec<Row>,
    events: Vec<Event>,
    sessions: Vec<Session>,
}

/// One row as heat-collector counts them.
#[derive(Debug)]
struct Row {
    session: &'static str,
    kind: &'static str,
    ts: f64,
    path: &'static str,
    bucket: Option<&'static str>,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Nowhere,
    Point { x: f64, y: f64 },
    Depth(f64),
}

/// One event that was not there before.
#[derive(Debug)]
struct Event {
    id: &'static str,
    session: &'static str,
    kind: &'static str,
    /// Of a move, its earliest point.
    ts: f64,
    path: &'static str,
    /// Of a move, what must be the same for it to be the same move.
    points: Vec<(f64, f64, f64)>,
}

#[derive(Debug)]
struct Session {
    id: &'static str,
    started_at: f64,
    last_seen_at: f64,
    first_path: &'static str,
}

/// Cuts places where they would last longer than an hour.
fn cut(places: &[(f64, Place)]) -> Vec<Vec<(f64, Place)>> {
    let mut parts: Vec<Vec<(f64, Place)>> = Vec::new();
    for &place in places {
        let lasts = |part: &Vec<(f64, Place)>| {
            let times = part.iter().map(|(ts, _)| *ts).chain([place.0]);
            times.clone().fold(f64::NEG_INFINITY, f64::max) - times.fold(f64::INFINITY, f64::min)
        };
        match parts.last_mut().filter(|part| lasts(part) <= 3_600_000.0) {
            Some(part) => part.push(place),
            None => parts.push(vec![place]),
        }
    }
    parts
}

impl Range {
    fn contains(self, ts: f64) -> bool {
        self.from.is_none_or(|from| from <= ts) && self.to.is_none_or(|to| ts <= to)
    }
}

impl Page {
    fn cut<T>(self, items: Vec<T>) -> Vec<T> {
        items.into_iter().skip(self.offset).take(self.limit).collect()
    }
}

impl Model {
    /// Takes a batch in; returns how many of its events were there already.
    pub fn insert(&mut self, batch: &SentBatch) -> u64 {
        match self.sessions.iter_mut().find(|session| session.id == batch.session) {
            Some(session) => session.last_seen_at = batch.last_seen_at,
            None => self.sessions.push(Session {
                id: batch.session,
                started_at: batch.started_at,
                last_seen_at: batch.last_seen_at,
                first_path: batch.events[0].path,
            }),
        }
        batch.events.iter().filter(|event| self.insert_event(batch.session, event)).count() as u64
    }

    /// Takes an event in; whether it was there already.
    fn insert_event(&mut self, session: &'static str, sent: &SentEvent) -> bool {
        let places: Vec<(f64, Place)> = match &sent.told {
            Told::Click { x, y } => vec![(sent.ts, Place::Point { x: round(*x), y: round(*y) })],
            Told::Move(points) => points
                .iter()
                .map(|(x, y, offset)| (sent.ts + offset, Place::Point { x: round(*x), y: round(*y) }))
                .collect(),
            Told::Scroll { depth } => vec![(sent.ts, Place::Depth(round(*depth)))],
            Told::Input { is_typed: true } => Vec::new(),
            Told::Pageview | Told::Custom | Told::Input { .. } | Told::Keyboard => vec![(sent.ts, Place::Nowhere)],
        };
        let parts = cut(&places);
        let known = parts.iter().filter(|part| self.insert_part(session, sent, part)).count();
        known == parts.len() && known > 0
    }

    /// Takes an event, or the part of a move that fits into an hour; whether it was there already.
    fn insert_part(&mut self, session: &'static str, sent: &SentEvent, places: &[(f64, Place)]) -> bool {
        let ts = places.iter().map(|(ts, _)| *ts).fold(f64::INFINITY, f64::min);
        let points = places.iter().filter_map(|(ts, place)| match place {
            Place::Point { x, y } if sent.told.kind() == "move" => Some((*ts, *x, *y)),
            _ => None,
        });
        let event =
            Event { id: sent.id, session, kind: sent.told.kind(), ts, path: sent.path, points: points.collect() };
        if self.events.iter().any(|known| known.is(&event)) {
            return true;
        }
        let (kind, path) = (event.kind, event.path);
        self.events.push(event);
        let bucket = sent.screen.bucket;
        self.rows.extend(places.iter().map(|&(ts, place)| Row { session, kind, ts, path, bucket, place }));
        false
    }

    /// The answer, unless what is asked for does not exist.
    pub fn answer(&self, question: &Question) -> Option<Value> {
        if let Question::Session { id, .. } = question
            && !self.sessions.iter().any(|session| session.id == *id)
        {
            return None;
        }
        Some(as_doubles(match question {
            Question::Heatmap { path, kind, range, resolution, bucket, mode } => {
                self.heatmap(*path, *kind, *range, *resolution, *bucket, mode)
            }
            Question::Events { path, kind, range, page } => {
                let is_wanted = |row: &&Row| row.is(*path, *kind) && range.contains(row.ts);
                listing(self.rows.iter().filter(is_wanted).collect(), *page)
            }
            Question::Session { id, kind, page } => {
                let is_wanted = |row: &&Row| row.session == *id && row.is(None, *kind);
                listing(self.rows.iter().filter(is_wanted).collect(), *page)
            }
            Question::Sessions { path, range, page } => self.sessions(*path, *range, *page),
            Question::OwnEvents { path, kind, range } => self.own_events(*path, *kind, *range),
            Question::Totals { range } => {
                let count =
                    |kind: &str| self.rows.iter().filter(|row| row.kind == kind && range.contains(row.ts)).count();
                let rows: BTreeMap<_, _> = KINDS.into_iter().map(|kind| (kind, count(kind))).collect();
                let sessions = self.sessions.iter().filter(|session| session.is_in(*range)).count();
                json!({"rows": rows, "sessions": sessions})
            }
        }))
    }

    fn sessions(&self, path: Option<&str>, range: Range, page: Page) -> Value {
        let mut found: Vec<_> = self.sessions.iter().filter(|session| session.is_in(range)).collect();
        found.retain(|session| path.is_none_or(|path| path == session.first_path));
        found.sort_by(|a, b| a.started_at.total_cmp(&b.started_at));
        let total = found.len();
        let describe = |session: &Session| {
            let rows = self.rows.iter().filter(|row| row.session == session.id).count();
            json!({"sessionId": session.id, "startedAt": session.started_at, "lastSeenAt": session.last_seen_at,
                   "firstPath": session.first_path, "eventCount": rows})
        };
        let sessions: Vec<_> = page.cut(found).into_iter().map(describe).collect();
        json!({"sessions": sessions, "total": total})
    }

    fn own_events(&self, path: Option<&str>, kind: Option<&str>, range: Range) -> Value {
        let is_wanted = |event: &&Event| {
            path.is_none_or(|path| path == event.path)
                && kind.is_none_or(|kind| kind == event.kind)
                && range.contains(event.ts)
        };
        let mut found: Vec<_> = self.events.iter().filter(is_wanted).collect();
        found.sort_by(|a, b| a.ts.total_cmp(&b.ts));
        let describe = |event: &Event| json!({"event_id": event.id, "session_id": event.session, "type": event.kind, "ts": event.ts});
        found.into_iter().map(describe).collect()
    }

    fn heatmap(
        &self,
        path: Option<&str>,
        kind: Option<&str>,
        range: Range,
        resolution: u32,
        bucket: Option<&str>,
        mode: &str,
    ) -> Value {
        let range = Range { from: range.from.or(Some(0.0)), to: range.to.or(Some(as_f64(NOW_MS))) };
        let of_kind = |kind: Option<&str>| -> Vec<&Row> {
            self.rows.iter().filter(|row| row.is(path, kind) && range.contains(row.ts)).collect()
        };
        let (mut rows, resolved) = match kind {
            Some("all") => (of_kind(None), "all"),
            Some(kind) => (of_kind(Some(kind)), kind),
            None if of_kind(Some("click")).is_empty() && !of_kind(None).is_empty() => (of_kind(None), "all"),
            None => (of_kind(Some("click")), "click"),
        };
        let preferred = bucket.or_else(|| most_frequent_bucket(&rows));
        let (w, h) = preferred.and_then(viewport_of).unwrap_or((1280.0, 720.0));
        if mode == "filter" {
            rows.retain(|row| row.bucket.is_some() && row.bucket == preferred);
        }
        let height = rows.iter().filter_map(|row| row.y()).fold(h, f64::max);
        let side = f64::from(resolution);
        let (cell_w, cell_h) = (w / side, height / side);
        let mut cells: Vec<((f64, f64), u64)> = Vec::new();
        let mut places: HashMap<(u64, u64), usize> = HashMap::new();
        for row in &rows {
            let factor =
                if mode == "scale" { row.bucket.and_then(viewport_of).map_or(1.0, |(from, _)| w / from) } else { 1.0 };
            let (x, y) = match row.place {
                Place::Nowhere => continue,
                Place::Point { x, y } => (x * factor, y),
                Place::Depth(depth) => (0.0, round(if depth > 100.0 { depth / 100.0 } else { depth } / 100.0 * height)),
            };
            if !x.is_finite() || !y.is_finite() {
                continue;
            }
            let cell = |place: f64, size: f64| plain((place / size).floor().clamp(0.0, side - 1.0));
            let cell = (cell(x, cell_w), cell(y, cell_h));
            let at = *places.entry((cell.0.to_bits(), cell.1.to_bits())).or_insert(cells.len());
            if at == cells.len() {
                cells.push((cell, 0));
            }
            cells[at].1 += 1;
        }
        let middle = |cell: f64, size: f64| round((cell + 0.5) * size);
        let points: Vec<_> = cells
            .iter()
            .map(|((x, y), count)| json!({"x": middle(*x, cell_w), "y": middle(*y, cell_h), "value": count}))
            .collect();
        let plotted: u64 = cells.iter().map(|(_, count)| count).sum();
        let mut breakdown: BTreeMap<&str, u64> = BTreeMap::new();
        for row in &rows {
            *breakdown.entry(row.kind).or_default() += 1;
        }
        let bucket = preferred.map_or_else(|| format!("{w}x{h}"), str::to_owned);
        json!({"points": points, "meta": {
            "viewport": {"w": w, "h": h}, "renderHeight": height, "total": rows.len(), "plotted": plotted,
            "ignored": rows.len() as u64 - plotted, "resolvedType": resolved, "bucket": bucket, "typeBreakdown": breakdown,
        }})
    }
}

impl Row {
    fn is(&self, path: Option<&str>, kind: Option<&str>) -> bool {
        path.is_none_or(|path| path == self.path) && kind.is_none_or(|kind| kind == self.kind)
    }

    fn y(&self) -> Option<f64> {
        match self.place {
            Place::Point { y, .. } => Some(y),
            _ => None,
        }
    }
}

impl Event {
    #[expect(clippy::float_cmp, reason = "exactly the same number was sent")]
    fn is(&self, other: &Self) -> bool {
        (self.id, self.session, self.kind) == (other.id, other.session, other.kind)
            && self.ts == other.ts
            && self.points == other.points
    }
}

impl Session {
    fn is_in(&self, range: Range) -> bool {
        range.from.is_none_or(|from| from <= self.started_at) && range.to.is_none_or(|to| self.last_seen_at <= to)
    }
}

/// A page of rows by time, equal times in order of insertion.
fn listing(mut rows: Vec<&Row>, page: Page) -> Value {
    rows.sort_by(|a, b| a.ts.total_cmp(&b.ts));
    let total = rows.len();
    let describe = |row: &Row| {
        let (x, y, depth) = match row.place {
            Place::Nowhere => (None, None, None),
            Place::Point { x, y } => (Some(plain(x)), Some(plain(y)), None),
            Place::Depth(depth) => (None, None, Some(plain(depth))),
        };
        json!({"sessionId": row.session, "type": row.kind, "ts": row.ts, "path": row.path, "x": x, "y": y,
               "scrollDepth": depth})
    };
    let rows: Vec<_> = page.cut(rows).into_iter().map(describe).collect();
    json!({"rows": rows, "total": total})
}

/// The bucket most rows have; of equals, the one of the earliest row.
fn most_frequent_bucket<'a>(rows: &[&'a Row]) -> Option<&'a str> {
    let mut counts: Vec<(&str, u64)> = Vec::new();
    for bucket in rows.iter().filter_map(|row| row.bucket) {
        match counts.iter_mut().find(|(known, _)| *known == bucket) {
            Some((_, count)) => *count += 1,
            None => counts.push((bucket, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max()?;
    counts.iter().find(|(_, count)| *count == most).map(|(bucket, _)| *bucket)
}

/// JavaScript's `Math.round`.
fn round(value: f64) -> f64 {
    let below = value.floor();
    plain(if value - below >= 0.5 { below + 1.0 } else { below })
}

/// The number without the sign of a zero, which JSON does not tell.
fn plain(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value }
}
