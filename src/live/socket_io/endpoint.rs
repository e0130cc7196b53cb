//! One request: which transport, which session. The order of checks is that of Engine.IO's server.

use std::sync::Arc;

use actix_http::ws::verify_handshake;
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

use super::refusal::Refusal;
use super::service::SocketIoService;
use super::session::Session;
use super::{polling, websocket};
use crate::js::query_string::{Parameter, QueryString};

/// Engine.IO's version.
const VERSION: &str = "4";

/// What carries packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Polling,
    Websocket,
}

/// Answers `<mount path>/socket.io/`.
pub async fn serve(request: HttpRequest, payload: web::Payload, service: web::Data<SocketIoService>) -> HttpResponse {
    match answer(&request, payload, service.into_inner()).await {
        Ok(answer) => answer,
        Err(refusal) => refusal.answer(),
    }
}

async fn answer(
    request: &HttpRequest,
    payload: web::Payload,
    service: Arc<SocketIoService>,
) -> Result<HttpResponse, Refusal> {
    let query = QueryString::parse(request.query_string());
    let text = |name: &str| match query.get(name) {
        Some(Parameter::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let transport = match text("transport") {
        Some("websocket") => Transport::Websocket,
        Some("polling") if service.has_polling() => Transport::Polling,
        _ => return Err(Refusal::UnknownTransport),
    };
    if !service.allows_origin(request) {
        return Err(Refusal::Forbidden);
    }
    let session = match query.get("sid") {
        None => None,
        Some(Parameter::Text(id)) => Some(service.sessions.find(id).ok_or(Refusal::UnknownSession)?),
        Some(_) => return Err(Refusal::UnknownSession),
    };
    if session.is_none() {
        if request.method() != Method::GET {
            return Err(Refusal::BadHandshakeMethod);
        }
        if text("EIO") != Some(VERSION) {
            return Err(Refusal::UnsupportedVersion);
        }
    }
    match transport {
        Transport::Websocket => {
            verify_handshake(request.head()).map_err(|_| Refusal::BadRequest)?;
            websocket::open(request, payload, service, session)
        }
        Transport::Polling => poll(request, payload, service, session).await,
    }
}

async fn poll(
    request: &HttpRequest,
    payload: web::Payload,
    service: Arc<SocketIoService>,
    session: Option<Arc<Session>>,
) -> Result<HttpResponse, Refusal> {
    match (session, request.method()) {
        (None, _) => {
            let session = service.open(false)?;
            Ok(polling::packets(&[session.handshake()]))
        }
        (Some(session), &Method::GET) => polling::get(&session).await,
        (Some(session), &Method::POST) => polling::post(request, payload, &service, &session).await,
        (Some(_), _) => Err(Refusal::BadRequest),
    }
}
