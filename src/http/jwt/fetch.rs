//! One request for the issuer's keys.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, Uri, header};
use hyper_rustls::ConfigBuilderExt;
use hyper_util::rt::TokioIo;
use jsonwebtoken::Algorithm;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::address::is_public;
use super::fetch_error::FetchError;
use super::key_set::KeySet;
use super::rules::{JwtRules, JwtSetupError};

/// The longest JWKS document that is read, in bytes (trust.md 5).
const MAX_JWKS_BYTES: usize = 256 * 1024;

/// The longest answer head that is read, in bytes.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// Fetches one fixed address, on a connection of its own each time.
///
/// Fetches are minutes apart, and a pooled connection would belong to the runtime of the worker
/// that opened it, where no other worker could rely on it being driven. Here the connection lives
/// and dies inside the future of one fetch. No redirect is followed and no proxy of the
/// environment is used.
pub(super) struct JwksFetcher {
    host: String,
    port: u16,
    /// `Host` of the request, with the port as configured.
    authority: String,
    path_and_query: String,
    /// Absent for plain http.
    tls: Option<Arc<ClientConfig>>,
    allow_private_address: bool,
    timeout: Duration,
    algorithms: &'static [Algorithm],
}

impl JwksFetcher {
    /// A fetcher for the address in `rules`, trusting the machine's root certificates.
    pub(super) fn new(rules: &JwtRules) -> Result<Self, JwtSetupError> {
        let url = rules.checked_jwks_url()?;
        let tls = if is_https(&url) { Some(Arc::new(native_tls()?)) } else { None };
        Self::with_tls(rules, &url, tls)
    }

    /// Like [`Self::new`], with the trust that the caller brings along.
    pub(super) fn with_tls(rules: &JwtRules, url: &Uri, tls: Option<Arc<ClientConfig>>) -> Result<Self, JwtSetupError> {
        let authority = url.authority().ok_or(JwtSetupError::JwksUrl)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(if is_https(url) { 443 } else { 80 }),
            authority: authority.to_string(),
            path_and_query: url.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            tls,
            allow_private_address: rules.allow_private_address,
            timeout: rules.fetch_timeout,
            algorithms: rules.algorithms,
        })
    }

    /// Fetches and reads the keys, within the time that the rules allow for all of it.
    pub(super) async fn fetch(&self) -> Result<KeySet, FetchError> {
        let document =
            tokio::time::timeout(self.timeout, self.document()).await.map_err(|_| FetchError::TimedOut)??;
        KeySet::parse(&document, self.algorithms)
    }

    async fn document(&self) -> Result<Bytes, FetchError> {
        let stream = self.connect().await?;
        let Some(tls) = &self.tls else {
            return self.exchange(stream).await;
        };
        let name = ServerName::try_from(self.host.clone()).map_err(|_| FetchError::Tls)?;
        let connector = TlsConnector::from(Arc::clone(tls));
        let stream = connector.connect(name, stream).await.map_err(|_| FetchError::Tls)?;
        self.exchange(stream).await
    }

    /// Connects to the first address that may be used and answers.
    ///
    /// The address that was checked is the one that is connected to; there is no second look-up
    /// that could say something else.
    async fn connect(&self) -> Result<TcpStream, FetchError> {
        let found: Vec<SocketAddr> = match self.host.parse::<IpAddr>() {
            Ok(literal) => vec![SocketAddr::new(literal, self.port)],
            Err(_) => tokio::net::lookup_host((self.host.as_str(), self.port))
                .await
                .map_err(|_| FetchError::NameLookup)?
                .collect(),
        };
        for address in permitted(found, self.allow_private_address)? {
            if let Ok(stream) = TcpStream::connect(address).await {
                return Ok(stream);
            }
        }
        Err(FetchError::Connect)
    }

    /// Sends the request and drives the connection until the whole answer is here.
    async fn exchange<S>(&self, stream: S) -> Result<Bytes, FetchError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| FetchError::Http)?;
        let request = Request::get(&self.path_and_query)
            .header(header::HOST, &self.authority)
            .header(header::ACCEPT, "application/jwk-set+json, application/json")
            .header(header::USER_AGENT, concat!("hearth/", env!("CARGO_PKG_VERSION")))
            .header(header::CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|_| FetchError::Http)?;

        let mut answer = pin!(async move {
            let response = sender.send_request(request).await.map_err(|_| FetchError::Http)?;
            if response.status() != StatusCode::OK {
                return Err(FetchError::Status(response.status().as_u16()));
            }
            let body = Limited::new(response.into_body(), MAX_JWKS_BYTES).collect().await;
            body.map(http_body_util::Collected::to_bytes)
                .map_err(|error| if error.is::<LengthLimitError>() { FetchError::TooLarge } else { FetchError::Http })
        });
        tokio::select! {
            biased;
            document = &mut answer => document,
            // The other side closed: what it sent before is still there to be read.
            _ = connection => answer.await,
        }
    }
}

/// The addresses that may be connected to, in the order found.
fn permitted(found: Vec<SocketAddr>, allow_private_address: bool) -> Result<Vec<SocketAddr>, FetchError> {
    if found.is_empty() {
        return Err(FetchError::NameLookup);
    }
    let permitted: Vec<_> =
        found.into_iter().filter(|address| allow_private_address || is_public(address.ip())).collect();
    if permitted.is_empty() { Err(FetchError::PrivateAddress) } else { Ok(permitted) }
}

fn is_https(url: &Uri) -> bool {
    url.scheme_str() == Some("https")
}

/// TLS 1.2 or 1.3 with the root certificates of the machine.
fn native_tls() -> Result<ClientConfig, JwtSetupError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| JwtSetupError::NoTrustedRoots)?;
    let builder = builder.with_native_roots().map_err(|_| JwtSetupError::NoTrustedRoots)?;
    Ok(builder.with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_name_with_a_loopback_and_a_public_address_leads_to_the_public_one() {
        let found = addresses(&["127.0.0.1:443", "1.1.1.1:443", "[::1]:443"]);
        assert_eq!(permitted(found.clone(), false), Ok(addresses(&["1.1.1.1:443"])));
        assert_eq!(permitted(found.clone(), true), Ok(found));
    }

    #[test]
    fn a_name_with_only_private_addresses_leads_nowhere() {
        assert_eq!(permitted(addresses(&["10.0.0.1:443"]), false), Err(FetchError::PrivateAddress));
        assert_eq!(permitted(Vec::new(), true), Err(FetchError::NameLookup));
    }
}
