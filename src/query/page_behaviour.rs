//! What visits did on one page: which elements they clicked, how far they saw it, where their pointers stayed.
//!
//! Elements and sessions are not in the heat index; they are read from the events of the newest sessions, up to
//! [`MAX_SESSIONS`] and [`MAX_ROWS`]. An answer says how many sessions it read and whether there are more.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::heat_context::Contexts;
use super::points::PointFilter;
use super::texts::Lookup;
use crate::domain::heat::{Kind, TrailPoint};
use crate::store::StoreError;
use crate::store::heat::trail;
use crate::store::pack::Damaged;
use crate::store::value::Number;

mod reach;

pub use reach::{BANDS, Band};
use reach::{Dwell, Reach};

/// Sessions whose events one answer reads.
pub const MAX_SESSIONS: usize = 2_000;

/// Rows, each point of a move being one, that the sessions of one answer have together.
const MAX_ROWS: u64 = 1_000_000;

/// Elements that are told.
const MAX_ELEMENTS: usize = 200;

/// Elements that are counted; what comes later is counted as the others.
const MAX_KNOWN_ELEMENTS: usize = 10_000;

/// What visits did on a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageBehaviour {
    /// Sessions that were on the page, among those that were read.
    pub sessions: u64,
    /// Whether older sessions of the range were left out.
    pub is_sample: bool,
    pub clicks: u64,
    /// The most clicked first.
    pub elements: Vec<Element>,
    /// How many different elements were clicked.
    pub element_count: usize,
    /// From the top of the page to its end.
    pub bands: Vec<Band>,
    /// Height of the page in CSS pixels, as far as it is known: as its browsers said, else the lowest place of a pointer.
    pub height: f64,
}

/// A clicked element.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Nothing if the client told none.
    pub selector: Option<String>,
    pub clicks: u64,
    /// Different sessions.
    pub sessions: u64,
    /// The box around the clicks, in CSS pixels of the document: left, top, right, bottom.
    pub around: (f64, f64, f64, f64),
}

/// Looks at one page, `filter.path`; at clicks of one viewport bucket only, if one is given.
pub fn page_behaviour(
    connection: &Connection,
    filter: &PointFilter,
    bucket: Option<&str>,
) -> Result<PageBehaviour, StoreError> {
    let (sessions, is_sample) = newest_sessions(connection, filter)?;
    let mut contexts = Contexts::default();
    let (mut elements, mut reach, mut dwell) = (Elements::default(), Reach::default(), Dwell::default());
    let mut texts = Lookup::new(connection);
    let mut seen = 0;
    let mut statement = connection.prepare_cached(include_str!("page_behaviour/events.sql"))?;
    for session in sessions {
        let mut rows = statement.query(params![session, filter.path, Number(filter.from), Number(filter.to)])?;
        let mut is_here = false;
        while let Some(row) = rows.next()? {
            let kind = Kind::from_number(row.get(1)?).ok_or(Damaged)?;
            let context = contexts.of(row.get(2)?, &mut texts)?;
            if bucket.is_some_and(|bucket| context.bucket.as_deref() != Some(bucket)) {
                continue;
            }
            is_here = true;
            let ts = row.get::<_, Number>(0)?.0;
            let number = |at| Ok::<_, rusqlite::Error>(row.get::<_, Option<Number>>(at)?.map(|number| number.0));
            let (x, y) = (number(4)?, number(5)?);
            reach.be_there(&context);
            match kind {
                Kind::Click => {
                    let (x, y) = (x.unwrap_or_default(), y.unwrap_or_default());
                    elements.click(row.get(3)?, session, x, y);
                    dwell.point(TrailPoint { ts, x, y });
                }
                Kind::Scroll => reach.scroll(x.unwrap_or_default()),
                Kind::Move => {
                    let packed = row.get_ref(6)?.as_blob_or_null().map_err(|_| Damaged)?;
                    for point in packed.map(|packed| trail::unpack(packed, ts)).transpose()?.unwrap_or_default() {
                        dwell.point(point);
                    }
                }
                _ => {}
            }
        }
        dwell.end();
        if is_here {
            reach.end();
            seen += 1;
        }
    }
    let height = reach.height.max(dwell.max_y).clamp(1.0, reach::MAX_HEIGHT);
    let (clicks, element_count) = (elements.total, elements.known.len());
    Ok(PageBehaviour {
        sessions: seen,
        is_sample,
        clicks,
        elements: elements.most_clicked(&mut texts)?,
        element_count,
        bands: reach::bands(&reach, &dwell, seen, height),
        height,
    })
}

/// Row ids of the newest sessions that began in the range or up to a day before, and whether there were more.
fn newest_sessions(connection: &Connection, filter: &PointFilter) -> Result<(Vec<i64>, bool), StoreError> {
    let mut statement = connection.prepare_cached(include_str!("page_behaviour/sessions.sql"))?;
    let mut rows = statement.query(params![filter.project.0, Number(filter.from), Number(filter.to)])?;
    let (mut sessions, mut total) = (Vec::new(), 0_u64);
    while let Some(row) = rows.next()? {
        let row_count: u64 = row.get(1)?;
        total = total.saturating_add(row_count);
        if sessions.len() == MAX_SESSIONS || (total > MAX_ROWS && !sessions.is_empty()) {
            return Ok((sessions, true));
        }
        sessions.push(row.get(0)?);
    }
    Ok((sessions, false))
}

/// Clicks by element.
#[derive(Debug, Default)]
struct Elements {
    /// By dictionary id of the selector; 0 for none, -1 for those that were too many.
    known: HashMap<i64, Clicked>,
    total: u64,
}

#[derive(Debug)]
struct Clicked {
    clicks: u64,
    sessions: u64,
    last_session: i64,
    around: (f64, f64, f64, f64),
}

impl Elements {
    fn click(&mut self, selector: Option<i64>, session: i64, x: f64, y: f64) {
        let mut id = selector.unwrap_or(0);
        if self.known.len() >= MAX_KNOWN_ELEMENTS && !self.known.contains_key(&id) {
            id = -1;
        }
        let new = Clicked { clicks: 0, sessions: 0, last_session: -1, around: (x, y, x, y) };
        let clicked = self.known.entry(id).or_insert(new);
        clicked.clicks += 1;
        if clicked.last_session != session {
            clicked.sessions += 1;
            clicked.last_session = session;
        }
        let (left, top, right, bottom) = clicked.around;
        clicked.around = (left.min(x), top.min(y), right.max(x), bottom.max(y));
        self.total += 1;
    }

    fn most_clicked(self, texts: &mut Lookup<'_>) -> Result<Vec<Element>, StoreError> {
        let mut known: Vec<_> = self.known.into_iter().collect();
        known.sort_unstable_by_key(|(id, clicked)| (std::cmp::Reverse(clicked.clicks), *id));
        known.truncate(MAX_ELEMENTS);
        let element = |(id, clicked): (i64, Clicked)| {
            Ok(Element {
                selector: if id > 0 { Some(texts.text(id)?.to_string()) } else { None },
                clicks: clicked.clicks,
                sessions: clicked.sessions,
                around: clicked.around,
            })
        };
        known.into_iter().map(element).collect()
    }
}
