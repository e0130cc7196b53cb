//! A client and a hyper server with the guard between them, over a pipe.

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::task::JoinHandle;

use crate::http::guard::{Connection, Exchange, Guarded, Limits};

pub(super) type Answer = Response<Text>;

/// Longer than anything here takes, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// The client's end of a connection.
pub(super) struct Peer {
    pub stream: DuplexStream,
    pub connection: Connection,
    /// How hyper ended.
    pub server: JoinHandle<hyper::Result<()>>,
}

/// Connects to a server that answers with `service`; `pipe_bytes` is how much is under way in each direction.
pub(super) fn connect<F, R>(limits: Limits, pipe_bytes: usize, service: F) -> Peer
where
    F: Fn(Request<Incoming>, Connection) -> R + Send + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    let (stream, socket) = tokio::io::duplex(pipe_bytes);
    let guarded = Guarded::new(socket, SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), Arc::new(limits));
    let connection = guarded.connection();
    let known = connection.clone();
    let service = service_fn(move |request| {
        let answer = service(request, known.clone());
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let http = http1::Builder::new().serve_connection(TokioIo::new(guarded), service).with_upgrades();
    Peer { stream, connection, server: tokio::spawn(http) }
}

/// A body that ends the exchange.
pub(super) struct Text {
    text: Full<Bytes>,
    _exchange: Exchange,
}

impl Body for Text {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.text).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.text.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.text.size_hint()
    }
}

pub(super) fn answer(exchange: Exchange, status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Text { text: Full::new(text.into()), _exchange: exchange });
    *response.status_mut() = status;
    response
}

/// Answers with method, path and body, or with what the guard found.
pub(super) async fn echo(request: Request<Incoming>, connection: Connection) -> Answer {
    let exchange = connection.begin_exchange();
    let (parts, body) = request.into_parts();
    match body.collect().await {
        Ok(body) => {
            let mut text = format!("{} {} ", parts.method, parts.uri).into_bytes();
            text.extend_from_slice(&body.to_bytes());
            answer(exchange, StatusCode::OK, text)
        }
        Err(_) => match connection.violation() {
            Some(found) => answer(exchange, StatusCode::from_u16(found.status).unwrap(), found.code),
            None => answer(exchange, StatusCode::BAD_REQUEST, "incomplete"),
        },
    }
}

impl Peer {
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Everything until the server ends the connection.
    pub async fn read_to_end(&mut self) -> String {
        let mut read = Vec::new();
        tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut read)).await.expect("the server ends").unwrap();
        String::from_utf8(read).unwrap()
    }

    /// One response with a Content-Length: its status and its body.
    pub async fn read_response(&mut self) -> (u16, String) {
        tokio::time::timeout(PATIENCE, self.read_one()).await.expect("a response comes")
    }

    /// Waits until hyper has ended.
    pub async fn ended(self) -> hyper::Result<()> {
        drop(self.stream);
        tokio::time::timeout(PATIENCE, self.server).await.expect("hyper ends").unwrap()
    }

    async fn read_one(&mut self) -> (u16, String) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let status = head[9..12].parse().unwrap();
        let length = head.split_once("content-length: ").map_or("0", |(_, rest)| rest.split("\r\n").next().unwrap());
        let mut body = vec![0; length.parse().unwrap()];
        self.stream.read_exact(&mut body).await.unwrap();
        (status, String::from_utf8(body).unwrap())
    }
}

/// The statuses of responses that came one after the other until the connection ended.
pub(super) fn statuses(text: &str) -> Vec<&str> {
    text.split("HTTP/1.1 ").skip(1).map(|response| &response[..3]).collect()
}
