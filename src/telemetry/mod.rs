//! Log lines: to stderr, never with an address, a token, a body or an e-mail.

mod plain_lines;

use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};

use self::plain_lines::PlainLines;
use crate::config::{Log, LogFormat};

/// What libraries say about their routine; added to a level that names no modules.
const QUIET: &str = ",refinery_core=warn,actix_server=warn";

/// Changes what is logged.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Starts logging. A second call changes nothing.
pub fn start(log: &Log) {
    let is_terminal = std::io::stderr().is_terminal();
    let (filter, handle) = reload::Layer::new(filter(log));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(PlainLines { has_colours: is_terminal })
        .with_ansi(is_terminal)
        .with_target(true)
        // A line that cannot be written, on a full disk for instance, is lost. Telling that on stderr would panic, since
        // that is where it could not be written.
        .log_internal_errors(false);
    let form = match log.format {
        LogFormat::Auto if is_terminal => LogFormat::Pretty,
        LogFormat::Auto => LogFormat::Json,
        chosen => chosen,
    };
    let registry = tracing_subscriber::registry().with(filter);
    // An error says that somebody, a test for instance, has started it already.
    let started = match form {
        LogFormat::Json | LogFormat::Auto => {
            let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
            registry.with(lines).try_init()
        }
        LogFormat::Compact if is_journal() => registry.with(lines.compact().without_time()).try_init(),
        LogFormat::Compact => registry.with(lines.compact()).try_init(),
        LogFormat::Pretty if is_journal() => registry.with(lines.without_time()).try_init(),
        LogFormat::Pretty => registry.with(lines).try_init(),
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

/// Whether stderr is systemd's journal, which knows the time itself (systemd.exec(5), `$JOURNAL_STREAM`).
fn is_journal() -> bool {
    let stderr = std::fs::metadata("/proc/self/fd/2");
    let named = std::env::var("JOURNAL_STREAM").ok();
    stderr.is_ok_and(|stderr| named.is_some_and(|named| is_stream(&named, stderr.dev(), stderr.ino())))
}

/// Whether `device:inode` names this file.
fn is_stream(named: &str, device: u64, inode: u64) -> bool {
    named == format!("{device}:{inode}")
}
