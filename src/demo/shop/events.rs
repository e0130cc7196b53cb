//! What the shop's server says to Hearth: purchases, by `POST /track`, as the Datalyr Node SDK does.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::demo::customers::Customer;

/// How long the shop waits for Hearth.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where app events go.
#[derive(Debug, Clone)]
pub struct AppEvents {
    /// `server.listen` of Hearth.
    pub address: SocketAddr,
    pub project_key: String,
}

/// An order.
pub(super) struct Purchase<'a> {
    pub customer: &'a Customer,
    pub order_id: String,
    pub cents: u64,
    pub products: Vec<&'static str>,
    pub pieces: u32,
    /// The browser's session, as the tracker's cookie names it.
    pub session: Option<String>,
}

impl AppEvents {
    /// Tells of an order; done when Hearth has it on the disk.
    pub(super) async fn purchase(&self, purchase: &Purchase<'_>) -> io::Result<()> {
        let now = jiff::Timestamp::now();
        #[expect(clippy::cast_precision_loss, reason = "an amount of a sample shop, in euros")]
        let value = purchase.cents as f64 / 100.0;
        let body = json!({
            "event": "purchase",
            "eventId": purchase.order_id,
            "userId": purchase.customer.id,
            "properties": {
                "value": value, "currency": "EUR", "order_id": purchase.order_id, "product_ids": purchase.products,
                "num_items": purchase.pieces,
            },
            "context": {
                "library": "ember-and-oak", "version": env!("CARGO_PKG_VERSION"), "source": "api",
                "session_id": purchase.session,
            },
            "timestamp": now.to_string(),
        });
        timeout(PATIENCE, self.post(body.to_string())).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    async fn post(&self, body: String) -> io::Result<()> {
        let stream = TokioIo::new(TcpStream::connect(self.address).await?);
        let (mut sender, connection) = http1::handshake(stream).await.map_err(io::Error::other)?;
        let connection = tokio::spawn(connection);
        let request = hyper::Request::post("/track")
            .header(HOST, self.address.to_string())
            .header(CONTENT_TYPE, "application/json")
            .header("x-api-key", &self.project_key)
            .body(Full::new(Bytes::from(body)))
            .map_err(io::Error::other)?;
        let answer = sender.send_request(request).await.map_err(io::Error::other)?;
        connection.abort();
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(io::Error::other(format!("answered {}", answer.status())))
        }
    }
}
