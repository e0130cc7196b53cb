//! Log lines: to stderr, never with an address, a token, a body or an e-mail.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// What libraries say about their routine; added to a level that names no modules.
const QUIET: &str = ",refinery_core=warn,actix_server=warn";

/// Starts logging. A second call changes nothing.
pub fn start(log: &Log) {
    let quiet = if log.level.contains(['=', ',']) || log.level == "off" { "" } else { QUIET };
    let filter = EnvFilter::try_new(format!("{}{quiet}", log.level)).unwrap_or_else(|_| EnvFilter::new("info"));
    let is_terminal = std::io::stderr().is_terminal();
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !is_terminal,
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(true)
        // A line that cannot be written, on a full disk for instance, is lost. Telling that on stderr would panic, since
        // that is where it could not be written.
        .log_internal_errors(false);
    // An error says that somebody, a test for instance, has started it already.
    let _ = if json { lines.json().flatten_event(true).try_init() } else { lines.with_ansi(is_terminal).try_init() };
}
