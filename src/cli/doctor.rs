//! `hearth doctor`: everything that can be wrong with an installation, looked at at once.

use std::io::Write;

use super::{Exit, Output};
use crate::config::Config;
use clap::Args;

/// `hearth doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DoctorArgs {
    /// Read every page of the database (integrity_check) instead of the quick check
    #[arg(long)]
    pub thorough: bool,
}

/// Runs `hearth doctor`.
pub fn run(
    _args: &DoctorArgs,
    _config: &Config,
    _as_json: bool,
    _output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
