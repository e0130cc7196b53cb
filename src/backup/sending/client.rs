//! As much of an HTTP client as sending a file needs: one connection for each request, nothing followed, answers bounded.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Frame, SizeHint};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_LENGTH, ETAG, HOST, USER_AGENT};
use hyper_rustls::ConfigBuilderExt as _;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use super::SendError;

/// How long connecting may take, and an exchange besides its body.
const CONNECT_WITHIN: Duration = Duration::from_secs(15);
const ANSWER_WITHIN: Duration = Duration::from_mins(2);

/// Slowest line on which a copy is sent, in bytes a second.
const MIN_RATE: u64 = 64 * 1024;

/// Longest answer that is read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Read from the file at once.
const PIECE_BYTES: u64 = 128 * 1024;

/// Longest code of a refusal that is repeated.
const MAX_CODE_CHARS: usize = 64;

/// Makes requests.
pub(super) struct Client {
    /// None: the machine knows no authorities, and only plain HTTP works.
    tls: Option<Arc<ClientConfig>>,
}

/// What a service answered.
pub(super) struct Answer {
    pub text: String,
    pub etag: Option<String>,
}

impl Client {
    pub fn new() -> Result<Self, SendError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| SendError::Connection(error.to_string()))?;
        let tls = builder.with_native_roots().ok().map(|builder| Arc::new(builder.with_no_client_auth()));
        Ok(Self { tls })
    }

    /// Sends a request; an error unless it is answered with 2xx. `follow` gets the bytes of the body that are on their way.
    pub async fn exchange(
        &self,
        method: &'static str,
        url: &Url,
        body: Body,
        follow: impl FnMut(u64) -> bool,
    ) -> Result<Answer, SendError> {
        let within = ANSWER_WITHIN + Duration::from_secs(body.left() / MIN_RATE);
        let host = url.host_str().ok_or(SendError::Answer)?.to_owned();
        let port = url.port_or_known_default().ok_or(SendError::Answer)?;
        let stream = timeout(CONNECT_WITHIN, TcpStream::connect((host.trim_matches(['[', ']']), port)));
        let stream =
            stream.await.map_err(|_| SendError::Late)?.map_err(|error| SendError::Connection(error.to_string()))?;
        let follow: Followed<'_> = Box::new(follow);
        if url.scheme() != "https" {
            return timeout(within, talk(stream, method, url, body, follow)).await.map_err(|_| SendError::Late)?;
        }
        let failed = |error: &dyn std::fmt::Display| SendError::Connection(error.to_string());
        let tls = self.tls.clone().ok_or_else(|| failed(&"this machine has no certificates of authorities"))?;
        let name = ServerName::try_from(host).map_err(|error| failed(&error))?;
        let stream = timeout(CONNECT_WITHIN, TlsConnector::from(tls).connect(name, stream));
        let stream = stream.await.map_err(|_| SendError::Late)?.map_err(|error| failed(&error))?;
        timeout(within, talk(stream, method, url, body, follow)).await.map_err(|_| SendError::Late)?
    }
}

/// Who is told how much of a body is on its way; false ends it.
type Followed<'a> = Box<dyn FnMut(u64) -> bool + 'a>;

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    method: &'static str,
    url: &Url,
    body: Body,
    mut follow: Followed<'_>,
) -> Result<Answer, SendError> {
    let lost = |error: hyper::Error| SendError::Connection(error.to_string());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
    let (sent, length) = (Arc::clone(&body.sent), body.left());
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = hyper::Request::builder()
        .method(method)
        .uri(target)
        .header(HOST, &url[url::Position::BeforeHost..url::Position::AfterPort])
        .header(USER_AGENT, concat!("hearth/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_LENGTH, length)
        .body(body)
        .map_err(|_| SendError::Answer)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(lost)?;
        let status = response.status();
        let etag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
        let text = body.map_err(|_| SendError::Answer)?.to_bytes();
        let text = String::from_utf8_lossy(&text).into_owned();
        if status.is_success() {
            return Ok(Answer { text, etag });
        }
        Err(SendError::Refused { status: status.as_u16(), code: code_of(&text) })
    };
    let driver = async {
        // Its errors reach the exchange.
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    let watched = async {
        let mut interval = tokio::time::interval(Duration::from_millis(200));
        loop {
            interval.tick().await;
            if !follow(sent.load(std::sync::atomic::Ordering::Relaxed)) {
                return;
            }
        }
    };
    tokio::select! {
        answer = exchange => answer,
        () = driver => Err(SendError::Answer),
        () = watched => Err(SendError::Stopped),
    }
}

/// The code in an error of the service, as far as it may be repeated.
fn code_of(text: &str) -> String {
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code);
    code.chars().filter(char::is_ascii_alphanumeric).take(MAX_CODE_CHARS).collect()
}

/// A body of known length: a piece of a file, or a text.
pub(super) struct Body {
    file: Option<(File, u64)>,
    /// Where the piece begins, until it was gone to.
    from: Option<u64>,
    text: Bytes,
    sent: Arc<std::sync::atomic::AtomicU64>,
}

impl Body {
    pub fn of(file: File, from: u64, bytes: u64) -> Self {
        Self { file: Some((file, bytes)), from: Some(from), text: Bytes::new(), sent: Arc::default() }
    }

    pub fn text(text: String) -> Self {
        Self { file: None, from: None, text: text.into(), sent: Arc::default() }
    }

    pub fn empty() -> Self {
        Self::text(String::new())
    }

    fn left(&self) -> u64 {
        self.file.as_ref().map_or(self.text.len() as u64, |(_, left)| *left)
    }

    /// The next piece. Reading blocks for a moment: whoever sends a copy has a thread for it.
    fn next(&mut self) -> std::io::Result<Option<Bytes>> {
        let Some((file, left)) = &mut self.file else {
            let text = std::mem::take(&mut self.text);
            return Ok((!text.is_empty()).then_some(text));
        };
        if let Some(from) = self.from.take() {
            file.seek(SeekFrom::Start(from))?;
        }
        if *left == 0 {
            return Ok(None);
        }
        let mut piece = Vec::new();
        file.take(PIECE_BYTES.min(*left)).read_to_end(&mut piece)?;
        if piece.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        *left -= piece.len() as u64;
        self.sent.fetch_add(piece.len() as u64, std::sync::atomic::Ordering::Relaxed);
        Ok(Some(piece.into()))
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(self.get_mut().next().transpose().map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_repeated_by_its_code_only() {
        assert_eq!(code_of("<Error><Code>AccessDenied</Code><Message>key AKIA</Message></Error>"), "AccessDenied");
        assert_eq!(code_of("<Code>a b\n<x>\u{1b}[0m</Code>"), "abx0m");
        assert_eq!(code_of("<html>"), "");
    }
}
