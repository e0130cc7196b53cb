//! Log lines: to stderr, never with an address, a token, a body or an e-mail.

mod plain_lines;

use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;

use tracing_subscriber::EnvFilter;

use self::plain_lines::PlainLines;
use crate::config::{Log, LogFormat};

/// What libraries say about their routine; added to a level that names no modules.
const QUIET: &str = ",refinery_core=warn,actix_server=warn";

/// Starts logging. A second call changes nothing.
pub fn start(log: &Log) {
    let quiet = if log.level.contains(['=', ',']) || log.level == "off" { "" } else { QUIET };
    let filter = EnvFilter::try_new(format!("{}{quiet}", log.level)).unwrap_or_else(|_| EnvFilter::new("info"));
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
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
    // An error says that somebody, a test for instance, has started it already.
    let _ = match form {
        LogFormat::Json | LogFormat::Auto => {
            lines.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
        }
        LogFormat::Compact if is_journal() => lines.compact().without_time().try_init(),
        LogFormat::Compact => lines.compact().try_init(),
        LogFormat::Pretty if is_journal() => lines.without_time().try_init(),
        LogFormat::Pretty => lines.try_init(),
    };
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
