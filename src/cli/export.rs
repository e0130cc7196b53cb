//! `hearth export`: data as CSV or NDJSON, streamed. It only reads, beside a running server if there is one.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use rusqlite::Connection;
use serde_json::json;

use super::registry::{find_project, open};
use super::{Exit, Output};
use crate::config::Config;
use crate::export::filter::{Filter, MAX_FILTERS};
use crate::export::form::Form;
use crate::export::kind::Kind;
use crate::export::range;
use crate::export::stream::{Export, Wanted};
use crate::query::export::Scope;
use crate::store::{connection, project_settings};

/// How long one piece may take to be read.
const PIECE_TIMEOUT: Duration = Duration::from_mins(5);

/// `hearth export`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    long_about = "Write data as NDJSON or CSV, streamed. A server may be running. Columns and units: `hearth help export`. \
                        `all` is what `hearth import ndjson` reads back."
)]
pub struct ExportArgs {
    /// What to export
    #[arg(value_parser = PossibleValuesParser::new(Kind::ALL.map(Kind::word)).try_map(|word| Kind::from_word(&word).ok_or("unknown")))]
    pub kind: Kind,

    /// Project, by name or id
    #[arg(long, value_name = "NAME")]
    pub project: String,

    /// From this time on: a date (a day of the project's zone) or a time with its offset
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,

    /// Until before this time; a date stands for its end
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,

    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub format: ExportFormat,

    /// Only rows whose column is, or with != is not, a value; can be repeated, all must hold
    #[arg(long = "filter", value_name = "COLUMN=VALUE")]
    pub filters: Vec<String>,

    /// In CSV, leave texts as they are that a spreadsheet would take for a formula
    #[arg(long)]
    pub raw: bool,

    /// File to write instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Form of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object a line
    #[default]
    Ndjson,
    /// Comma-separated values (RFC 4180)
    Csv,
}

/// Runs `hearth export`.
pub fn run(
    args: &ExportArgs,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let mut file = open(config)?;
    let mut export = begin(args, &file)?;
    let path = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let rows = match path {
        None => match write(&mut export, &mut file, &mut output.out) {
            // Whoever reads has had enough, such as `head`.
            Err(error) if is_broken_pipe(&error) => return Ok(Exit::Success),
            rows => rows?,
        },
        Some(path) => write_file(&mut export, &mut file, path)?,
    };
    if let Some(path) = path {
        if as_json {
            let told = json!({"kind": args.kind.word(), "rows": rows, "file": path.display().to_string()});
            writeln!(output.out, "{told:#}")?;
        } else {
            writeln!(output.err, "{rows} rows written to {}", path.display())?;
        }
    }
    Ok(Exit::Success)
}

fn begin(args: &ExportArgs, file: &Connection) -> anyhow::Result<Export> {
    let project = find_project(file, &args.project)?;
    let zone = TimeZone::get(&project_settings::read(file, project)?.time_zone)?;
    let interval = range::read(args.from.as_deref(), args.to.as_deref(), &zone).map_err(|name| {
        anyhow!(
            "--{name} is no date such as 2026-11-01, no time such as 2026-11-01T12:00:00+01:00, or the range ends before it \
             begins"
        )
    })?;
    if args.filters.len() > MAX_FILTERS {
        bail!("there are at most {MAX_FILTERS} filters");
    }
    let filters = args
        .filters
        .iter()
        .map(|text| Filter::parse(text).with_context(|| format!("{text:?} is no filter such as name=purchase")))
        .collect::<anyhow::Result<_>>()?;
    let form = match args.format {
        ExportFormat::Ndjson => Form::Ndjson,
        ExportFormat::Csv => Form::Csv { is_raw: args.raw },
    };
    let export = Export::new(Wanted { kind: args.kind, scope: Scope { project, interval }, form, filters });
    export.check(file)??;
    Ok(export)
}

/// Writes all of it; gives the number of rows.
fn write(export: &mut Export, file: &mut Connection, out: &mut impl Write) -> anyhow::Result<u64> {
    // Draws on stderr, and only if that is a terminal.
    let progress = ProgressBar::new_spinner();
    progress.set_style(ProgressStyle::with_template("{spinner} {human_pos} rows, {per_sec}, {elapsed}")?);
    while let Some(piece) = connection::read_snapshot(file, PIECE_TIMEOUT, |file| export.next(file))? {
        out.write_all(piece.as_bytes())?;
        progress.set_position(export.rows());
    }
    out.flush()?;
    progress.finish_and_clear();
    Ok(export.rows())
}

/// The file has its name when it is whole. Only its owner may read it.
fn write_file(export: &mut Export, file: &mut Connection, path: &Path) -> anyhow::Result<u64> {
    let part = connection::with_suffix(path, ".part");
    let mut write_part = || -> anyhow::Result<u64> {
        let mut options = OpenOptions::new();
        let target: File = options.write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        let mut out = BufWriter::new(target);
        let rows = write(export, file, &mut out)?;
        out.into_inner()?.sync_all()?;
        std::fs::rename(&part, path)?;
        Ok(rows)
    };
    let made = write_part();
    if made.is_err() {
        // It may not even have been made.
        let _ = std::fs::remove_file(&part);
    }
    made.with_context(|| format!("writing {}", path.display()))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
