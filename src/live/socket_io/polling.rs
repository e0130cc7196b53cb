//! HTTP long polling: a GET waits for packets, a POST brings some.

use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::packet::{self, CLOSE, SEPARATOR};
use super::refusal::Refusal;
use super::service::SocketIoService;
use super::session::{Half, Session};
use crate::http::body::{self, BodyLimits};
use crate::live::pace::MAX_MESSAGE_BYTES;

/// What a POST may cost.
const BODY: BodyLimits = BodyLimits { max_bytes: MAX_MESSAGE_BYTES as u64, timeout: Duration::from_secs(10) };

/// Waits for what is due. The ping ends each wait in the end.
pub async fn get(session: &Session) -> Result<HttpResponse, Refusal> {
    let _turn = session.take_turn(Half::Get).map_err(|_| Refusal::BadRequest)?;
    match session.next().await {
        Some(due) => Ok(packets(&due)),
        None => Ok(packets(&[CLOSE.to_owned()])),
    }
}

/// Takes packets of the client. One that breaks the rules ends the session.
pub async fn post(
    request: &HttpRequest,
    payload: web::Payload,
    service: &SocketIoService,
    session: &Session,
) -> Result<HttpResponse, Refusal> {
    let _turn = session.take_turn(Half::Post).map_err(|_| Refusal::BadRequest)?;
    let body = body::read(request, payload, BODY).await;
    let text = body.ok().and_then(|body| String::from_utf8(body).ok());
    let Some(text) = text else {
        service.sessions.remove(session);
        return Err(Refusal::BadRequest);
    };
    for packet in packet::packets(&text) {
        if service.hear(session, packet, request).await.is_err() {
            service.sessions.remove(session);
            return Err(Refusal::BadRequest);
        }
    }
    Ok(text_answer("ok".to_owned()))
}

/// The answer that brings packets.
pub fn packets(packets: &[String]) -> HttpResponse {
    text_answer(packets.join(SEPARATOR.encode_utf8(&mut [0; 4])))
}

fn text_answer(text: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=UTF-8")
        .body(text)
}
