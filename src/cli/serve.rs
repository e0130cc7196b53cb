//! `hearth serve`: runs until it is told to stop, or until nothing may be acknowledged any more.

use std::io::Write;

use tokio::signal::unix::{SignalKind, signal};

use super::Exit;
use super::reload::reload;
use crate::app::{self, Running};
use crate::config::{Config, Loaded, Overrides, Proxy};
use crate::store::StoreError;
use crate::telemetry;

/// Serves.
///
/// # Errors
/// When it cannot start, or the runtime cannot be made.
pub fn run(loaded: &Loaded, overrides: &Overrides) -> anyhow::Result<Exit> {
    let config = &loaded.config;
    telemetry::start(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        // First: whoever is told that it runs may stop it, and a start that takes long can be stopped in order, too.
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let mut hang_up = signal(SignalKind::hangup())?;
        let running = match app::start_loaded(loaded) {
            Ok(running) => running,
            Err(error) => {
                let exit = exit_for(&error);
                tracing::error!(error = format!("{error:#}"), "cannot start");
                return Ok(exit);
            }
        };
        greet(&running, config)?;
        let store = running.store.clone();
        loop {
            tokio::select! {
                _ = terminate.recv() => {
                    tracing::info!("SIGTERM: stopping");
                    break;
                }
                _ = interrupt.recv() => {
                    tracing::info!("SIGINT: stopping");
                    break;
                }
                _ = hang_up.recv() => reload(&running, overrides),
                result = store.ended() => {
                    let reason = result.err().unwrap_or_default();
                    tracing::error!(reason, "the writer has given up; nothing is acknowledged any more");
                    // What is under way is answered with 503 at once; there is nothing to wait for.
                    return Ok(Exit::InputOutput);
                }
            }
        }
        tokio::select! {
            result = running.stop() => Ok(match result {
                Ok(()) => Exit::Success,
                Err(reason) => {
                    tracing::error!(reason, "the writer has given up");
                    Exit::InputOutput
                }
            }),
            _ = terminate.recv() => Ok(Exit::Failure),
            _ = interrupt.recv() => Ok(Exit::Failure),
        }
    })
}

/// Says where everything is, and once what only the first start knows.
fn greet(running: &Running, config: &Config) -> std::io::Result<()> {
    let scheme = if running.is_tls { "https" } else { "http" };
    let url = match &config.server.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("{scheme}://{}", running.address),
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "Hearth {} listens on {url}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "  data:        {}", config.storage.path.display())?;
    if let Some(address) = running.proxy_address {
        writeln!(out, "  proxy:       {scheme}://{address} -> {}", upstreams(&config.proxy))?;
    }
    if let Some(first) = &running.first_project {
        writeln!(out, "  project key: {}", first.project_key)?;
        writeln!(out, "  read token:  {}", first.read_token)?;
        writeln!(out, "  workspace:   {}", first.workspace_id)?;
        writeln!(
            out,
            "\nKey and token are shown only now; `hearth key create` and `hearth token create` make others."
        )?;
        writeln!(out, "\nSend a first event:\n\n{}\n", first_event(&url, &first.project_key))?;
        writeln!(out, "Read it back:\n\n  curl -H 'Authorization: Bearer {}' {url}/api/v1/projects", first.read_token)?;
    } else {
        writeln!(out, "  keys:        made at the first start; `hearth key create --project NAME` makes another")?;
    }
    if config.heat.open_reads {
        writeln!(out, "  warning:     heat.open_reads is on: anybody who reaches this address can read all events")?;
    }
    out.flush()?;
    if let Some(url) = &running.setup_url {
        // Not to stdout, which is more likely to be kept by something.
        let mut err = std::io::stderr().lock();
        writeln!(
            err,
            "\nThere is no administrator yet. Make one within 24 hours, with this link, which works once:\n\n  {url}\n"
        )?;
        writeln!(err, "A restart makes a new link; `hearth user add NAME --admin --password-stdin` works as well.")?;
    }
    Ok(())
}

/// Where the proxy sends requests: the one address, or how many there are.
fn upstreams(proxy: &Proxy) -> String {
    let several = proxy.upstreams.iter().map(|upstream| &upstream.url);
    let all: Vec<_> = several.chain(&proxy.upstream).map(|url| url.as_str().trim_end_matches('/')).collect();
    match all.as_slice() {
        [one] => (*one).to_owned(),
        several => format!("{} upstreams", several.len()),
    }
}

fn first_event(url: &str, key: &str) -> String {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    format!(
        "  curl -X POST {url}/ingest -H 'Content-Type: application/json' -H 'x-project-key: {key}' \\\n    -d \
         '{{\"session\":{{\"id\":\"first\"}},\"events\":[{{\"type\":\"click\",\"eventId\":\"1\",\"sessionId\":\"first\",\
         \"ts\":{now_ms},\"path\":\"/\",\"viewport\":{{\"w\":1280,\"h\":720}},\"device\":{{}},\"x\":640,\"y\":360}}]}}'"
    )
}

/// The exit code for a start that failed (sysexits.h).
pub(super) fn exit_for(error: &anyhow::Error) -> Exit {
    match error.downcast_ref::<StoreError>() {
        Some(StoreError::InUse(_)) => Exit::Unavailable,
        Some(StoreError::Directory { .. }) => Exit::CannotCreate,
        // A restart would not help; a service manager must not try.
        Some(StoreError::NewerFile { .. } | StoreError::OlderFile { .. } | StoreError::OldSqlite(_)) => {
            Exit::BadConfiguration
        }
        Some(_) => Exit::InputOutput,
        None if error.downcast_ref::<std::io::Error>().is_some() => Exit::Unavailable,
        None => Exit::BadConfiguration,
    }
}
