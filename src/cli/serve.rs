//! `hearth serve`: runs until it is told to stop, or until nothing may be acknowledged any more.

use std::io::Write;

use super::reload::reload;
use super::signals::{Asked, Signals};
use super::{Exit, exits, service_manager};
use crate::app::{self, Running};
use crate::backup::upgrade::UpgradeError;
use crate::config::{Config, Loaded, Overrides, Proxy};
use crate::store::StoreError;
use crate::telemetry;

/// Serves.
///
/// # Errors
/// When it cannot start, or the runtime cannot be made.
pub fn run(loaded: &Loaded, overrides: &Overrides) -> anyhow::Result<Exit> {
    telemetry::start(&loaded.config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let exit = runtime.block_on(serve(loaded, overrides));
    if matches!(exit, Ok(Exit::Signal(_))) {
        // Whoever asks twice does not want to wait for anything that still blocks.
        runtime.shutdown_background();
    }
    exit
}

async fn serve(loaded: &Loaded, overrides: &Overrides) -> anyhow::Result<Exit> {
    let config = &loaded.config;
    // First: whoever is told that it runs may stop it, and a start that takes long can be stopped in order, too.
    let mut signals = Signals::listen()?;
    let running = match app::start_loaded(loaded) {
        Ok(running) => running,
        Err(error) => {
            let exit = exit_for(&error);
            tracing::error!(error = format!("{error:#}"), "cannot start");
            return Ok(exit);
        }
    };
    greet(&running, config)?;
    service_manager::ready(&format!("Listening on {}", running.address));
    service_manager::pass_on_signs_of_life(running.store.clone());
    let store = running.store.clone();
    let number = loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Asked::Stop { name, number } => {
                    tracing::info!("{name}: stopping");
                    break number;
                }
                Asked::Reload => {
                    service_manager::reloading();
                    reload(&running, overrides);
                    service_manager::ready(&format!("Listening on {}", running.address));
                }
                Asked::Backup => back_up(&running),
            },
            result = store.ended() => {
                let reason = result.err().unwrap_or_default();
                tracing::error!(reason, "the writer has given up; nothing is acknowledged any more");
                // What is under way is answered with 503 at once; there is nothing to wait for.
                return Ok(Exit::InputOutput);
            }
        }
    };
    service_manager::stopping();
    tracing::debug!(number, "what is under way comes to its end");
    tokio::select! {
        result = running.stop() => Ok(match result {
            Ok(()) => Exit::Success,
            Err(reason) => {
                tracing::error!(reason, "the writer has given up");
                Exit::InputOutput
            }
        }),
        number = signals.second_stop() => {
            tracing::warn!("a second signal: ending at once");
            Ok(Exit::Signal(number))
        }
    }
}

/// Makes a copy of the database beside everything else.
fn back_up(running: &Running) {
    tracing::info!("SIGUSR1: making a copy of the database");
    running.backup_now();
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
    if let Some(error) = error.downcast_ref::<UpgradeError>() {
        return exits::of_upgrade(error);
    }
    match error.downcast_ref::<StoreError>() {
        Some(error) => exits::of_store(error),
        None if error.downcast_ref::<std::io::Error>().is_some() => Exit::Unavailable,
        None => Exit::BadConfiguration,
    }
}
