//! Sending to a websocket that may not be read.

use actix_ws::{CloseCode, CloseReason, Session};

use super::pace::STALL_LIMIT;
use super::stop::Stop;

/// The watcher is not there any more, or is given up.
#[derive(Debug)]
pub struct Gone;

/// Close code for credentials that ceased to be valid; of the range that is free for applications (RFC 6455
/// section 7.4.2), after HTTP's 401.
pub const CREDENTIALS_ENDED: CloseCode = CloseCode::Other(4401);

/// Sends a text as soon as there is room. It waits while the watcher does not read, but not longer than
/// [`STALL_LIMIT`]: what happens meanwhile stays in the topic and is not lost if the watcher goes on in time.
pub async fn send(session: &mut Session, text: String, stop: &mut Stop) -> Result<(), Gone> {
    tokio::select! {
        biased;
        sent = session.text(text) => sent.map_err(|_| Gone),
        () = stop.said() => Err(Gone),
        () = tokio::time::sleep(STALL_LIMIT) => Err(Gone),
    }
}

/// Answers a question of the watcher's.
pub async fn pong(session: &mut Session, question: &[u8]) -> Result<(), Gone> {
    tokio::select! {
        biased;
        sent = session.pong(question) => sent.map_err(|_| Gone),
        () = std::future::ready(()) => Ok(()),
    }
}

/// Asks the watcher whether it is still there; full buffers mean that it will find the question later anyway.
pub async fn ping(session: &mut Session) -> Result<(), Gone> {
    tokio::select! {
        biased;
        sent = session.ping(b"") => sent.map_err(|_| Gone),
        () = std::future::ready(()) => Ok(()),
    }
}

/// Says why and closes. A watcher whose buffers are full is not told.
pub async fn close(session: Session, code: CloseCode, description: &str) {
    let reason = CloseReason { code, description: Some(description.to_owned()) };
    tokio::select! {
        biased;
        _ = session.close(Some(reason)) => {}
        () = std::future::ready(()) => {}
    }
}
