//! `hearth completions` and `hearth man`: what packages install for shells and readers.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Exit, Output};

/// `hearth completions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `hearth man`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ManArgs {
    /// Write a page for each command into this directory instead of hearth(1) to stdout
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Writes the completions of a shell.
pub fn completions(_args: CompletionsArgs, _output: &mut Output<impl Write, impl Write>) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}

/// Writes manual pages.
pub fn man(_args: &ManArgs, _output: &mut Output<impl Write, impl Write>) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
