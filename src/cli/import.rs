//! `hearth import`: what was collected elsewhere.

use std::io::Write;
use std::path::PathBuf;

use super::{Exit, Output};
use crate::config::Config;
use clap::{Args, Subcommand};

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
    /// The database of heat-collector
    HeatCollector {
        /// Its SQLite file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Runs `hearth import`.
pub fn run(
    _args: &ImportArgs,
    _config: &Config,
    _as_json: bool,
    _output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
