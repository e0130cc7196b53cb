//! `hearth person`: everything that is kept about a person, and its end.

use std::io::Write;
use std::sync::Arc;

use anyhow::bail;
use rusqlite::Connection;
use serde_json::json;

use super::registry::{find_project, open};
use super::{Exit, Output, PersonCommand};
use crate::api::track::export_document::ExportDocument;
use crate::config::Config;
use crate::domain::Batch;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::id::ProjectId;
use crate::query::public_id::PublicIds;
use crate::query::track::whole_person::{self, WholePerson};
use crate::store::dictionary::TextHash;
use crate::store::{Store, StoreError, migrate, registry};

/// Runs `hearth person`.
pub fn run(
    command: &PersonCommand,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    match command {
        PersonCommand::Export { person, project } => {
            let file = open(config)?;
            let project = find_project(&file, project)?;
            export(&file, &find(&file, project, person)?, output)
        }
        PersonCommand::Erase { person, project, yes } => {
            if !yes {
                bail!("erasing cannot be undone; say --yes, and look at `hearth person export` first");
            }
            let found = {
                let file = open(config)?;
                let project = find_project(&file, project)?;
                find(&file, project, person)?
            };
            erase(config, &found, as_json, output)
        }
    }
}

fn find(file: &Connection, project: ProjectId, person: &str) -> anyhow::Result<WholePerson> {
    let hash = TextHash::new(&migrate::install_secret(file)?);
    match whole_person::find(file, hash, project, person)? {
        Some(person) => Ok(person),
        None => bail!("the project knows nobody by the id {person:?}"),
    }
}

/// Works beside a running server: it only reads.
fn export(
    file: &Connection,
    person: &WholePerson,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let ids = PublicIds::new(&migrate::install_secret(file)?);
    let uuid = registry::project_uuid(file, person.project)?;
    let mut document = ExportDocument::new(file, person, uuid, SystemClock.now_ms(), ids)?;
    while let Some(piece) = document.next(file)? {
        output.out.write_all(piece.as_bytes())?;
    }
    output.out.flush()?;
    Ok(Exit::Success)
}

/// Erases beside a server, if one runs: it forgets what it remembers of the file when it sees that somebody else has written.
fn erase(
    config: &Config,
    person: &WholePerson,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let receipt = runtime.block_on(async {
        let store = Store::open_beside(&config.storage, Arc::new(SystemClock))?;
        let receipt = store.submit(Batch::Erase(Box::new(person.erasure(SystemClock.now_ms())))).await;
        store.close().await.map_err(|_| StoreError::Stopped)?;
        receipt
    });
    let erased = match receipt {
        Ok(receipt) => receipt.erased.unwrap_or_default(),
        Err(StoreError::InUse(file)) => {
            writeln!(output.err, "hearth: another command is writing much into {file}; try again when it has ended")?;
            return Ok(Exit::Unavailable);
        }
        Err(error) => return Err(error.into()),
    };
    if as_json {
        let counts = json!({
            "events": erased.events, "conversions": erased.conversions, "touches": erased.touches,
            "heat_rows": erased.heat_rows, "heat_sessions": erased.heat_sessions, "requests": erased.requests,
        });
        writeln!(output.out, "{:#}", json!({"erased": counts}))?;
    } else {
        writeln!(
            output.err,
            "erased {}: {} app events, {} rows of browsers' events, {} requests",
            person.name, erased.events, erased.heat_rows, erased.requests
        )?;
    }
    Ok(Exit::Success)
}
