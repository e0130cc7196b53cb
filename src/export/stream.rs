//! An export under way.

use std::collections::VecDeque;

use rusqlite::Connection;

use super::filter::Filter;
use super::form::Form;
use super::kind::Kind;
use crate::query::export::cell::{Column, Row};
use crate::query::export::heat::{self, EventPlace, HeatSession, HeatTexts};
use crate::query::export::table::Table;
use crate::query::export::{Place, Scope, persons};
use crate::store::StoreError;

/// Rows that are read at once.
const ROWS: usize = 500;

/// Persons are worked out one by one.
const PERSONS: usize = 50;

/// A piece is given when it has so much, in bytes.
const PIECE_BYTES: usize = 128 * 1024;

/// Steps of one piece: its snapshot must not last.
const STEPS: usize = 200;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub kind: Kind,
    pub scope: Scope,
    pub form: Form,
    pub filters: Vec<Filter>,
}

/// Why something cannot be exported as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{} is made of different rows, which a CSV file cannot hold; use NDJSON", .0.word())]
    Mixed(Kind),
    #[error("{} has no column {column}", .kind.word())]
    NoColumn { kind: Kind, column: String },
}

/// An export under way.
#[derive(Debug)]
pub struct Export {
    wanted: Wanted,
    steps: VecDeque<Step>,
    is_begun: bool,
    rows: u64,
}

/// What is to be read next.
#[derive(Debug)]
enum Step {
    Table(Table, Option<Place>),
    Persons(Option<Place>),
    /// Sessions only.
    Sessions(Option<Place>),
    /// The next session, with what is wanted of its events.
    Session(Option<Place>),
    Events(Box<HeatSession>, Option<EventPlace>),
}

/// A step's rows in their form.
struct Writer<'a> {
    wanted: &'a Wanted,
    line_type: &'static str,
    columns: Vec<Column>,
    out: &'a mut String,
    rows: &'a mut u64,
}

impl Export {
    #[must_use]
    pub fn new(wanted: Wanted) -> Self {
        let first = match wanted.kind {
            Kind::All | Kind::Heat | Kind::Heatmap => Some(Step::Session(None)),
            Kind::Sessions => Some(Step::Sessions(None)),
            Kind::Persons => Some(Step::Persons(None)),
            _ => None,
        };
        let tables = wanted.kind.tables().iter().map(|table| Step::Table(*table, None));
        Self { steps: first.into_iter().chain(tables).collect(), wanted, is_begun: false, rows: 0 }
    }

    /// Rows that were given so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether it can be given as it is wanted.
    pub fn check(&self, connection: &Connection) -> Result<Result<(), Refusal>, StoreError> {
        let kind = self.wanted.kind;
        if kind.is_mixed() && self.wanted.form != Form::Ndjson {
            return Ok(Err(Refusal::Mixed(kind)));
        }
        let mut known = Vec::new();
        for step in &self.steps {
            known.extend(self.columns(connection, step)?);
        }
        if matches!(kind, Kind::All | Kind::Heat) {
            known.extend(heat::event_columns());
        }
        let unknown = self.wanted.filters.iter().find(|filter| !filter.fits(&known));
        Ok(unknown.map_or(Ok(()), |filter| Err(Refusal::NoColumn { kind, column: filter.column.clone() })))
    }

    /// The next piece of the text; nothing when it is whole.
    pub fn next(&mut self, connection: &Connection) -> Result<Option<String>, StoreError> {
        let mut out = String::new();
        if !self.is_begun {
            self.is_begun = true;
            if let Some(step) = self.steps.front() {
                let columns = match (self.wanted.kind, step) {
                    (Kind::Heat, _) => heat::event_columns(),
                    (_, step) => self.columns(connection, step)?,
                };
                self.wanted.form.head(&columns, &mut out);
            }
        }
        for _ in 0..STEPS {
            let Some(step) = self.steps.pop_front() else { break };
            self.take(connection, step, &mut out)?;
            if out.len() >= PIECE_BYTES {
                break;
            }
        }
        Ok((!out.is_empty() || !self.steps.is_empty()).then_some(out))
    }

    fn columns(&self, connection: &Connection, step: &Step) -> Result<Vec<Column>, StoreError> {
        Ok(match step {
            Step::Table(table, _) => table.columns(connection)?,
            Step::Persons(_) => persons::columns(),
            Step::Session(_) | Step::Events(..) if self.wanted.kind == Kind::Heatmap => heat::point_columns(),
            Step::Sessions(_) | Step::Session(_) => heat::session_columns(connection)?,
            Step::Events(..) => heat::event_columns(),
        })
    }

    fn take(&mut self, connection: &Connection, step: Step, out: &mut String) -> Result<(), StoreError> {
        let columns = self.columns(connection, &step)?;
        let mut writer = Writer { wanted: &self.wanted, line_type: "", columns, out, rows: &mut self.rows };
        let scope = self.wanted.scope;
        match step {
            Step::Table(table, after) => {
                writer.line_type = table.line_type();
                let page = table.page(connection, scope, after.as_ref(), ROWS)?;
                writer.write(&page.rows);
                if page.next.is_some() {
                    self.steps.push_front(Step::Table(table, page.next));
                }
            }
            Step::Persons(after) => {
                writer.line_type = "person";
                let page = persons::persons(connection, scope, after.as_ref(), PERSONS)?;
                writer.write(&page.rows);
                if page.next.is_some() {
                    self.steps.push_front(Step::Persons(page.next));
                }
            }
            Step::Sessions(after) => {
                writer.line_type = "heat_session";
                let page = heat::sessions(connection, scope, after.as_ref(), ROWS)?;
                page.rows.iter().for_each(|(_, row)| writer.write(std::slice::from_ref(row)));
                if page.next.is_some() {
                    self.steps.push_front(Step::Sessions(page.next));
                }
            }
            Step::Session(after) => {
                let page = heat::sessions(connection, scope, after.as_ref(), 1)?;
                let Some((session, row)) = page.rows.into_iter().next() else { return Ok(()) };
                if self.wanted.kind != Kind::Heatmap && self.wanted.form == Form::Ndjson {
                    writer.line_type = "heat_session";
                    writer.write(&[row]);
                }
                if page.next.is_some() {
                    self.steps.push_front(Step::Session(page.next));
                }
                self.steps.push_front(Step::Events(Box::new(session), None));
            }
            Step::Events(session, after) => {
                let found = heat::events(connection, &session, scope, after, ROWS)?;
                let next = found.last().filter(|_| found.len() == ROWS).map(|last| (last.ts, last.seq));
                let mut texts = HeatTexts::new(connection);
                for stored in found {
                    if self.wanted.kind == Kind::Heatmap {
                        writer.line_type = "point";
                        writer.write(&texts.points(&session, &stored)?);
                    } else {
                        writer.line_type = "heat_event";
                        writer.write(&[texts.event(&session, &stored)?]);
                    }
                }
                if next.is_some() {
                    self.steps.push_front(Step::Events(session, next));
                }
            }
        }
        Ok(())
    }
}

impl Writer<'_> {
    fn write(&mut self, rows: &[Row]) {
        for row in rows {
            if self.wanted.filters.iter().all(|filter| filter.wants(&self.columns, row)) {
                self.wanted.form.row(self.line_type, &self.columns, row, self.out);
                *self.rows += 1;
            }
        }
    }
}
