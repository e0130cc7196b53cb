//! `hearth migrate`: which schema the database has, and bringing it to that of this binary.

use std::io::Write;

use super::{Exit, Output};
use crate::config::Config;
use clap::Subcommand;

/// `hearth migrate ...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum MigrateCommand {
    /// Show the schema of the database, and of this binary
    Status,
    /// Bring the database to the schema of this binary; no server may be running
    Up,
}

/// Runs `hearth migrate`.
pub fn run(
    _args: &MigrateCommand,
    _config: &Config,
    _as_json: bool,
    _output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
