//! `hearth import`: what was collected elsewhere.

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::import_lines::{self, AccessLogArgs, CsvArgs, NdjsonArgs};
use super::registry::find_project;
use super::{Exit, Output};
use crate::config::Config;
use crate::domain::clock::{Clock as _, SystemClock};
use crate::domain::id::ProjectId;
use crate::import::heat_collector::{Adopted, HeatCollector};
use crate::import::traffic_logs::TrafficLogs;
use crate::import::{Source, Summary, run as importing};
use crate::store::{Store, StoreError, connection, registry};

/// `hearth import`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ImportArgs {
    /// Where the data come from
    #[command(subcommand)]
    pub source: ImportSource,
}

/// Where imported data come from.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ImportSource {
    /// The SQLite database of heat-collector: projects with their keys, users, sessions, events
    HeatCollector(ImportFile),

    /// The table `traffic_logs` of express-sequelize-traffic, in an SQLite file
    TrafficLogs(ImportFile),

    /// Lines of JSON: what `hearth export` has written, or app events as other tools write them
    Ndjson(NdjsonArgs),

    /// A table of app events, whose columns are told what they mean
    Csv(CsvArgs),

    /// An access log of nginx, Apache, Caddy or Traefik; again when it has grown, and it goes on where it ended
    AccessLog(AccessLogArgs),
}

/// What every source takes.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ImportFile {
    /// The file to read; it is not changed
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The project that all of it goes into, by name or id
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,

    /// Read and judge everything, and store nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `hearth import`.
pub fn run(
    args: &ImportArgs,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let (summary, adopted, is_dry_run) = import(args, config)?;
    tell(&summary, adopted.as_ref(), is_dry_run, as_json, output)
}

fn import(args: &ImportArgs, config: &Config) -> anyhow::Result<(Summary, Option<Adopted>, bool)> {
    match &args.source {
        ImportSource::Ndjson(args) => Ok((import_lines::ndjson(args, config)?, None, args.file.dry_run)),
        ImportSource::Csv(args) => Ok((import_lines::csv(args, config)?, None, args.file.dry_run)),
        ImportSource::AccessLog(args) => Ok((import_lines::access_log(args, config)?, None, args.file.dry_run)),
        ImportSource::HeatCollector(file) => {
            let mut source =
                HeatCollector::open(&file.file, config, SystemClock.now_ms()).with_context(|| told(file))?;
            let project = file.project.as_deref().map(|name| project(config, name)).transpose()?;
            if file.dry_run {
                return Ok((try_out(&mut source)?, None, true));
            }
            let (summary, adopted) = with_store(config, async |store| {
                let adopted = source.adopt(store, project)?;
                Ok((store_all(&mut source, project, store).await?, adopted))
            })?;
            Ok((summary, Some(adopted), false))
        }
        ImportSource::TrafficLogs(file) => {
            let project = project(config, file.project.as_deref().unwrap_or(&config.traffic.project))?;
            let mut source = TrafficLogs::open(&file.file, config, project).with_context(|| told(file))?;
            if file.dry_run {
                return Ok((try_out(&mut source)?, None, true));
            }
            Ok((with_store(config, async |store| store_all(&mut source, Some(project), store).await)?, None, false))
        }
    }
}

fn told(file: &ImportFile) -> String {
    format!("cannot import {}", file.file.display())
}

/// A project by name or id; an empty name is the oldest. Looks only: also for a dry run.
pub(super) fn project(config: &Config, name: &str) -> anyhow::Result<ProjectId> {
    if !config.storage.path.is_file() {
        return Err(StoreError::NoFile(config.storage.path.display().to_string()).into());
    }
    let file = connection::open_reader(&config.storage)?;
    if name.is_empty() {
        return registry::find_project_named(&file, name)?.context("there is no project yet");
    }
    find_project(&file, name)
}

/// Does something with the store, beside a server if one runs, and leaves a tidy file behind.
pub(super) fn with_store<T>(config: &Config, what: impl AsyncFnOnce(&Store) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open_beside(&config.storage, Arc::new(SystemClock))?;
        let result = what(&store).await;
        let closed = store.close().await;
        let value = result?;
        closed
            .map_err(|error| anyhow::anyhow!(error))
            .context("what was imported is stored, but the file was not tidied")?;
        Ok(value)
    })
}

/// Imports a source, and shows how far it is.
pub(super) async fn store_all(
    source: &mut dyn Source,
    project: Option<ProjectId>,
    store: &Store,
) -> anyhow::Result<Summary> {
    let bar = Bar::new("Importing");
    let summary = importing::run(source, project, store, |summary, total| bar.reached(summary, total)).await;
    bar.end();
    summary
}

/// Reads a source to its end, and shows how far it is.
pub(super) fn try_out(source: &mut dyn Source) -> anyhow::Result<Summary> {
    let bar = Bar::new("Reading");
    let summary = importing::try_out(source, |summary, total| bar.reached(summary, total));
    bar.end();
    summary
}

/// Says what became of the records: a few lines, or one JSON object.
fn tell(
    summary: &Summary,
    adopted: Option<&Adopted>,
    is_dry_run: bool,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    if as_json {
        let mut told = serde_json::to_value(summary)?;
        told["dry_run"] = is_dry_run.into();
        if let Some(adopted) = adopted {
            told["adopted"] = json!(adopted);
        }
        writeln!(output.out, "{told:#}")?;
        return Ok(Exit::Success);
    }
    let err = &mut output.err;
    if let Some(adopted) = adopted.filter(|adopted| **adopted != Adopted::default()) {
        let names = if adopted.projects.is_empty() { "none".to_owned() } else { adopted.projects.join(", ") };
        writeln!(err, "added projects: {names}; keys: {}; users: {}", adopted.keys, adopted.users)?;
    }
    if summary.was_complete {
        writeln!(err, "this was imported completely before ({} records); nothing has changed", summary.read_before)?;
        return Ok(Exit::Success);
    }
    if summary.read_before > 0 {
        writeln!(err, "went on behind {} records of an earlier import", summary.read_before)?;
    }
    let stored = if is_dry_run { "would be stored, unless they are there" } else { "stored" };
    writeln!(
        err,
        "read {}: {} {stored}, {} already there, {} refused",
        summary.read, summary.stored, summary.already_there, summary.refused
    )?;
    for refusal in &summary.refusals {
        writeln!(err, "  refused {}: {}", refusal.place, refusal.reason)?;
    }
    let untold = summary.refused.saturating_sub(summary.refusals.len() as u64);
    if untold > 0 {
        writeln!(err, "  and {untold} more")?;
    }
    Ok(Exit::Success)
}

/// How far it is: only on a terminal.
struct Bar(Option<ProgressBar>);

impl Bar {
    fn new(what: &'static str) -> Self {
        Self(std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0).with_message(what);
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {human_pos} of {human_len} {eta}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        }))
    }

    fn reached(&self, summary: &Summary, total: Option<u64>) {
        if let Some(bar) = &self.0 {
            let done = summary.read_before + summary.read;
            bar.set_length(total.unwrap_or(done).max(done));
            bar.set_position(done);
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
