//! `hearth init`: a configuration file and a data directory to begin with.

use std::io::Write;
use std::path::PathBuf;

use super::{Exit, Output};
use crate::config::Config;
use clap::Args;

/// `hearth init`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct InitArgs {
    /// Directory that gets hearth.toml and the data
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,

    /// Overwrite a hearth.toml that is there
    #[arg(long)]
    pub force: bool,
}

/// Runs `hearth init`.
pub fn run(
    _args: &InitArgs,
    _config: &Config,
    _as_json: bool,
    _output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
