//! `hearth import ndjson`, `csv` and `access-log`: files of lines.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::import::{project, store_all, try_out, with_store};
use crate::config::Config;
use crate::domain::clock::{Clock as _, SystemClock};
use crate::domain::id::ProjectId;
use crate::import::access_log::LogFormat;
use crate::import::access_log::source::AccessLog;
use crate::import::csv_rows::{CsvRows, Mapping, parse_mapping};
use crate::import::ndjson::Ndjson;
use crate::import::{Source, Summary, lines};
use crate::query::traffic::known_routes::known_routes;
use crate::store::connection;

/// What all files of lines take.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct LinesFile {
    /// The file to read, also compressed (gzip, zstd); - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Read and judge everything, and store nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Stop at the first line that cannot be stored
    #[arg(long)]
    pub strict: bool,
}

/// `hearth import ndjson`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct NdjsonArgs {
    #[command(flatten)]
    pub file: LinesFile,

    /// The project that all of it goes into, by name or id
    #[arg(long, value_name = "NAME")]
    pub project: String,
}

/// `hearth import csv`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct CsvArgs {
    #[command(flatten)]
    pub file: LinesFile,

    /// The project that all of it goes into, by name or id
    #[arg(long, value_name = "NAME")]
    pub project: String,

    /// What a column is: name, time, user, anonymous, session, id, revenue, currency or source
    #[arg(long = "map", value_name = "PART=COLUMN", value_parser = parse_mapping, required = true, num_args = 1..)]
    pub mappings: Vec<Mapping>,
}

/// `hearth import access-log`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct AccessLogArgs {
    #[command(flatten)]
    pub file: LinesFile,

    /// The project that all of it goes into, by name or id; left out: the proxy's (traffic.project)
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,

    /// Whose log it is
    #[arg(long, default_value = "auto", value_parser = PossibleValuesParser::new(LogFormat::ALL.map(LogFormat::word)).try_map(|word| LogFormat::from_word(&word).ok_or("unknown")))]
    pub format: LogFormat,
}

/// Imports lines of JSON.
pub(super) fn ndjson(args: &NdjsonArgs, config: &Config) -> anyhow::Result<Summary> {
    let project = project(config, &args.project)?;
    import(&args.file, config, project, |path, now_ms| {
        Ok(Box::new(Ndjson::open(path, config, project, args.file.strict, now_ms)?))
    })
}

/// Imports a table.
pub(super) fn csv(args: &CsvArgs, config: &Config) -> anyhow::Result<Summary> {
    let project = project(config, &args.project)?;
    import(&args.file, config, project, |path, now_ms| {
        Ok(Box::new(CsvRows::open(path, &args.mappings, config, project, args.file.strict, now_ms)?))
    })
}

/// Imports a log.
pub(super) fn access_log(args: &AccessLogArgs, config: &Config) -> anyhow::Result<Summary> {
    let project = project(config, args.project.as_deref().unwrap_or(&config.traffic.project))?;
    if args.file.file == Path::new("-") {
        bail!("a log is known again by its file: give its name, and lines that come later can be imported, too");
    }
    import(&args.file, config, project, |path, now_ms| {
        let file = connection::open_reader(&config.storage)?;
        let routes = known_routes(&file, now_ms, config.traffic.max_routes)?;
        Ok(Box::new(AccessLog::open(path, args.format, config, routes, (project, args.file.strict, now_ms))?))
    })
}

fn import(
    file: &LinesFile,
    config: &Config,
    project: ProjectId,
    open: impl FnOnce(&Path, i64) -> anyhow::Result<Box<dyn Source>>,
) -> anyhow::Result<Summary> {
    let kept = Kept::of(&file.file, config)?;
    let path = kept.0.as_deref().unwrap_or(&file.file);
    let mut source =
        open(path, SystemClock.now_ms()).with_context(|| format!("cannot import {}", file.file.display()))?;
    if file.dry_run {
        return try_out(&mut *source);
    }
    with_store(config, async |store| store_all(&mut *source, Some(project), store).await)
}

/// What came by standard input, in a file for as long as the import lasts: it is read more than once.
struct Kept(Option<PathBuf>);

impl Kept {
    fn of(file: &Path, config: &Config) -> anyhow::Result<Self> {
        if file != Path::new("-") {
            return Ok(Self(None));
        }
        let directory = config.storage.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        Ok(Self(Some(lines::keep(std::io::stdin().lock(), directory.unwrap_or(Path::new(".")))?)))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Nothing can be done about it here.
            let _ = std::fs::remove_file(path);
        }
    }
}
