//! `hearth export`: data as CSV or NDJSON, streamed.

use std::io::Write;
use std::path::PathBuf;

use super::{Exit, Output};
use crate::config::Config;
use clap::{Args, ValueEnum};

/// `hearth export`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ExportArgs {
    /// What to export
    #[arg(value_enum)]
    pub kind: ExportKind,

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

    /// File to write instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportKind {
    /// Events of browsers
    Heat,
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
    _args: &ExportArgs,
    _config: &Config,
    _as_json: bool,
    _output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
