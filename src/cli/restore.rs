//! `hearth restore`: puts a copy in the place of the database.

use std::io::Write;
use std::path::PathBuf;

use super::{Exit, Output};
use crate::config::Config;
use clap::Args;

/// `hearth restore`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct RestoreArgs {
    /// The copy, compressed or not; - for stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Do it: the database that is there is put aside
    #[arg(long)]
    pub yes: bool,
}

/// Runs `hearth restore`.
pub fn run(
    _args: &RestoreArgs,
    _config: &Config,
    _as_json: bool,
    _output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
