//! What a player needs to show a session again: where the pointer went, what it clicked, how far the page was scrolled.
//!
//! Only what browsers told with heat events; there is no picture of the page. Bounded: the events of a long session are
//! cut at [`MAX_EVENTS`], the points of its moves thinned out to [`MAX_POINTS`].

use std::sync::Arc;

use rusqlite::Connection;

use super::heat_context::Contexts;
use super::heat_events::Position;
use super::heat_rows::Stored;
use super::heat_sessions::{self, Session};
use super::session_timeline::{self, Group, Subject, What};
use super::texts::Lookup;
use crate::domain::heat::Kind;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Events of a session that are played.
const MAX_EVENTS: usize = 20_000;

/// Points that are played.
pub const MAX_POINTS: usize = 8_000;

/// Failed requests that are shown.
const MAX_ERRORS: usize = 200;

/// Events that are read at once.
const PART: usize = 2_000;

/// A session to be played. Times are milliseconds since the epoch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replay {
    pub first: f64,
    pub last: f64,
    /// Where the visitor was from a time on.
    pub pages: Vec<Stay>,
    /// Time, x and y in CSS pixels of the document.
    pub moves: Vec<(f64, f64, f64)>,
    pub clicks: Vec<Click>,
    /// Time, and position of the window's upper edge in CSS pixels.
    pub scrolls: Vec<(f64, f64)>,
    /// Requests that failed.
    pub errors: Vec<Failed>,
    /// Whether there are more events than are played.
    pub is_cut: bool,
    /// Of so many points of the moves, one is there.
    pub stride: usize,
}

/// A stay on a page, or in a window of another size.
#[derive(Debug, Clone, PartialEq)]
pub struct Stay {
    pub ts: f64,
    pub path: Arc<str>,
    /// The window, if it was told.
    pub window: Option<(f64, f64)>,
    pub page_h: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Click {
    pub ts: f64,
    pub x: f64,
    pub y: f64,
    pub selector: Option<Arc<str>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Failed {
    pub ts: f64,
    pub status: u16,
    pub route: Arc<str>,
}

/// Reads a session for a player.
pub fn replay(connection: &Connection, hash: TextHash, subject: &Subject) -> Result<Replay, StoreError> {
    let Some(session) = &subject.heat else { return Ok(Replay::default()) };
    let mut replay = Replay { stride: 1, ..Replay::default() };
    let mut reader = Reader::new(connection);
    replay.is_cut = each(connection, session, |stored| reader.take(stored, &mut replay))?;
    replay.moves.sort_by(|one, other| one.0.total_cmp(&other.0));
    replay.stride = replay.moves.len().div_ceil(MAX_POINTS).max(1);
    if replay.stride > 1 {
        replay.moves = replay.moves.into_iter().step_by(replay.stride).collect();
    }
    if reader.first <= reader.last {
        (replay.first, replay.last) = (reader.first, reader.last);
        replay.errors = errors(connection, hash, subject)?;
    }
    Ok(replay)
}

/// Hands over the events that happened at a finite time; says whether there are more than [`MAX_EVENTS`].
fn each(
    connection: &Connection,
    session: &Session,
    mut take: impl FnMut(Stored) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    let (mut after, mut count): (Option<Position>, usize) = (None, 0);
    loop {
        let part = heat_sessions::timeline(connection, session, after, PART)?;
        let Some(last) = part.last().map(Stored::position) else { return Ok(false) };
        let is_last = part.len() < PART;
        for stored in part.into_iter().filter(|stored| stored.ts.is_finite()) {
            if count == MAX_EVENTS {
                return Ok(true);
            }
            count += 1;
            take(stored)?;
        }
        if is_last {
            return Ok(false);
        }
        after = Some(last);
    }
}

struct Reader<'c> {
    texts: Lookup<'c>,
    contexts: Contexts,
    /// The first and the last sign of any kind.
    first: f64,
    last: f64,
}

impl<'c> Reader<'c> {
    fn new(connection: &'c Connection) -> Self {
        let (texts, contexts) = (Lookup::new(connection), Contexts::default());
        Self { texts, contexts, first: f64::INFINITY, last: f64::NEG_INFINITY }
    }

    fn see(&mut self, ts: f64) {
        self.first = self.first.min(ts);
        self.last = self.last.max(ts);
    }

    fn take(&mut self, stored: Stored, replay: &mut Replay) -> Result<(), StoreError> {
        self.see(stored.ts);
        let context = self.contexts.of(stored.meta_id, &mut self.texts)?;
        let path = self.texts.text(stored.path_id)?;
        let window = context.window.map(|window| (window.w, window.h));
        let last = replay.pages.last_mut();
        match last.filter(|stay| stay.path == path && (window.is_none() || stay.window == window)) {
            // Page views do not tell the page's height, what follows does.
            Some(stay) => stay.page_h = stay.page_h.or(context.page_h),
            None => replay.pages.push(Stay { ts: stored.ts, path, window, page_h: context.page_h }),
        }
        match stored.kind {
            Kind::Click => replay.clicks.push(Click {
                ts: stored.ts,
                x: stored.x.unwrap_or_default(),
                y: stored.y.unwrap_or_default(),
                selector: self.texts.optional_text(stored.target_id)?,
            }),
            Kind::Scroll => replay.scrolls.extend(stored.y.map(|y| (stored.ts, y))),
            Kind::Move => {
                let points = stored.trail.unwrap_or_default().into_iter().filter(|point| point.ts.is_finite());
                let first = replay.moves.len();
                replay.moves.extend(points.map(|point| (point.ts, point.x, point.y)));
                replay.moves[first..].iter().for_each(|point| self.see(point.0));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Failed requests of the session's first part.
fn errors(connection: &Connection, hash: TextHash, subject: &Subject) -> Result<Vec<Failed>, StoreError> {
    let page = session_timeline::page(connection, hash, subject, f64::NEG_INFINITY, Some(Group::Requests), usize::MAX)?;
    let failed = page.moments.into_iter().filter_map(|moment| match moment.what {
        What::Request(record) if record.is_error() => {
            Some(Failed { ts: moment.ts, status: record.status, route: record.route })
        }
        _ => None,
    });
    Ok(failed.take(MAX_ERRORS).collect())
}
