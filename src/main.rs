//! The process: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use hearth::cli::{self, Cli};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(&Cli::parse())
}
