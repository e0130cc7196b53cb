//! The SQLite file of heat-collector: the same answers afterwards, from here.
//!
//! ```text
//! tenants   projects with their ids and keys, users with theirs: before the rest, in small transactions
//! sessions  all of them, in the order in which they were made
//! events    in the order in which they were stored: what is equally old stays in this order
//! owners    whose a session is in the end
//! ```
//!
//! A file is known again by its content. One that has grown since is another one: all of it is read once more, and the rows
//! that are there already are left out, by their ids.

mod rows;
pub mod tenants;

use std::path::Path;

use anyhow::ensure;
use aws_lc_rs::digest::{SHA256, digest};
use rusqlite::Connection;

use self::rows::Rows;
pub use self::tenants::{Adopted, Tenants};
use super::source::{PIECE_RECORDS, Source, SourceIdentity};
use super::{Piece, Refusal};
use crate::config::Config;
use crate::query::foreign_file::heat_collector::{self, Extent};
use crate::query::foreign_file::{self, Unreadable};

/// Bits of a position that are the row; those above are the stage.
const ROW_BITS: u32 = 60;

/// What is read one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Sessions = 0,
    Events = 1,
    Owners = 2,
    End = 3,
}

/// An open file.
pub struct HeatCollector {
    file: Connection,
    extent: Extent,
    fingerprint: [u8; 32],
    rows: Rows,
    stage: Stage,
    /// Rows up to here are done.
    after: i64,
}

impl HeatCollector {
    /// Opens a file and looks whether it is one of heat-collector's. Until [`Self::adopt`] it does not know where its
    /// projects are here: what it makes then is only good for counting.
    ///
    /// # Errors
    /// When it cannot be read, or is something else.
    pub fn open(path: &Path, config: &Config, now_ms: i64) -> anyhow::Result<Self> {
        let file = foreign_file::open(path).map_err(Unreadable::from)?;
        let is_one = heat_collector::is_one(&file).map_err(Unreadable::from)?;
        ensure!(
            is_one,
            "this is no database of heat-collector: it has not its tables projects, users, sessions, events"
        );
        let extent = heat_collector::extent(&file).map_err(Unreadable::from)?;
        let tenants = Tenants::read(&file)?;
        let fingerprint = fingerprint(&extent, &tenants);
        let rows = Rows::new(tenants, config, now_ms);
        Ok(Self { file, extent, fingerprint, rows, stage: Stage::Sessions, after: 0 })
    }

    /// The file's projects.
    #[must_use]
    pub fn tenants(&self) -> &Tenants {
        self.rows.tenants()
    }

    /// Makes its projects, keys and users here, as far as they are not; see [`Tenants::adopt`].
    ///
    /// # Errors
    /// When something cannot be read or written.
    pub fn adopt(
        &mut self,
        store: &crate::store::Store,
        into: Option<crate::domain::id::ProjectId>,
    ) -> anyhow::Result<Adopted> {
        self.rows.adopt(&self.file, store, into)
    }

    fn next_stage(&mut self) {
        self.after = 0;
        self.stage = match self.stage {
            Stage::Sessions => Stage::Events,
            Stage::Events => Stage::Owners,
            Stage::Owners | Stage::End => Stage::End,
        };
    }

    fn position(&self) -> u64 {
        (self.stage as u64) << ROW_BITS | self.after.max(0).cast_unsigned()
    }

    fn piece_of_sessions(&mut self, is_for_owners: bool) -> anyhow::Result<Option<Piece>> {
        let page = heat_collector::sessions(&self.file, self.after, PIECE_RECORDS).map_err(Unreadable::from)?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        self.after = *last;
        let mut piece = Piece::default();
        for (row, session) in page {
            match session {
                Ok(session) if is_for_owners && session.user.is_none() => {}
                Ok(session) => match self.rows.session(&session, is_for_owners) {
                    Ok(batch) => piece.batches.push(batch),
                    Err(reason) => refuse(&mut piece, is_for_owners, row, reason),
                },
                Err(reason) => refuse(&mut piece, is_for_owners, row, reason),
            }
        }
        Ok(Some(piece))
    }

    fn piece_of_events(&mut self) -> anyhow::Result<Option<Piece>> {
        let page = heat_collector::events(&self.file, self.after, PIECE_RECORDS).map_err(Unreadable::from)?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        self.after = *last;
        let mut piece = Piece { read: page.len() as u64, ..Piece::default() };
        let mut taken = Vec::with_capacity(page.len());
        for (row, event) in page {
            match event.and_then(|event| self.rows.event(&event).map(|place| (event, place))) {
                Ok(event) => taken.push(event),
                Err(reason) => piece.refused.push(Refusal::new(format!("events row {row}"), reason)),
            }
        }
        piece.batches = self.rows.batches(&taken);
        Ok(Some(piece))
    }
}

impl Source for HeatCollector {
    fn identity(&self) -> SourceIdentity {
        SourceIdentity { kind: "heat-collector", fingerprint: self.fingerprint }
    }

    fn total(&self) -> Option<u64> {
        u64::try_from(self.extent.events).ok()
    }

    fn seek(&mut self, position: u64) -> anyhow::Result<()> {
        self.stage = match position >> ROW_BITS {
            0 => Stage::Sessions,
            1 => Stage::Events,
            2 => Stage::Owners,
            _ => Stage::End,
        };
        self.after = (position & ((1 << ROW_BITS) - 1)).cast_signed();
        Ok(())
    }

    fn next(&mut self) -> anyhow::Result<Option<Piece>> {
        loop {
            let piece = match self.stage {
                Stage::Sessions => self.piece_of_sessions(false)?,
                Stage::Events => self.piece_of_events()?,
                Stage::Owners => self.piece_of_sessions(true)?,
                Stage::End => return Ok(None),
            };
            if let Some(mut piece) = piece {
                piece.position = self.position();
                return Ok(Some(piece));
            }
            self.next_stage();
        }
    }
}

/// A session that is refused is counted; one that is met again for its owner is not counted twice.
fn refuse(piece: &mut Piece, is_for_owners: bool, row: i64, reason: &'static str) {
    if !is_for_owners {
        piece.read += 1;
        piece.refused.push(Refusal::new(format!("sessions row {row}"), reason));
    }
}

/// Changes with whatever is added.
fn fingerprint(extent: &Extent, tenants: &Tenants) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    let text = format!("{extent:?}\n{}", tenants.ids().collect::<Vec<_>>().join("\n"));
    fingerprint.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    fingerprint
}
