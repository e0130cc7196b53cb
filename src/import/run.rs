//! From a source into the store, a piece at a time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::{Source, Summary};
use crate::domain::Batch;
use crate::domain::id::ProjectId;
use crate::domain::import::{ImportProgress, Imported};
use crate::store::{Store, StoreError, import_sources};

/// How often a piece is tried that the file had no time for.
const TRIES: u32 = 30;

/// How long the import waits before it tries again.
const WAIT: Duration = Duration::from_secs(1);

/// The longest pause between two pieces.
const MAX_PAUSE: Duration = Duration::from_millis(250);

/// Imports a source, from where an earlier run stopped. `project` is where all of it goes, if it does not name its own.
/// `watch` is told after each piece.
///
/// # Errors
/// When the source cannot be read or a piece cannot be stored; what was stored until then stays, and the next run goes on
/// behind it.
pub async fn run(
    source: &mut dyn Source,
    project: Option<ProjectId>,
    store: &Store,
    mut watch: impl FnMut(&Summary, Option<u64>),
) -> anyhow::Result<Summary> {
    let identity = source.identity();
    let mut summary = Summary::default();
    let mut position = 0;
    let mut was_finished = false;
    if let Some(known) = store.read(|file| import_sources::find(file, &identity, project))? {
        source.seek(known.position).context("cannot go on where the last import stopped")?;
        (summary.read_before, position, was_finished) = (known.read, known.position, known.is_finished);
    }
    let progress = |position: u64, read: u64, refused: u64, is_finished: bool| ImportProgress {
        source: identity,
        project,
        position,
        read,
        refused,
        is_finished,
    };
    while let Some(mut piece) = source.next()? {
        let began = Instant::now();
        let batches = std::mem::take(&mut piece.batches);
        let progress = progress(piece.position, piece.read, piece.refused.len() as u64, false);
        let duplicates = submit(store, Imported { batches, progress }).await?;
        position = piece.position;
        summary.add(&mut piece, duplicates);
        watch(&summary, source.total());
        // A server beside us gets the file for at least as long as we had it.
        tokio::time::sleep(began.elapsed().min(MAX_PAUSE)).await;
    }
    summary.was_complete = was_finished && summary.read == 0;
    if !summary.was_complete {
        submit(store, Imported { batches: Vec::new(), progress: progress(position, 0, 0, true) }).await?;
    }
    Ok(summary)
}

/// Reads a source from its beginning to its end and stores nothing. What would have been there already is not known.
///
/// # Errors
/// When the source cannot be read.
pub fn try_out(source: &mut dyn Source, mut watch: impl FnMut(&Summary, Option<u64>)) -> anyhow::Result<Summary> {
    let mut summary = Summary::default();
    while let Some(mut piece) = source.next()? {
        piece.batches.clear();
        summary.add(&mut piece, 0);
        watch(&summary, source.total());
    }
    Ok(summary)
}

/// Stores a piece; how many of its records were there already. A file that is busy is waited for.
async fn submit(store: &Store, imported: Imported) -> anyhow::Result<u64> {
    for _ in 0..TRIES {
        match store.submit(Batch::Imported(Box::new(imported.clone()))).await {
            Ok(receipt) => return Ok(receipt.duplicates),
            Err(StoreError::Unavailable | StoreError::QueueFull) => tokio::time::sleep(WAIT).await,
            Err(error @ StoreError::NoSpace) => {
                return Err(error).context("the import stopped; make room and start it again, it goes on here");
            }
            Err(error) => return Err(error).context("the import stopped"),
        }
    }
    bail!("the database stayed busy; start the import again, it goes on here")
}
