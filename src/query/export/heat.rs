//! What browsers have sent: sessions, and the events of each.

use std::collections::HashMap;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params};

use super::cell::{Cell, Column, Row, json};
use super::table::statement_page;
use super::{Place, Scope};
use crate::domain::heat::Kind;
use crate::domain::viewport::{Viewport, bucket_of, parse_bucket};
use crate::js::number::to_text;
use crate::query::heat_rows::{Stored, StoredDetail};
use crate::query::texts::Lookup;
use crate::store::StoreError;
use crate::store::pack::Damaged;
use crate::store::value::Number;

/// A session that is being told.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatSession {
    pub id: i64,
    /// As the browser names it.
    pub name: String,
    pub received_ms: i64,
}

/// Some sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionPage {
    pub rows: Vec<(HeatSession, Row)>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<Place>,
}

/// Where the events of a session have been told up to.
pub type EventPlace = (f64, i64);

/// Places of columns in a session's row.
const NAME: usize = 0;
const RECEIVED: usize = 4;

const SESSIONS: &str = include_str!("sessions.sql");

/// The columns of a session.
pub fn session_columns(connection: &Connection) -> Result<Vec<Column>, StoreError> {
    let statement = connection.prepare_cached(SESSIONS)?;
    Ok(statement.column_names().skip(2).flat_map(Column::of_statement).collect())
}

/// The columns of an event.
#[must_use]
pub fn event_columns() -> Vec<Column> {
    let mut columns: Vec<_> = ["session_id", "event_id", "kind"].map(Column::new).into();
    columns.extend(["time", "received"].map(Column::time));
    let rest = ["path", "target", "x", "y", "scroll_depth", "scroll_y", "user_id", "context", "detail", "points"];
    columns.extend(rest.map(Column::new));
    columns
}

/// The columns of a point.
#[must_use]
pub fn point_columns() -> Vec<Column> {
    let mut columns: Vec<_> = ["path", "kind", "viewport"].map(Column::new).into();
    columns.push(Column::time("time"));
    columns.extend(["x", "y", "scroll_depth", "target", "session_id", "user_id"].map(Column::new));
    columns
}

/// Sessions that have events in the interval, in the order in which they began.
pub fn sessions(
    connection: &Connection,
    scope: Scope,
    after: Option<&Place>,
    limit: usize,
) -> Result<SessionPage, StoreError> {
    // One at a time where the id is needed: the place of each row is its own.
    let mut rows = Vec::new();
    let mut after = after.cloned();
    while rows.len() < limit {
        let page = statement_page(connection, SESSIONS, 2, scope, after.as_ref(), 1)?;
        let (Some(row), Some(place)) = (page.rows.into_iter().next(), page.next) else {
            return Ok(SessionPage { rows, next: None });
        };
        let (Some(Cell::Text(name)), Some(Cell::Time(received)), [_, Value::Integer(id)]) =
            (row.get(NAME), row.get(RECEIVED), &*place.0)
        else {
            return Err(Damaged.into());
        };
        #[expect(clippy::cast_possible_truncation, reason = "it came from an integer")]
        let session = HeatSession { id: *id, name: name.clone(), received_ms: *received as i64 };
        rows.push((session, row));
        after = Some(place);
    }
    Ok(SessionPage { rows, next: after })
}

/// Events of a session in the interval, behind a place.
pub fn events(
    connection: &Connection,
    session: &HeatSession,
    scope: Scope,
    after: Option<EventPlace>,
    limit: usize,
) -> Result<Vec<Stored>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("heat_events.sql"))?;
    let (from_ms, to_ms) = (bound(scope.interval.from_ms), bound(scope.interval.to_ms));
    let (after_ts, after_seq) = after.map_or((None, None), |(ts, seq)| (Some(Number(ts)), Some(seq)));
    let mut rows = statement.query(params![session.id, from_ms, to_ms, after_ts, after_seq, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Stored::read(row)?);
    }
    Ok(found)
}

/// A bound of the interval; where there is none, one that lies beyond every double.
fn bound(ms: i64) -> Value {
    match ms {
        i64::MIN => Value::Real(f64::NEG_INFINITY),
        // Texts come after all numbers.
        i64::MAX => Value::Text(String::new()),
        ms => Value::Integer(ms),
    }
}

/// Texts and users of one page of events.
#[derive(Debug)]
pub struct HeatTexts<'c> {
    connection: &'c Connection,
    texts: Lookup<'c>,
    users: HashMap<i64, Option<String>>,
}

impl<'c> HeatTexts<'c> {
    #[must_use]
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, texts: Lookup::new(connection), users: HashMap::new() }
    }

    /// An event as a row of [`event_columns`].
    pub fn event(&mut self, session: &HeatSession, stored: &Stored) -> Result<Row, StoreError> {
        let is_scroll = stored.kind == Kind::Scroll;
        let [x, y, depth, scroll_y] =
            if is_scroll { [None, None, stored.x, stored.y] } else { [stored.x, stored.y, None, None] };
        let context = self.texts.text(stored.meta_id)?;
        let detail = match &stored.detail {
            StoredDetail::None => Cell::Null,
            StoredDetail::Id(id) => json(&self.texts.text(*id)?),
            StoredDetail::Text(text) => json(text),
        };
        let points = stored.trail.as_ref().map_or(Cell::Null, |points| {
            let points: Vec<String> = points
                .iter()
                .map(|point| format!("[{},{},{}]", written(point.ts), written(point.x), written(point.y)))
                .collect();
            Cell::Json(format!("[{}]", points.join(",")))
        });
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of the present fit a double")]
        let received = session.received_ms.saturating_add(stored.received_in_ms) as f64;
        Ok(vec![
            Cell::Text(session.name.clone()),
            Cell::Text(stored.event_id.to_string()),
            Cell::Word(stored.kind.name()),
            Cell::Time(stored.ts),
            Cell::Time(received),
            Cell::Text(self.texts.text(stored.path_id)?.to_string()),
            text(self.texts.optional_text(stored.target_id)?.as_deref()),
            number(x),
            number(y),
            number(depth),
            number(scroll_y),
            text(self.user(stored.user_id)?.as_deref()),
            json(&context),
            detail,
            points,
        ])
    }

    /// The points of an event as rows of [`point_columns`]: each of a trail is one. Events without a place have none.
    pub fn points(&mut self, session: &HeatSession, stored: &Stored) -> Result<Vec<Row>, StoreError> {
        let is_scroll = stored.kind == Kind::Scroll;
        let places: Vec<_> = match &stored.trail {
            Some(points) => points.iter().map(|point| (point.ts, Some(point.x), Some(point.y), None)).collect(),
            None if is_scroll => vec![(stored.ts, None, None, stored.x)],
            None if stored.x.is_some() => vec![(stored.ts, stored.x, stored.y, None)],
            None => return Ok(Vec::new()),
        };
        let path = self.texts.text(stored.path_id)?;
        let viewport = viewport_bucket(&self.texts.text(stored.meta_id)?);
        let target = self.texts.optional_text(stored.target_id)?;
        let user = self.user(stored.user_id)?;
        let row = |(ts, x, y, depth)| {
            vec![
                Cell::Text(path.to_string()),
                Cell::Word(stored.kind.name()),
                text(viewport.as_deref()),
                Cell::Time(ts),
                number(x),
                number(y),
                number(depth),
                text(target.as_deref()),
                Cell::Text(session.name.clone()),
                text(user.as_deref()),
            ]
        };
        Ok(places.into_iter().map(row).collect())
    }

    fn user(&mut self, id: Option<i64>) -> Result<Option<String>, StoreError> {
        let Some(id) = id else { return Ok(None) };
        if let Some(known) = self.users.get(&id) {
            return Ok(known.clone());
        }
        let mut find = self.connection.prepare_cached("SELECT external_id FROM heat_user WHERE id = ?1")?;
        let found: Option<String> = find.query_row([id], |row| row.get(0)).optional()?;
        self.users.insert(id, found.clone());
        Ok(found)
    }
}

/// The viewport bucket of a stored event, from its context: the one that its meta names, else the one of its viewport
/// (heat-collector.md 6, 3). The same as `intake::heat` finds when the event comes in.
#[must_use]
pub fn viewport_bucket(context_json: &str) -> Option<String> {
    let context: serde_json::Value = serde_json::from_str(context_json).ok()?;
    let named = context["meta"]["viewportBucket"].as_str().filter(|named| parse_bucket(named).is_some());
    if let Some(named) = named {
        return Some(named.to_owned());
    }
    let side = |name: &str| context["viewport"][name].as_f64();
    bucket_of(Viewport { w: side("w")?, h: side("h")? })
}

fn text(text: Option<&str>) -> Cell {
    text.map_or(Cell::Null, |text| Cell::Text(text.to_owned()))
}

fn number(number: Option<f64>) -> Cell {
    number.map_or(Cell::Null, Cell::Number)
}

/// A double as JSON; infinite ones, which JSON has not, as texts.
fn written(number: f64) -> String {
    let text = to_text(number);
    if number.is_finite() { text } else { format!("\"{text}\"") }
}
