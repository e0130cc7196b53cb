//! `hearth demo`: a sample shop with weeks of history, behind the proxy, watched by a Hearth of its own.

use std::io::{IsTerminal as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::signal::unix::{SignalKind, signal};

use super::check::report_problems;
use super::{DemoArgs, Exit, serve};
use crate::app::{self, Running};
use crate::config::{self, Config, Overrides, Surroundings};
use crate::demo::history::{self, History, Progress};
use crate::demo::shop::{self, AppEvents, Shop};
use crate::demo::state::{self, State};
use crate::demo::{customers, project};
use crate::domain::clock::{Clock as _, ManualClock, SystemClock};
use crate::http::accounts::password_hash;
use crate::store::accounts::account;
use crate::store::connection::{self, Ownership};
use crate::store::retention::guard;
use crate::store::{Store, registry};
use crate::telemetry;

/// Name of the administrator.
const ACCOUNT: &str = "demo";

const MS_PER_DAY: i64 = 24 * 3_600 * 1000;

/// A demo that was stopped for less is taken up as it is.
const GAP_MS: i64 = 15 * 60 * 1000;

/// Characters of the password; each is one of sixteen.
const PASSWORD_CHARS: usize = 20;

/// How to get in: told at each start, kept nowhere.
struct Access {
    password: String,
    /// Path and query of a link that signs in once.
    login: String,
}

/// Runs the demo until it is told to stop.
///
/// # Errors
/// When the file cannot be used, a port is taken, or the runtime cannot be made.
pub fn run(args: &DemoArgs, overrides: &Overrides) -> anyhow::Result<Exit> {
    if overrides.upstream.is_some() {
        bail!("the demo brings its own app; --upstream is for `hearth serve`");
    }
    let (listener, shop_address) = shop::listener().context("no port is left for the shop")?;
    let mut set = vec![
        format!("proxy.upstream=http://{shop_address}"),
        format!("proxy.listen={}", args.shop_listen),
        format!("traffic.project={}", project::NAME),
    ];
    set.extend(overrides.set.iter().cloned());
    let data = overrides.data.clone().unwrap_or_else(|| default_data().display().to_string());
    let overrides = Overrides { set, data: Some(data), ..overrides.clone() };
    // A configuration of the real thing, which may lie in the same directory, has no business with the demo.
    let config = match config::load_from(&overrides, &Surroundings::default()) {
        Ok(loaded) => loaded.config,
        Err(problems) => {
            report_problems(&problems, &mut std::io::stderr().lock())?;
            return Ok(Exit::BadConfiguration);
        }
    };
    telemetry::start(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let signalled = async {
            tokio::select! {
                _ = terminate.recv() => {},
                _ = interrupt.recv() => {},
            }
        };
        tokio::pin!(signalled);
        let started = async {
            let state = prepare(args, &config).await?;
            let (account, password) = give_account(&config)?;
            let running = app::start(&config)?;
            let login = running.accounts.new_login_link(account)?;
            anyhow::Ok((state, Access { password, login }, running))
        };
        let (state, access, running) = tokio::select! {
            started = started => match started {
                Ok(started) => started,
                Err(error) => {
                    let exit = serve::exit_for(&error);
                    writeln!(std::io::stderr(), "hearth: cannot start the demo: {error:#}")?;
                    return Ok(exit);
                }
            },
            // What is half written is made anew at the next start.
            () = &mut signalled => return Ok(Exit::Success),
        };
        let events = AppEvents { address: running.address, project_key: state.project_key.clone() };
        let shop = shop::start(Shop::new(state.project_key, events), listener)?;
        greet(&running, &config, &access)?;
        let store = running.store.clone();
        let has_given_up = tokio::select! {
            () = &mut signalled => false,
            _ = store.ended() => true,
        };
        shop.stop().await;
        let stopped = running.stop().await;
        Ok(if has_given_up || stopped.is_err() { Exit::InputOutput } else { Exit::Success })
    })
}

/// `$XDG_DATA_HOME/hearth-demo`, which the XDG Base Directory Specification wants absolute, else a directory beside us.
fn default_data() -> PathBuf {
    let named = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.unwrap_or_default().join("hearth-demo/hearth.db")
}

/// Makes the database, or takes up the one that is there, and writes the history that is missing.
async fn prepare(args: &DemoArgs, config: &Config) -> anyhow::Result<State> {
    // Looked at before the history is made, which takes a while.
    for address in [config.server.listen, config.proxy.listen] {
        TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    }
    let database = &config.storage.path;
    let kept = State::read(database).with_context(|| format!("cannot read the notes beside {}", database.display()))?;
    let kept = match kept {
        None if database.exists() => {
            bail!("{} is no demo's database; the demo would fill it with made-up visits", database.display())
        }
        Some(kept) if !args.fresh && kept.filled_until_ms.is_some() => Some(kept),
        Some(_) => {
            let _ownership = Ownership::take(database)?;
            state::throw_away(database).with_context(|| format!("cannot remove {}", database.display()))?;
            None
        }
        None => None,
    };
    let now_ms = SystemClock.now_ms();
    let (born_ms, from_ms) = match &kept {
        Some(kept) => (kept.born_ms, kept.filled_until_ms.unwrap_or(now_ms)),
        None => (now_ms, now_ms - i64::from(args.days) * MS_PER_DAY),
    };
    let clock = Arc::new(ManualClock::at(from_ms));
    // Before the store makes its file: whoever finds the file later must know what it is.
    connection::prepare_directory(database)?;
    let mut state = State { project_key: String::new(), born_ms, filled_until_ms: None };
    if kept.is_none() {
        state.write(database)?;
    }
    let store = Store::open(&config.storage, clock.clone())?;
    let project = project::find_or_add(&config.storage, from_ms)?;
    let old_key = kept.as_ref().map(|kept| kept.project_key.as_str());
    state.project_key = project::living_key(&config.storage, project, old_key, from_ms)?;
    if now_ms - from_ms > GAP_MS {
        let history = History { from_ms, to_ms: now_ms, born_ms, project };
        let filled = history::fill(&store, &clock, config, &history, &mut Bar::new(kept.is_some())).await;
        // The clock that went through the history in seconds was moved on purpose.
        store.administer(|file, _| guard::believe(file, now_ms))?;
        store.close().await.map_err(anyhow::Error::msg)?;
        filled?;
        state.filled_until_ms = Some(now_ms);
    } else {
        store.close().await.map_err(anyhow::Error::msg)?;
        state.filled_until_ms = Some(from_ms);
    }
    state.write(database)?;
    Ok(state)
}

/// Gives the administrator a new password, which is told at each start and kept nowhere.
fn give_account(config: &Config) -> anyhow::Result<(i64, String)> {
    let mut password = registry::new_secret("")?;
    password.truncate(PASSWORD_CHARS);
    let hash =
        password_hash::hash(&password).map_err(|_| anyhow::anyhow!("there is not enough memory for a password"))?;
    let file = connection::open_writer(&config.storage)?;
    let account = match account::find(&file, ACCOUNT)? {
        Some(account) => {
            account::set_password(&file, account.id, &hash)?;
            account::enable(&file, account.id)?;
            Some(account.id)
        }
        None => account::add(&file, ACCOUNT, &hash, true, SystemClock.now_ms())?,
    };
    Ok((account.context("the account could not be made")?, password))
}

/// Says where everything is.
fn greet(running: &Running, config: &Config, access: &Access) -> std::io::Result<()> {
    let shop = running.proxy_address.map_or_else(|| "off".to_owned(), |address| format!("http://{address}"));
    let mut out = std::io::stdout().lock();
    writeln!(out, "The demo runs.\n")?;
    writeln!(out, "  shop:       {shop}/  (a sample shop, through the recording proxy)")?;
    writeln!(out, "  dashboard:  http://{}/", running.address)?;
    writeln!(out, "  sign in:    http://{}{}  (once, for a day)", running.address, access.login)?;
    writeln!(out, "              or as {ACCOUNT}, password {}", access.password)?;
    writeln!(out, "  data:       {}", config.storage.path.display())?;
    writeln!(
        out,
        "\nClick around in the shop as {} and find yourself in the dashboard. Ctrl-C ends both.",
        customers::customer(0).name
    )?;
    out.flush()
}

/// How far the history is: a bar on a terminal, a line now and then elsewhere.
struct Bar {
    /// Absent where there is no terminal.
    shown: Option<ProgressBar>,
    what: &'static str,
    told: u64,
}

/// Lines that are written where there is no terminal.
const LINES: u64 = 5;

impl Bar {
    fn new(is_reused: bool) -> Self {
        let what = if is_reused { "Adding what happened since the last time" } else { "Making up a history" };
        let shown = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0).with_message(what);
            let style = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} % {eta}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        Self { shown, what, told: 0 }
    }
}

impl Progress for Bar {
    fn reached(&mut self, done: u64, all: u64) {
        if let Some(bar) = &self.shown {
            bar.set_length(all);
            bar.set_position(done);
            if done >= all {
                bar.finish_and_clear();
            }
            return;
        }
        let part = (done * LINES).checked_div(all).unwrap_or(LINES);
        if part > self.told {
            self.told = part;
            // Nothing is left to be done if even this cannot be written.
            let _ = writeln!(std::io::stderr(), "{}: {} %", self.what, part * 100 / LINES);
        }
    }
}
