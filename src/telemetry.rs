//! Log lines: to stderr, never with an address, a token, a body or an e-mail.

use std::io::IsTerminal;
use std::sync::OnceLock;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};

use crate::config::{Log, LogFormat};

/// What libraries say about their routine; added to a level that names no modules.
const QUIET: &str = ",refinery_core=warn,actix_server=warn";

/// Changes what is logged.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Starts logging. A second call changes nothing.
pub fn start(log: &Log) {
    let (filter, handle) = reload::Layer::new(filter(log));
    let is_terminal = std::io::stderr().is_terminal();
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !is_terminal,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(true)
        // A line that cannot be written, on a full disk for instance, is lost. Telling that on stderr would panic, since
        // that is where it could not be written.
        .log_internal_errors(false);
    let registry = tracing_subscriber::registry().with(filter);
    // An error says that somebody, a test for instance, has started it already.
    let started = if json {
        registry.with(lines.json().flatten_event(true)).try_init()
    } else {
        registry.with(lines.with_ansi(is_terminal)).try_init()
    };
    if started.is_ok() {
        let _ = FILTER.set(handle);
    }
}

/// Logs by another `log.level` from now on.
pub fn change(log: &Log) {
    if let Some(handle) = FILTER.get() {
        // It fails only when nothing is logged any more.
        let _ = handle.reload(filter(log));
    }
}

fn filter(log: &Log) -> EnvFilter {
    let quiet = if log.level.contains(['=', ',']) || log.level == "off" { "" } else { QUIET };
    EnvFilter::try_new(format!("{}{quiet}", log.level)).unwrap_or_else(|_| EnvFilter::new("info"))
}
