//! `hearth prune`: deletes what is older than it may be, now.

use std::io::Write;

use super::{Exit, Output};
use crate::config::Config;
use clap::Args;

/// `hearth prune`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct PruneArgs {
    /// Only say what would be deleted
    #[arg(long)]
    pub dry_run: bool,

    /// Delete all that is too old, however much it is
    #[arg(long)]
    pub yes: bool,

    /// Rewrite the file so that it takes no more space than it needs; no server may be running
    #[arg(long)]
    pub compact: bool,
}

/// Runs `hearth prune`.
pub fn run(
    _args: &PruneArgs,
    _config: &Config,
    _as_json: bool,
    _output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
