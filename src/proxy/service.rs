//! The proxy as a service of a server: built once, run by each worker.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_http::Request;
use actix_http::body::MessageBody;
use actix_server::{GracefulShutdownSignal, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactory, fn_factory, fn_service};
use actix_web::Error;
use actix_web::dev::{AppConfig, ServiceResponse};
use tokio::net::TcpStream;

use crate::config::Config;
use crate::domain::id::ProjectId;
use crate::http::guard::Limits;
use crate::http::proxy_state::ProxyState;
use crate::http::tls::Tls;
use crate::identity::clients::Clients;
use crate::intake::traffic::recorder::Recorder;

use super::address_limit::AddressLimit;
use super::connect::{Connector, trusts};
use super::connection::serve;
use super::reserved;
use super::upstreams::Upstreams;
use super::worker::Worker;

/// How long before the server breaks off its connections the proxy does it itself, so that it can record that.
const BEFORE_THE_SERVER: Duration = Duration::from_millis(500);

/// Everything the proxy needs; cheap to clone, one for all workers.
#[derive(Clone)]
pub struct ProxyService {
    shared: Arc<Shared>,
    recorder: Recorder,
}

/// Why a proxy cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ProxySetupError {
    #[error("the URL of an upstream has no usable host")]
    Upstream,
    #[error("TLS to upstreams: {0}")]
    Tls(String),
}

/// What all workers read.
pub(super) struct Shared {
    pub(super) upstreams: Upstreams,
    pub(super) settings: Settings,
    pub(super) connector: Connector,
    pub(super) clients: Clients,
    pub(super) addresses: Arc<AddressLimit>,
    pub(super) state: Arc<ProxyState>,
    /// Project of requests that no upstream is for.
    pub(super) project: ProjectId,
    /// Absent: plain HTTP.
    pub(super) tls: Option<Tls>,
    guard: Arc<Limits>,
    workers: usize,
    max_connections: usize,
}

/// The limits of an exchange.
pub(super) struct Settings {
    pub(super) max_body_bytes: u64,
    pub(super) max_head_bytes: usize,
    pub(super) max_fields: usize,
    pub(super) response_timeout: Duration,
    pub(super) stream_timeout: Duration,
    pub(super) tunnel_timeout: Duration,
    /// `None` is any time.
    pub(super) total_timeout: Option<Duration>,
    pub(super) upstream_keep_alive: Duration,
    pub(super) upstream_max_idle: usize,
    pub(super) drain_timeout: Duration,
}

impl ProxyService {
    /// The proxy that `[proxy]` describes. `projects` belong to `proxy.upstreams`, in the same order; `project` to
    /// `proxy.upstream` and to requests that are for none.
    pub fn new(
        config: &Config,
        projects: &[ProjectId],
        project: ProjectId,
        recorder: Recorder,
        state: Arc<ProxyState>,
        clients: Clients,
        tls: Option<Tls>,
    ) -> Result<Self, ProxySetupError> {
        let proxy = &config.proxy;
        let upstreams = Upstreams::new(proxy, projects, project).ok_or(ProxySetupError::Upstream)?;
        let trusts = if upstreams.need_tls() {
            trusts(proxy.upstream_ca.as_deref()).map_err(ProxySetupError::Tls)?
        } else {
            Vec::new()
        };
        state.name_upstreams(upstreams.names());
        let bytes = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        let workers = match config.server.workers {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            workers => workers,
        };
        let shared = Shared {
            upstreams,
            settings: Settings {
                max_body_bytes: proxy.max_body_bytes,
                max_head_bytes: bytes(proxy.max_head_bytes),
                max_fields: proxy.max_fields,
                response_timeout: proxy.response_timeout,
                stream_timeout: proxy.stream_timeout,
                tunnel_timeout: proxy.tunnel_timeout,
                total_timeout: Some(proxy.total_timeout).filter(|timeout| !timeout.is_zero()),
                upstream_keep_alive: proxy.upstream_keep_alive,
                upstream_max_idle: proxy.upstream_max_idle,
                drain_timeout: config
                    .server
                    .shutdown_timeout
                    .max(Duration::from_secs(1))
                    .saturating_sub(BEFORE_THE_SERVER),
            },
            connector: Connector { timeout: proxy.connect_timeout, trusts },
            clients,
            addresses: AddressLimit::new(proxy.max_connections_per_address),
            state,
            project,
            tls,
            guard: Arc::new(Limits {
                max_head_bytes: bytes(proxy.max_head_bytes),
                max_fields: proxy.max_fields,
                max_target_bytes: bytes(proxy.max_target_bytes),
                head_timeout: proxy.head_timeout,
                client_timeout: proxy.client_timeout,
                min_body_rate: proxy.min_body_rate,
                upgrades: proxy.upgrades.iter().map(|protocol| protocol.to_ascii_lowercase()).collect(),
                keep_alive: Some(proxy.keep_alive),
            }),
            workers,
            max_connections: proxy.max_connections,
        };
        Ok(Self { shared: Arc::new(shared), recorder })
    }
}

impl Shared {
    pub(super) fn guard_limits(&self) -> Arc<Limits> {
        Arc::clone(&self.guard)
    }
}

/// Has a server accept the proxy's connections; `reserved` makes the app that answers below `/_hearth/`.
///
/// Sets the server's number of workers and connections. The proxy stops when the server is stopped gracefully.
pub fn listen<F, I, S, B>(
    builder: ServerBuilder,
    listener: TcpListener,
    service: ProxyService,
    reserved: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::InitError: std::fmt::Debug,
    B: MessageBody + 'static,
{
    let signal = builder.graceful_shutdown_signal();
    let workers = service.shared.workers;
    let builder = builder
        .workers(workers)
        // Counted per worker; the operating system spreads connections, so each gets its share.
        .max_concurrent_connections(service.shared.max_connections.div_ceil(workers));
    builder.listen("proxy", listener, move || factory(service.clone(), signal.clone(), reserved.clone()))
}

fn factory<F, I, S, B>(
    service: ProxyService,
    signal: GracefulShutdownSignal,
    reserved: F,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = (), InitError = ()>
where
    F: Fn() -> I + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::InitError: std::fmt::Debug,
    B: MessageBody + 'static,
{
    fn_factory(move || {
        let (service, signal, reserved) = (service.clone(), signal.clone(), reserved.clone());
        async move {
            let reserved = reserved().into_factory().new_service(AppConfig::default()).await.map_err(|error| {
                tracing::error!(?error, "the app below /_hearth/ cannot be built");
            })?;
            let reserved = reserved::erased(reserved);
            let worker = Worker::start(Arc::clone(&service.shared), service.recorder.clone(), signal);
            Ok(fn_service(move |stream: TcpStream| {
                let serving = serve(worker.clone(), reserved.clone(), stream);
                async move {
                    serving.await;
                    Ok(())
                }
            }))
        }
    })
}
