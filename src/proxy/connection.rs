//! One connection of a client, from accept to close.

use std::cell::RefCell;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::http::guard::{Connection, Guarded};
use crate::http::tls::Tls;

use super::exchange::exchange;
use super::forwarded::ClientFields;
use super::reserved::Reserved;
use super::stop::Phase;
use super::watchdog::Watchdog;
use super::worker::Worker;

/// What the exchanges of one connection share.
pub(super) struct Client {
    pub(super) worker: Rc<Worker>,
    pub(super) connection: Connection,
    pub(super) peer: SocketAddr,
    /// Whether the peer is one of `server.trusted_proxies`.
    pub(super) trusted: bool,
    /// Whether the client speaks HTTPS to us.
    pub(super) is_tls: bool,
    pub(super) fields: RefCell<ClientFields>,
    pub(super) watchdog: RefCell<Watchdog>,
    pub(super) reserved: Rc<dyn Reserved>,
}

/// Where an exchange leaves the tunnel it has become; run when HTTP has ended on the connection.
pub(super) type TunnelSlot = Rc<RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>>;

/// Serves a connection to its end.
pub(super) async fn serve(worker: Rc<Worker>, reserved: Rc<dyn Reserved>, stream: TcpStream) {
    let Ok(peer) = stream.peer_addr() else { return };
    let Some(_counted) = worker.shared.addresses.count(peer.ip()) else {
        tracing::debug!("too many connections from one address");
        return;
    };
    let _open = OpenConnection::count(&worker.shared.state.connections);
    // Small responses must not wait for the acknowledgement of earlier ones; without it they are only slower.
    let _ = stream.set_nodelay(true);
    let Ok(stream) = Tls::accept(worker.shared.tls.as_ref(), stream).await else {
        tracing::debug!("a connection ended before its TLS handshake");
        return;
    };
    let is_tls = stream.is_tls();
    let guarded = Guarded::new(stream, peer, worker.shared.guard_limits());
    let connection = guarded.connection();
    let client = Rc::new(Client {
        connection: connection.clone(),
        peer,
        trusted: worker.shared.clients.proxies.trusts(peer.ip()),
        is_tls,
        fields: RefCell::new(ClientFields::new(peer.ip(), is_tls)),
        watchdog: RefCell::default(),
        reserved,
        worker: Rc::clone(&worker),
    });
    let tunnel = TunnelSlot::default();
    let service = service_fn({
        let tunnel = Rc::clone(&tunnel);
        move |request| exchange(Rc::clone(&client), Rc::clone(&tunnel), request)
    });
    let mut http = pin!(server(&worker).serve_connection(TokioIo::new(guarded), service).with_upgrades());
    let mut remembered = Remembered { worker: &worker, name: None };
    let mut is_draining = false;
    // How it ended is known to the exchanges; an idle connection has nothing to tell.
    let _ = poll_fn(|cx| {
        remembered.name.get_or_insert_with(|| worker.stop.remember(cx));
        if !is_draining && worker.stop.phase() != Phase::Running {
            is_draining = true;
            http.as_mut().graceful_shutdown();
        }
        http.as_mut().poll(cx)
    })
    .await;
    if connection.violation().is_some() {
        worker.shared.state.violations.fetch_add(1, Ordering::Relaxed);
    }
    let tunnel = tunnel.borrow_mut().take();
    if let Some(tunnel) = tunnel {
        tunnel.await;
    }
}

/// The library's settings. The guard sees to slow heads, idle connections and half-closed ones.
fn server(worker: &Worker) -> http1::Builder {
    let mut server = http1::Builder::new();
    server.header_read_timeout(None).half_close(false);
    let settings = &worker.shared.settings;
    if settings.max_fields > hyper_default::FIELDS {
        server.max_headers(settings.max_fields);
    }
    if settings.max_head_bytes > hyper_default::BUFFER {
        server.max_buf_size(settings.max_head_bytes);
    }
    server
}

/// What hyper allows without being told (`server::conn::http1::Builder`).
mod hyper_default {
    pub(super) const FIELDS: usize = 100;
    pub(super) const BUFFER: usize = 8192 + 4096 * 100;
}

/// A connection in `ProxyState::connections`.
struct OpenConnection<'a>(&'a AtomicU64);

impl<'a> OpenConnection<'a> {
    fn count(connections: &'a AtomicU64) -> Self {
        connections.fetch_add(1, Ordering::Relaxed);
        Self(connections)
    }
}

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The connection's place among those that hear of a stop.
struct Remembered<'a> {
    worker: &'a Worker,
    name: Option<u64>,
}

impl Drop for Remembered<'_> {
    fn drop(&mut self) {
        if let Some(name) = self.name {
            self.worker.stop.forget(name);
        }
    }
}
