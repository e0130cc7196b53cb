//! Stored events, and the rows the protocol makes of them: a move is one stored event and one row per
//! point.

use rusqlite::{Row, params};
use uuid::Uuid;

use super::texts::Lookup;
use crate::domain::heat::{Kind, TrailPoint};
use crate::domain::id::ClientId;
use crate::store::StoreError;
use crate::store::heat::trail;
use crate::store::pack::Damaged;
use crate::store::value::Number;

/// One row of `heat_event` as it lies in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub session_id: i64,
    /// Milliseconds since the epoch; of a trail, its earliest point.
    pub ts: f64,
    pub seq: i64,
    pub kind: Kind,
    pub path_id: i64,
    pub meta_id: i64,
    pub user_id: Option<i64>,
    pub target_id: Option<i64>,
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub detail: StoredDetail,
    pub trail: Option<Vec<TrailPoint>>,
    pub event_id: ClientId,
    pub received_in_ms: i64,
}

/// JSON text of what only Hearth keeps, or the id under which it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredDetail {
    None,
    Id(i64),
    Text(String),
}

impl Stored {
    /// Reads the columns of the `stored_*.sql` statements, which all have the same.
    pub fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let ts = row.get::<_, Number>(1)?.0;
        let packed = row.get_ref(11)?.as_blob_or_null().map_err(|_| Damaged)?;
        Ok(Self {
            session_id: row.get(0)?,
            ts,
            seq: row.get(2)?,
            kind: Kind::from_number(row.get(3)?).ok_or(Damaged)?,
            path_id: row.get(4)?,
            meta_id: row.get(5)?,
            user_id: row.get(6)?,
            target_id: row.get(7)?,
            x: row.get::<_, Option<Number>>(8)?.map(|number| number.0),
            y: row.get::<_, Option<Number>>(9)?.map(|number| number.0),
            detail: match row.get_ref(10)? {
                rusqlite::types::ValueRef::Null => StoredDetail::None,
                rusqlite::types::ValueRef::Integer(id) => StoredDetail::Id(id),
                text => StoredDetail::Text(text.as_str().map_err(|_| Damaged)?.to_owned()),
            },
            trail: packed.map(|packed| trail::unpack(packed, ts)).transpose()?,
            event_id: row.get(12)?,
            received_in_ms: row.get(13)?,
        })
    }

    /// The stored event with a key.
    pub fn find(connection: &rusqlite::Connection, session_id: i64, ts: f64, seq: i64) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached(include_str!("stored_event.sql"))?;
        let mut rows = statement.query(params![session_id, Number(ts), seq])?;
        Self::read(rows.next()?.ok_or(Damaged)?)
    }

    /// The times and sequence numbers of its rows, which begin at (`ts`, `seq`).
    #[must_use]
    pub fn row_keys(&self) -> Vec<(f64, i64)> {
        match &self.trail {
            None => vec![(self.ts, self.seq)],
            Some(points) => points.iter().zip(self.seq..).map(|(point, seq)| (point.ts, seq)).collect(),
        }
    }

    /// The row with sequence number `seq`: the event itself, or one point of its trail.
    pub fn row(&self, seq: i64, session: &ClientId, lookup: &mut Lookup<'_>) -> Result<HeatRow, StoreError> {
        let (mut x, mut y, mut scroll_depth, mut ts) = (None, None, None, self.ts);
        if let Some(points) = &self.trail {
            let at = usize::try_from(seq - self.seq).map_err(|_| Damaged)?;
            let point = points.get(at).ok_or(Damaged)?;
            (x, y, ts) = (Some(point.x), Some(point.y), point.ts);
        } else if self.kind == Kind::Scroll {
            scroll_depth = self.x;
        } else {
            (x, y) = (self.x, self.y);
        }
        Ok(HeatRow {
            seq,
            session: session.to_string(),
            user: self.user_id.map(|id| lookup.user(id)).transpose()?.flatten(),
            kind: self.kind,
            ts,
            path: lookup.text(self.path_id)?.to_string(),
            selector: match self.kind {
                Kind::Click | Kind::Input => lookup.optional_text(self.target_id)?.map(|text| text.to_string()),
                _ => None,
            },
            x,
            y,
            scroll_depth,
            meta_json: lookup.text(self.meta_id)?.to_string(),
        })
    }
}

/// One row as the original's API tells it (heat-collector.md 5.1).
#[derive(Debug, Clone, PartialEq)]
pub struct HeatRow {
    pub seq: i64,
    /// The session's id as the client named it.
    pub session: String,
    pub user: Option<Uuid>,
    pub kind: Kind,
    pub ts: f64,
    pub path: String,
    pub selector: Option<String>,
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub scroll_depth: Option<f64>,
    pub meta_json: String,
}
