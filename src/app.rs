//! The composition root: what the parts are, how they are tied together, and in which order they end.
//!
//! Start: store (migrated, writer running), services, listener. Stop, on SIGTERM, Ctrl-C or a writer that
//! gave up: doors whose senders come back say so, watchers are sent away, no new connections, requests under way finish (each batch among them is answered by the
//! writer), then the writer writes what waits and tidies the file.

mod reloading;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use actix_web::App;
use actix_web::dev::ServerHandle;
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::Data;
use anyhow::Context as _;
use arc_swap::ArcSwap;
use tokio::task::JoinHandle;

use crate::api::metrics::MetricsToken;
use crate::api::service::ApiService;
use crate::backup::service::Backups;
use crate::backup::upgrade::upgrade;
use crate::backup::watch::{Phase, Watch};
use crate::config::{AddressPolicy, Config, Loaded, Setting, effective_settings};
use crate::dashboard::service::{Dashboard, ShownConfig};
use crate::domain::clock::{Clock, SharedClock, SystemClock};
use crate::domain::id::ProjectId;
use crate::http;
use crate::http::access_log::log_access;
use crate::http::accounts::cookies::Cookies;
use crate::http::accounts::service::Accounts;
use crate::http::accounts::sessions::Sessions;
use crate::http::accounts::set_up;
use crate::http::accounts::share_cookie::ShareCookies;
use crate::http::dashboard_access::DashboardAccess;
use crate::http::installation::{Installation, millis};
use crate::http::live_figures::LiveFigures;
use crate::http::own_origin::OwnOrigin;
use crate::http::read_access::ReadAccess;
use crate::http::refusals::Refusals;
use crate::http::request_figures::measure;
use crate::http::request_id::name_request;
use crate::http::shared_origins::SharedOrigins;
use crate::http::stopping::Stopping;
use crate::http::tls::Tls;
use crate::identity::address_hash::AddressHashes;
use crate::identity::client_address::TrustedProxies;
use crate::identity::clients::Clients;
use crate::identity::country::Countries;
use crate::intake::datalyr::service::DatalyrService;
use crate::intake::heat::service::HeatService;
use crate::intake::traffic::read::service::DashboardService;
use crate::intake::traffic::recording::Recording;
use crate::live::services::Live;
use crate::proxy::{self, ProxyService};
use crate::query::public_id::PublicIds;
use crate::query::traffic::known_routes::known_routes;
use crate::routes;
use crate::store::connection::with_suffix;
use crate::store::registry::{self, Secret};
use crate::store::retention::Rules;
use crate::store::{Store, StoreError, workspaces};

use self::reloading::{Reloading, watch_files};

pub use self::reloading::Reloaded;

/// Name of the project that the first start makes.
const FIRST_PROJECT: &str = "Default";

/// A running Hearth.
pub struct Running {
    pub address: SocketAddr,
    /// The secrets of the first project, if this start made it; they are not kept in clear.
    pub first_project: Option<FirstProject>,
    /// Where the first administrator is made, while there is none.
    pub setup_url: Option<String>,
    pub accounts: Data<Accounts>,
    pub store: Store,
    /// Where the app is reached through the proxy, if there is one.
    pub proxy_address: Option<SocketAddr>,
    /// Where monitoring systems ask, if they have a listener of their own.
    pub metrics_address: Option<SocketAddr>,
    /// How everything is.
    pub installation: Arc<Installation>,
    backups: Arc<Backups>,
    live: Live,
    stopping: Stopping,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
    proxy: Option<RunningProxy>,
    /// Whether our listeners speak HTTPS.
    pub is_tls: bool,
    reloading: Reloading,
    watch: JoinHandle<()>,
    monitoring: Option<RunningServer>,
}

/// A server that is ended by itself.
struct RunningServer {
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
}

/// The proxy's own server, and the thread that makes records of what it sees.
struct RunningProxy {
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
    recording: Recording,
}

/// What the first start tells and no later one can.
#[derive(Debug, Clone)]
pub struct FirstProject {
    pub project_key: String,
    pub read_token: String,
    /// No secret, but asked for at the same time.
    pub workspace_id: String,
}

/// Starts everything. Blocks while the file is opened and migrated.
pub fn start(config: &Config) -> anyhow::Result<Running> {
    start_at(config, Arc::new(SystemClock))
}

/// Starts everything with a configuration that knows where its values came from, and can show it.
pub fn start_loaded(loaded: &Loaded) -> anyhow::Result<Running> {
    start_with(&loaded.config, Arc::new(SystemClock), effective_settings(loaded)?)
}

/// Starts everything by a clock of the caller's.
pub fn start_at(config: &Config, clock: SharedClock) -> anyhow::Result<Running> {
    let unknown_origins = Loaded { config: config.clone(), origins: BTreeMap::new(), file: None };
    start_with(config, clock, effective_settings(&unknown_origins)?)
}

fn start_with(config: &Config, clock: SharedClock, settings: Vec<Setting>) -> anyhow::Result<Running> {
    // Before anything is made: files that cannot be used are a mistake in the configuration.
    let tls = Tls::from_config(&config.server)?;
    warn_if_open(config);
    // Early, so that a port in use is found before anything is made that is told only once.
    let ports = Ports::bind(config)?;
    Parts::make(config, clock, settings, &ports)?.serve(config, ports, tls)
}

/// Where everybody is answered.
struct Ports {
    own: TcpListener,
    /// The proxy's, if there is anything to stand in front of.
    proxy: Option<TcpListener>,
    /// That of monitoring systems, if they have one of their own.
    monitoring: Option<TcpListener>,
}

impl Ports {
    fn bind(config: &Config) -> anyhow::Result<Self> {
        let bind = |address| TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"));
        Ok(Self {
            own: bind(config.server.listen)?,
            proxy: config.proxy.is_on().then(|| bind(config.proxy.listen)).transpose()?,
            monitoring: config.metrics.listen.map(bind).transpose()?,
        })
    }
}

/// Everything that answers, before there is anybody to be answered.
struct Parts {
    clock: SharedClock,
    store: Store,
    backups: Arc<Backups>,
    clients: Clients,
    stopping: Stopping,
    installation: Arc<Installation>,
    accounts: Data<Accounts>,
    setup_url: Option<String>,
    first_project: Option<FirstProject>,
    /// The project into which requests are recorded.
    recorded_project: ProjectId,
    live: Live,
    heat: Data<HeatService>,
    datalyr: Data<DatalyrService>,
    api: Data<ApiService>,
    dashboard: Data<DashboardService>,
    pages: Data<Dashboard>,
    shown: Arc<ArcSwap<ShownConfig>>,
}

impl Parts {
    fn make(config: &Config, clock: SharedClock, settings: Vec<Setting>, ports: &Ports) -> anyhow::Result<Self> {
        let (store, backups) = open_store(config, &clock)?;
        store.keep(Rules::of(&config.retention));
        let clients = clients(config, clock.as_ref())?;
        let sessions = Arc::new(sessions(config, &store, &clock, &clients.proxies));
        let access = Arc::new(ReadAccess::new(config.heat.open_reads, Arc::clone(&sessions)));
        let (accounts, setup_url) = set_up(config, sessions, &clients.proxies, ports.own.local_addr()?)?;
        let first_project = make_first_project(config, clock.as_ref())?;
        let recorded_project = store
            .read(|file| Ok(registry::find_project_named(file, &config.traffic.project)?))?
            .with_context(|| format!("traffic.project: there is no project {:?}", config.traffic.project))?;
        let dashboard = traffic_dashboard(config, recorded_project, &store, &clock, &access, &clients.proxies);
        let live_figures = Arc::new(LiveFigures::default());
        let live = Live::new(config, &store, &access, &dashboard.access, Arc::clone(&live_figures));
        let (refusals, stopping) = (Arc::new(Refusals::default()), Stopping::default());
        let datalyr = DatalyrService::new(
            config,
            store.clone(),
            Arc::clone(&clock),
            clients.clone(),
            Arc::clone(&refusals),
            stopping.clone(),
        );
        let heat = HeatService::new(
            config,
            store.clone(),
            Arc::clone(&clock),
            clients.clone(),
            Arc::clone(&access),
            Arc::clone(&refusals),
        )
        .context("the [heat.jwt] configuration cannot work")?;
        let installation = Arc::new(Installation {
            store: store.clone(),
            started_at_ms: clock.now_ms(),
            clock: Arc::clone(&clock),
            proxy: Arc::default(),
            refusals,
            requests: Arc::default(),
            live: live_figures,
            upkeep: Arc::default(),
            backups: Arc::clone(&backups),
            stopping: stopping.clone(),
            no_data_after: config.metrics.no_data_after,
            jwt: heat.jwt.clone(),
        });
        let shown = Arc::new(ArcSwap::from_pointee(ShownConfig { settings, ..ShownConfig::default() }));
        let recorded = ports.proxy.as_ref().map(|_| recorded_project);
        let pages = pages(config, &installation, Arc::clone(&shown), clients.clone(), recorded);
        Ok(Self {
            api: Data::new(api(config, &installation, access)),
            pages: Data::new(pages),
            heat: Data::new(heat),
            datalyr: Data::new(datalyr),
            dashboard: Data::new(dashboard),
            clock,
            store,
            backups,
            clients,
            stopping,
            installation,
            accounts,
            setup_url,
            first_project,
            recorded_project,
            live,
            shown,
        })
    }

    /// Opens the doors.
    fn serve(self, config: &Config, ports: Ports, tls: Option<Tls>) -> anyhow::Result<Running> {
        let address = ports.own.local_addr()?;
        let proxy_address = ports.proxy.as_ref().map(TcpListener::local_addr).transpose()?;
        let metrics_address = ports.monitoring.as_ref().map(TcpListener::local_addr).transpose()?;
        let origins = SharedOrigins::new(&config.heat.allowed_origins);
        let (handle, server) = self.serve_own(config, ports.own, &origins, tls.clone())?;
        let edge = Edge { clients: self.clients.clone(), tls: tls.clone(), origins: origins.clone() };
        let proxy = ports.proxy.map(|listener| self.serve_proxy(config, listener, edge)).transpose()?;
        let monitoring =
            ports.monitoring.map(|listener| start_monitoring(config, listener, &self.installation)).transpose()?;
        let certificate = tls.as_ref().map(|tls| Arc::clone(tls.certificate()));
        let watch = watch_files(certificate, self.clients.countries.clone());
        Ok(Running {
            is_tls: tls.is_some(),
            reloading: Reloading {
                config: Mutex::new(config.clone()),
                shown: self.shown,
                clock: self.clock,
                tls,
                clients: self.clients,
                heat: self.heat,
                datalyr: self.datalyr,
                origins,
            },
            watch,
            address,
            first_project: self.first_project,
            setup_url: self.setup_url,
            accounts: self.accounts,
            store: self.store,
            proxy_address,
            metrics_address,
            installation: self.installation,
            backups: self.backups,
            live: self.live,
            stopping: self.stopping,
            handle,
            server,
            proxy,
            monitoring,
        })
    }

    /// Starts the server of the own listener.
    fn serve_own(
        &self,
        config: &Config,
        listener: TcpListener,
        origins: &SharedOrigins,
        tls: Option<Tls>,
    ) -> anyhow::Result<(ServerHandle, JoinHandle<std::io::Result<()>>)> {
        let (heat, datalyr, api) = (self.heat.clone(), self.datalyr.clone(), self.api.clone());
        let (pages, dashboard, accounts) = (self.pages.clone(), self.dashboard.clone(), self.accounts.clone());
        let installation = Data::from(Arc::clone(&self.installation));
        let requests = Data::from(Arc::clone(&self.installation.requests));
        let (origins, mounted, live) = (origins.clone(), config.traffic.dashboard.clone(), self.live.clone());
        let (logs_access, metrics_token) = (config.log.access, MetricsToken::new(&config.metrics.token));
        let app = move || {
            App::new()
                .app_data(installation.clone())
                .app_data(requests.clone())
                .app_data(heat.clone())
                .app_data(datalyr.clone())
                .app_data(api.clone())
                .app_data(pages.clone())
                .app_data(accounts.clone())
                .app_data(dashboard.clone())
                .wrap(Condition::new(logs_access, from_fn(log_access)))
                .wrap(from_fn(measure))
                .wrap(from_fn(name_request))
                .configure(|services| {
                    if let Some(token) = metrics_token.clone() {
                        routes::configure_metrics(services, token);
                    }
                    routes::configure(services, &origins, &mounted, &live);
                })
        };
        let server = http::server::listen(builder(config), listener, &config.server, tls, app)?.run();
        Ok((server.handle(), tokio::spawn(server)))
    }

    /// Starts the recorder and the proxy, which serves the collector below `/_hearth/`.
    fn serve_proxy(&self, config: &Config, listener: TcpListener, edge: Edge) -> anyhow::Result<RunningProxy> {
        let project = self.recorded_project;
        let (store, clock, state) = (&self.store, Arc::clone(&self.clock), Arc::clone(&self.installation.proxy));
        let (heat, datalyr) = (self.heat.clone(), self.datalyr.clone());
        let requests = Data::from(Arc::clone(&self.installation.requests));
        let projects = store.read(|file| {
            let named = config.proxy.upstreams.iter().map(|upstream| match upstream.project.as_str() {
                "" => Ok(Some(project)),
                name => registry::find_project_named(file, name),
            });
            Ok(named.collect::<Result<Vec<_>, _>>()?)
        })?;
        let named = config.proxy.upstreams.iter().map(|upstream| &upstream.project);
        let projects = projects.into_iter().zip(named).map(|(found, name)| {
            found.with_context(|| format!("proxy.upstreams.project: there is no project {name:?}"))
        });
        let projects = projects.collect::<anyhow::Result<Vec<_>>>()?;
        let (now_ms, limit) = (clock.now_ms(), config.traffic.max_routes);
        let stored_routes = store.read(|file| known_routes(file, now_ms, limit))?;
        let (recorder, recording) =
            Recording::start(&config.traffic, store.clone(), clock, Arc::clone(&state), stored_routes)?;
        let logs_access = config.log.access;
        let service = ProxyService::new(config, &projects, project, recorder, state, edge.clients, edge.tls)?;
        let origins = edge.origins;
        let builder = actix_server::Server::build()
            .disable_signals()
            .shutdown_timeout(config.server.shutdown_timeout.as_secs().max(1));
        let server = proxy::listen(builder, listener, service, move || {
            App::new()
                .app_data(heat.clone())
                .app_data(datalyr.clone())
                .app_data(requests.clone())
                .wrap(Condition::new(logs_access, from_fn(log_access)))
                .wrap(from_fn(measure))
                .wrap(from_fn(name_request))
                .configure(|services| routes::configure_reserved(services, &origins))
        })?
        .run();
        Ok(RunningProxy { handle: server.handle(), server: tokio::spawn(server), recording })
    }
}

/// Who asks, and what is kept of that.
fn clients(config: &Config, clock: &dyn Clock) -> anyhow::Result<Clients> {
    let salt = with_suffix(&config.storage.path, ".salt");
    let addresses = AddressHashes::open(&salt, clock.now_ms(), asked_for_ms(config))
        .with_context(|| format!("cannot read or write the salt for addresses at {}", salt.display()))?;
    Ok(Clients {
        proxies: TrustedProxies::new(&config.server.trusted_proxies),
        addresses: Arc::new(addresses),
        countries: Countries::open(&config.geo),
    })
}

/// What answers programs.
fn api(config: &Config, installation: &Arc<Installation>, access: Arc<ReadAccess>) -> ApiService {
    ApiService {
        public_ids: PublicIds::new(installation.store.install_secret()),
        store: installation.store.clone(),
        installation: Arc::clone(installation),
        attribution_window_ms: millis(config.datalyr.attribution_window),
        document: routes::document(&config.traffic.dashboard),
        started_at_ms: installation.started_at_ms,
        proxy: Arc::clone(&installation.proxy),
        backups: Arc::clone(&installation.backups),
        clock: Arc::clone(&installation.clock),
        access,
        refusals: Arc::clone(&installation.refusals),
    }
}

/// What answers people.
fn pages(
    config: &Config,
    installation: &Arc<Installation>,
    shown: Arc<ArcSwap<ShownConfig>>,
    clients: Clients,
    recorded_project: Option<ProjectId>,
) -> Dashboard {
    Dashboard {
        store: installation.store.clone(),
        clock: Arc::clone(&installation.clock),
        public_ids: PublicIds::new(installation.store.install_secret()),
        proxy: Arc::clone(&installation.proxy),
        refusals: Arc::clone(&installation.refusals),
        backups: Arc::clone(&installation.backups),
        started_at_ms: installation.started_at_ms,
        installation: Arc::clone(installation),
        public_url: config.server.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()),
        attribution_window_ms: millis(config.datalyr.attribution_window),
        config: shown,
        clients,
        recorded_project,
    }
}

/// The server of the own listener.
fn builder(config: &Config) -> actix_server::ServerBuilder {
    let workers = match config.server.workers {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        workers => workers,
    };
    actix_server::Server::build()
        .workers(workers)
        .max_concurrent_connections(config.server.max_connections.div_ceil(workers))
        .shutdown_timeout(config.server.shutdown_timeout.as_secs().max(1))
        // The process decides when to stop; see `Running::stop`.
        .disable_signals()
}

/// Who may see express-sequelize-traffic's dashboard, and what of it is switched on.
fn traffic_dashboard(
    config: &Config,
    project: ProjectId,
    store: &Store,
    clock: &SharedClock,
    access: &Arc<ReadAccess>,
    proxies: &TrustedProxies,
) -> DashboardService {
    DashboardService {
        store: store.clone(),
        clock: Arc::clone(clock),
        access: Arc::new(DashboardAccess::new(
            &config.traffic.dashboard,
            project,
            Arc::clone(access),
            proxies.clone(),
            Arc::clone(clock),
        )),
        config: config.traffic.dashboard.clone(),
    }
}

/// Who is behind a cookie.
fn sessions(config: &Config, store: &Store, clock: &SharedClock, proxies: &TrustedProxies) -> Sessions {
    let is_tls = config.server.tls_key.is_some();
    Sessions {
        store: store.clone(),
        clock: Arc::clone(clock),
        lifetime: Sessions::lifetime_of(&config.accounts),
        cookies: Cookies::new(config.server.public_url.as_ref(), proxies.clone(), is_tls),
        origin: OwnOrigin::new(config.server.public_url.as_ref()),
        shares: Arc::new(ShareCookies::new(store.install_secret())),
    }
}

/// The accounts; and the link of the set-up, also in a file, if there is no administrator yet.
fn set_up(
    config: &Config,
    sessions: Arc<Sessions>,
    proxies: &TrustedProxies,
    address: SocketAddr,
) -> anyhow::Result<(Data<Accounts>, Option<String>)> {
    let file = with_suffix(&config.storage.path, ".setup-url");
    let cannot = || format!("cannot write the set-up link to {}", file.display());
    let public_url = config.server.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
    let token = set_up::new_token(&sessions.store)?;
    let url = token.map(|token| {
        let scheme = if config.server.tls_key.is_some() { "https" } else { "http" };
        format!("{}/setup?token={token}", public_url.unwrap_or_else(|| format!("{scheme}://{}", reached(address))))
    });
    match &url {
        Some(url) => set_up::write_link(&file, url).with_context(cannot)?,
        None => set_up::remove_link(&file).with_context(cannot)?,
    }
    let accounts = Accounts::new(sessions, proxies.clone(), config.accounts.totp_issuer.clone(), file)
        .map_err(|_| anyhow::anyhow!("there is not enough memory to check passwords"))?;
    Ok((Data::new(accounts), url))
}

/// An address that a browser on this machine can open: nobody can open "all addresses".
fn reached(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V4(_) => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(_) => (Ipv6Addr::LOCALHOST, address.port()).into(),
    }
}

/// What the proxy's connections go through.
struct Edge {
    clients: Clients,
    tls: Option<Tls>,
    origins: SharedOrigins,
}

/// Says where passwords and visitors' data would cross a network in the clear. Not refused: the network may be a tunnel, or
/// a container's own (trust.md 5).
fn warn_if_open(config: &Config) {
    let server = &config.server;
    if server.tls_key.is_some() || !server.trusted_proxies.is_empty() {
        return;
    }
    for (key, address) in [("server.listen", server.listen), ("proxy.listen", config.proxy.listen)] {
        let is_used = key == "server.listen" || config.proxy.is_on();
        if is_used && !address.ip().is_loopback() {
            tracing::warn!(
                key,
                %address,
                "answers the network without TLS: set server.tls_certificate and server.tls_key, or put a reverse proxy \
                 in front and name it in server.trusted_proxies"
            );
        }
    }
}

/// Starts the server of monitoring systems. It tells how everything is until everything has ended.
fn start_monitoring(
    config: &Config,
    listener: TcpListener,
    installation: &Arc<Installation>,
) -> anyhow::Result<RunningServer> {
    let installation = Data::from(Arc::clone(installation));
    let builder = actix_server::Server::build().workers(1).disable_signals().shutdown_timeout(1);
    let server = http::server::listen(builder, listener, &config.server, None, move || {
        App::new().app_data(installation.clone()).wrap(from_fn(name_request)).configure(routes::configure_monitoring)
    })?
    .run();
    Ok(RunningServer { handle: server.handle(), server: tokio::spawn(server) })
}

impl Running {
    /// Goes on with another configuration, as far as that is possible without a restart.
    ///
    /// # Errors
    /// Everything that is wrong with it; then nothing has changed.
    pub fn reload(&self, loaded: &Loaded) -> Result<Reloaded, Vec<String>> {
        let reloaded = self.reloading.reload(loaded, |config| match &self.proxy {
            Some(proxy) => proxy.recording.change(&config.traffic).map_err(|error| error.to_string()),
            None => Ok(()),
        })?;
        self.store.keep(Rules::of(&loaded.config.retention));
        Ok(reloaded)
    }

    /// Notes for the dashboard that a configuration was read again and is wrong.
    pub fn refuse_reload(&self, mistakes: Vec<String>) {
        self.reloading.refuse(mistakes);
    }

    /// Asks for a copy of the database, which is made beside everything else.
    pub fn backup_now(&self) {
        self.backups.ask();
    }

    /// Ends in order; an error if the writer had given up.
    pub async fn stop(self) -> Result<(), String> {
        self.watch.abort();
        self.stopping.begin();
        self.live.stop();
        self.backups.stop().await;
        let proxy = async {
            if let Some(proxy) = self.proxy {
                proxy.handle.stop(true).await;
                let _ = proxy.server.await;
                proxy.recording.stop().await;
            }
        };
        let own = async {
            self.handle.stop(true).await;
            // The server's own result says nothing that its stop did not.
            let _ = self.server.await;
        };
        // At once, so that both have all of `shutdown_timeout` and the process takes no longer than that.
        tokio::join!(proxy, own);
        let result = self.store.close().await;
        if let Some(monitoring) = self.monitoring {
            monitoring.handle.stop(false).await;
            let _ = monitoring.server.await;
        }
        result
    }
}

/// Opens the file, and lets copies of it be made from now on. A file of an older Hearth is brought to our schema first, with
/// a copy from before; what that does is in the log.
fn open_store(config: &Config, clock: &SharedClock) -> anyhow::Result<(Store, Arc<Backups>)> {
    let mut follow = |_: Phase, _, _| {};
    let mut watch = Watch { follow: &mut follow, stop: Arc::default() };
    upgrade(&config.storage, &config.backup, clock.now_ms(), &mut watch)?;
    let store = Store::open(&config.storage, Arc::clone(clock))?;
    let backups = Backups::start(config, Arc::clone(clock)).context("cannot start the thread of backups")?;
    Ok((store, backups))
}

/// How far into a day yesterday's addresses may be asked for, in milliseconds (datalyr.md 7.6).
fn asked_for_ms(config: &Config) -> i64 {
    match config.privacy.address {
        AddressPolicy::Hashed => i64::try_from(config.datalyr.download_window.as_millis()).unwrap_or(i64::MAX),
        AddressPolicy::None => 0,
    }
}

/// Makes the first project of a new file; gives the projects of an old one what they lack.
fn make_first_project(config: &Config, clock: &dyn Clock) -> Result<Option<FirstProject>, StoreError> {
    let mut connection = crate::store::connection::open_writer(&config.storage)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    if registry::count_projects(&transaction)? > 0 {
        workspaces::name_all(&transaction)?;
        transaction.commit()?;
        return Ok(None);
    }
    let now_ms = clock.now_ms();
    let project = registry::add_project(&transaction, FIRST_PROJECT, now_ms)?.project;
    let first_project = FirstProject {
        project_key: registry::create_secret(&transaction, Secret::ProjectKey, project, now_ms)?,
        read_token: registry::create_secret(&transaction, Secret::ReadToken, project, now_ms)?,
        workspace_id: registry::workspace_id(&transaction, project)?.unwrap_or_default(),
    };
    transaction.commit()?;
    Ok(Some(first_project))
}
