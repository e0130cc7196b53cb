//! `hearth healthcheck`: asks a running server whether it takes data; for containers and scripts.

use std::io::Write;

use super::{Exit, Output};
use crate::config::Config;
use clap::Args;

/// `hearth healthcheck`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct HealthcheckArgs {
    /// Address to ask instead of the configured one
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// Runs `hearth healthcheck`.
pub fn run(
    _args: &HealthcheckArgs,
    _config: &Config,
    _as_json: bool,
    _output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
