//! A listener for an actix-web app, with the guard between the sockets and actix-http.

use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::body::{BodySize, BoxBody, MessageBody};
use actix_http::{HttpServiceBuilder, KeepAlive, Request, Response, StatusCode};
use actix_rt::net::TcpStream;
use actix_server::ServerBuilder;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, apply_fn_factory, fn_service, map_config,
};
use actix_web::HttpResponse;
use actix_web::dev::{AppConfig, ServiceResponse};
use bytes::Bytes;

use super::guard::{Connection, Exchange, Guarded, Limits};
use super::tls::{ClientStream, Tls};
use crate::config::Server;

/// Most fields of a head: as many as actix-http can take.
const MAX_FIELDS: usize = 96;

const MAX_HEAD_BYTES: usize = 32 * 1024;

const MAX_TARGET_BYTES: usize = 8 * 1024;

/// How long actix-http lets a connection take to close; the guard lingers for a second of it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// Adds a listener to a server, whose workers each make an app of their own. With `tls` it speaks HTTPS only.
///
/// Handlers find their [`Connection`] in the request's connection data. They need not know of it: each request is an
/// exchange until its response has ended, and a 101 makes the connection a tunnel.
pub fn listen<F, I, S, B>(
    builder: ServerBuilder,
    listener: TcpListener,
    config: &Server,
    tls: Option<Tls>,
    app: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: std::fmt::Debug,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let address = listener.local_addr()?;
    let limits = Arc::new(limits(config));
    let keep_alive = config.keep_alive;
    let stopping = builder.graceful_shutdown_signal();
    builder.listen(format!("app on {address}"), listener, move || {
        let stopping = stopping.clone();
        let app = map_config(app(), |()| AppConfig::default());
        let exchanges = apply_fn_factory(app, |request: Request, app: &S::Service| {
            let connection = request.conn_data::<Connection>().cloned();
            let exchange = connection.as_ref().map(Connection::begin_exchange);
            let answer = app.call(request);
            async move {
                let response = answer.await.map_or_else(
                    |error| error.into().error_response(),
                    |response| HttpResponse::from(response).map_into_boxed_body(),
                );
                if let Some(connection) = connection
                    && response.status() == StatusCode::SWITCHING_PROTOCOLS
                {
                    connection.tunnel();
                }
                let response = Response::from(response);
                Ok::<_, S::Error>(response.map_body(|_, body| ExchangedBody { body, _exchange: exchange }))
            }
        })
        .map_err(|error: S::Error| Response::from(error.into().error_response()));
        let (limits, tls) = (Arc::clone(&limits), tls.clone());
        fn_service(move |stream: TcpStream| {
            let (limits, tls) = (Arc::clone(&limits), tls.clone());
            async move { guard(stream, tls.as_ref(), limits).await.map_err(actix_http::error::DispatchError::Io) }
        })
        .and_then(
            HttpServiceBuilder::default()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(KeepAlive::Timeout(keep_alive))
                // The guard sees to every head, not only to the first.
                .client_request_timeout(Duration::ZERO)
                .client_disconnect_timeout(CLOSE_TIMEOUT)
                .local_addr(address)
                .on_connect_ext(|guarded: &Guarded<ClientStream>, known| {
                    known.insert(guarded.connection());
                })
                .h1(exchanges),
        )
    })
}

fn limits(config: &Server) -> Limits {
    Limits {
        max_head_bytes: MAX_HEAD_BYTES,
        max_fields: MAX_FIELDS,
        max_target_bytes: MAX_TARGET_BYTES,
        head_timeout: config.head_timeout,
        client_timeout: config.body_timeout,
        min_body_rate: config.min_body_rate,
        upgrades: Vec::new(),
        keep_alive: None,
    }
}

async fn guard(
    stream: TcpStream,
    tls: Option<&Tls>,
    limits: Arc<Limits>,
) -> io::Result<(Guarded<ClientStream>, Option<std::net::SocketAddr>)> {
    let peer = stream.peer_addr()?;
    // A compressed page is written in pieces, the last of which would wait 40 ms for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let stream = Tls::accept(tls, stream).await?;
    Ok((Guarded::new(stream, peer, limits), Some(peer)))
}

/// A response's body, whose end is the exchange's.
struct ExchangedBody {
    body: BoxBody,
    _exchange: Option<Exchange>,
}

impl MessageBody for ExchangedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
