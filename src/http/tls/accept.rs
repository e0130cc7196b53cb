//! The handshake, before the guard sees a byte.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::{Certificate, ClientStream, TlsError};
use crate::config::Server;

/// Longest time for a handshake. It costs a client one round trip or two; whoever needs longer only holds a place.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// First byte of a TLS record that carries a handshake (RFC 8446 5.1).
const HANDSHAKE_RECORD: u8 = 22;

/// What a client gets that speaks plain HTTP here.
const WRONG_SCHEME: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 60\r\nconnection: close\r\n\r\n\
    This port speaks HTTPS. Use https:// instead of http:// here";

/// Bytes of such a client that are read before the connection is closed, so that it gets to see its answer.
const MAX_UNWANTED_BYTES: u64 = 64 * 1024;

/// Shows a certificate to whoever connects; cheap to clone.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    certificate: Arc<Certificate>,
}

impl Tls {
    /// The certificate that `[server]` names; none if it names none.
    ///
    /// TLS 1.2 and 1.3, and nothing older: rustls knows nothing older.
    pub fn from_config(config: &Server) -> Result<Option<Self>, TlsError> {
        let (Some(certificate), Some(key)) = (&config.tls_certificate, &config.tls_key) else { return Ok(None) };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let certificate = Arc::new(Certificate::open(certificate, key, Arc::clone(&provider))?);
        let setup = |error: rustls::Error| TlsError::Setup(error.to_string());
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(setup)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as _);
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        server.ticketer = aws_lc_rs::Ticketer::new().map_err(setup)?;
        Ok(Some(Self { acceptor: TlsAcceptor::from(Arc::new(server)), certificate }))
    }

    /// What is shown, to be read again.
    #[must_use]
    pub fn certificate(&self) -> &Arc<Certificate> {
        &self.certificate
    }

    /// What is to be read from a connection that was just accepted: itself without TLS, else what is behind its handshake.
    pub async fn accept(tls: Option<&Self>, stream: TcpStream) -> io::Result<ClientStream> {
        let Some(tls) = tls else { return Ok(ClientStream::Plain(stream)) };
        timeout(HANDSHAKE_TIMEOUT, tls.handshake(stream)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn handshake(&self, stream: TcpStream) -> io::Result<ClientStream> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if first != [HANDSHAKE_RECORD] {
            return Err(refuse_plain_text(stream).await);
        }
        let stream = self.acceptor.accept(stream).await?;
        Ok(ClientStream::Tls(Box::new(stream)))
    }
}

/// Tells somebody who has forgotten the s of https.
async fn refuse_plain_text(mut stream: TcpStream) -> io::Error {
    let told = async {
        stream.write_all(WRONG_SCHEME).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut (&mut stream).take(MAX_UNWANTED_BYTES), &mut tokio::io::sink()).await
    };
    told.await.err().unwrap_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no TLS handshake"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_plain_http_is_as_long_as_it_says() {
        let text = std::str::from_utf8(WRONG_SCHEME).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }
}
