//! `hearth backup`: a copy of the database, beside a running server or without one.

use std::io::Write;
use std::path::PathBuf;

use super::{Exit, Output};
use crate::config::Config;
use clap::{Args, ValueEnum};

/// `hearth backup`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct BackupArgs {
    /// File to write, - for stdout; without it, a new one in backup.directory
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// How to compress the copy
    #[arg(long, value_enum, default_value_t)]
    pub compress: Compression,

    /// List the copies that are there instead of making one
    #[arg(long, conflicts_with = "file")]
    pub list: bool,
}

/// How a copy is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Compression {
    /// Zstandard
    #[default]
    Zstd,
    /// Not at all: an SQLite file
    None,
}

/// Runs `hearth backup`.
pub fn run(
    _args: &BackupArgs,
    _config: &Config,
    _as_json: bool,
    _output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
