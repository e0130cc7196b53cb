//! The only thing that goes into the store, and what comes back.

use super::erasure::{Erased, Erasure};
use super::heat::HeatBatch;
use super::id::ProjectId;
use super::import::Imported;
use super::track::TrackBatch;
use super::traffic::TrafficBatch;

/// One accepted request, of whichever protocol, ready to be stored whole or not at all.
#[derive(Debug, Clone)]
pub enum Batch {
    Heat(Box<HeatBatch>),
    /// Requests that the proxy has seen, of any projects.
    Traffic(TrafficBatch),
    /// What an app says by the Datalyr protocol.
    Track(Box<TrackBatch>),
    /// A person who is to be forgotten.
    Erase(Box<Erasure>),
    /// What was collected elsewhere.
    Imported(Box<Imported>),
}

impl Batch {
    /// How many events it brings.
    #[must_use]
    pub fn events(&self) -> usize {
        match self {
            Self::Heat(batch) => batch.events.len(),
            Self::Traffic(batch) => batch.records.len(),
            Self::Track(batch) => batch.events.len(),
            Self::Imported(imported) => imported.batches.iter().map(Self::events).sum(),
            Self::Erase(_) => 0,
        }
    }

    /// Roughly how much memory the batch holds while it waits, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Heat(batch) => batch.bytes(),
            Self::Traffic(batch) => batch.bytes(),
            Self::Track(batch) => batch.bytes(),
            Self::Erase(erasure) => erasure.bytes(),
            Self::Imported(imported) => imported.bytes(),
        }
    }
}

/// What the store did with a batch. It exists only after the commit has reached the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Where a heat batch went; requests of one batch may belong to several projects.
    pub project: Option<StoredProject>,
    /// Events that were there already and were left as they are; of an import: rows, as its source counts them.
    pub duplicates: u64,
    /// What an erasure has taken away.
    pub erased: Option<Erased>,
}

/// The project that a batch was stored in; it may have been made for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredProject {
    pub id: ProjectId,
    /// The project's public id.
    pub uuid: uuid::Uuid,
}
