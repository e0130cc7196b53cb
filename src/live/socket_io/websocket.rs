//! The websocket transport: a session's only one, or the one a client that polls moves to.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, Session as Socket};
use tokio::time::timeout;

use super::packet::{PROBE, PROBE_ANSWER, UPGRADE};
use super::refusal::Refusal;
use super::service::SocketIoService;
use super::session::Session;
use crate::live::outgoing::{self, Gone};
use crate::live::pace::MAX_MESSAGE_BYTES;
use crate::live::stop::Stop;

/// How long a client may take for each step of a move.
const MOVE_TIMEOUT: Duration = Duration::from_secs(10);

/// One websocket that carries a session.
struct Carrier {
    service: Arc<SocketIoService>,
    session: Arc<Session>,
    socket: Socket,
    messages: AggregatedMessageStream,
    request: HttpRequest,
    stop: Stop,
}

/// Switches to the websocket protocol, for a new session or for one that moves.
pub fn open(
    request: &HttpRequest,
    payload: web::Payload,
    service: Arc<SocketIoService>,
    session: Option<Arc<Session>>,
) -> Result<HttpResponse, Refusal> {
    let moves = session.is_some();
    let session = match session {
        Some(session) => session,
        None => service.open(true)?,
    };
    let (answer, socket, messages) = actix_ws::handle(request, payload).map_err(|_| Refusal::BadRequest)?;
    let messages =
        messages.max_frame_size(MAX_MESSAGE_BYTES).aggregate_continuations().max_continuation_size(MAX_MESSAGE_BYTES);
    let stop = service.stop_word();
    let carrier = Carrier { service, session, socket, messages, request: request.clone(), stop };
    actix_web::rt::spawn(async move { if moves { carrier.run_moved().await } else { carrier.run_new().await } });
    Ok(answer)
}

impl Carrier {
    async fn run_new(mut self) {
        let handshake = self.session.handshake();
        if self.send(handshake).await.is_ok() {
            self.carry().await;
        }
        self.end().await;
    }

    /// If the move comes to nothing, the client goes on polling.
    async fn run_moved(mut self) {
        if self.take_over().await.is_err() {
            self.session.give_up_move();
            outgoing::close(self.socket, CloseCode::Policy, "the session cannot move").await;
            return;
        }
        self.carry().await;
        self.end().await;
    }

    /// Probe, answer, and the client's word that it has stopped to poll (Engine.IO protocol, "Upgrade").
    async fn take_over(&mut self) -> Result<(), Gone> {
        self.expect(PROBE).await?;
        // From here on polls end at once.
        self.session.begin_move().map_err(|_| Gone)?;
        self.send(PROBE_ANSWER.to_owned()).await?;
        self.expect(UPGRADE).await?;
        self.session.finish_move().map_err(|_| Gone)
    }

    async fn expect(&mut self, packet: &str) -> Result<(), Gone> {
        let received = timeout(MOVE_TIMEOUT, self.receive()).await.map_err(|_| Gone)?;
        if received.as_deref() == Some(packet) { Ok(()) } else { Err(Gone) }
    }

    /// Carries packets both ways until one side ends.
    async fn carry(&mut self) {
        while self.step().await.is_ok() {}
    }

    async fn step(&mut self) -> Result<(), Gone> {
        let session = Arc::clone(&self.session);
        let due = tokio::select! {
            due = session.next() => Some(due.ok_or(Gone)?),
            packet = self.receive() => {
                let packet = packet.ok_or(Gone)?;
                self.service.hear(&session, &packet, &self.request).await.map_err(|_| Gone)?;
                None
            }
        };
        for packet in due.into_iter().flatten() {
            self.send(packet).await?;
        }
        Ok(())
    }

    /// The next text; nothing if the client has left or broken the rules. May be dropped and called again.
    async fn receive(&mut self) -> Option<String> {
        loop {
            match self.messages.recv().await?.ok()? {
                AggregatedMessage::Text(text) => return Some(text.to_string()),
                AggregatedMessage::Ping(bytes) => {
                    self.session.count_packet().ok()?;
                    outgoing::pong(&mut self.socket, &bytes).await.ok()?;
                }
                AggregatedMessage::Pong(_) => self.session.count_packet().ok()?,
                AggregatedMessage::Binary(_) | AggregatedMessage::Close(_) => return None,
            }
        }
    }

    async fn send(&mut self, packet: String) -> Result<(), Gone> {
        outgoing::send(&mut self.socket, packet, &mut self.stop).await
    }

    /// The session ends with its websocket.
    async fn end(self) {
        self.service.sessions.remove(&self.session);
        let code = if self.stop.is_said() { CloseCode::Away } else { CloseCode::Normal };
        outgoing::close(self.socket, code, "").await;
    }
}
