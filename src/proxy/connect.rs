//! Connecting to an upstream.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::client::conn::http1;
use hyper_rustls::ConfigBuilderExt as _;
use hyper_util::rt::TokioIo;
use rustls::client::WantsClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::pool::Link;
use super::refusal::Refusal;
use super::upstreams::Target;

/// Largest head of a response, in bytes; a larger one is a 502.
const MAX_RESPONSE_HEAD_BYTES: usize = 256 * 1024;

/// What connections to upstreams have in common.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) timeout: Duration,
    /// Whom to trust, tried one after the other: the owner's authorities, then the system's. Empty when no upstream is
    /// https.
    pub(super) trusts: Vec<Arc<ClientConfig>>,
}

impl Connector {
    /// A connection that is ready for a request; its other end runs as a task of this worker.
    pub(super) async fn connect(&self, target: &Target) -> Result<Link, Refusal> {
        match timeout(self.timeout, self.connect_in_time(target)).await {
            Ok(Ok(link)) => Ok(link),
            Ok(Err(error)) => {
                tracing::warn!(host = &*target.host, port = target.port, %error, "cannot connect to the upstream");
                // A reset that comes before the connection is used: somebody listens, and closes at once.
                let was_closed = error.kind() == io::ErrorKind::ConnectionReset;
                Err(if was_closed { Refusal::UPSTREAM_CLOSED } else { Refusal::UPSTREAM_REFUSED })
            }
            Err(_) => {
                tracing::warn!(host = &*target.host, port = target.port, "connecting to the upstream takes too long");
                Err(Refusal::UPSTREAM_TIMED_OUT)
            }
        }
    }

    async fn connect_in_time(&self, target: &Target) -> io::Result<Link> {
        if !target.tls {
            return handshake(self.connect_tcp(target).await?).await;
        }
        let mut last = io::Error::other("https upstreams need TLS");
        for trust in &self.trusts {
            let stream = self.connect_tcp(target).await?;
            let name = ServerName::try_from(target.host.to_string()).map_err(io::Error::other)?;
            match TlsConnector::from(Arc::clone(trust)).connect(name, stream).await {
                Ok(stream) => return handshake(stream).await,
                // Whatever its kind: without TLS there is no connection.
                Err(error) => last = io::Error::other(error),
            }
        }
        Err(last)
    }

    async fn connect_tcp(&self, target: &Target) -> io::Result<TcpStream> {
        let stream = self.connect_to_any_address(target).await?;
        // Small messages must not wait for the acknowledgement of earlier ones. It fails on a connection that was reset
        // meanwhile, which the exchange will notice.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    /// Tries the addresses of the upstream one after the other; none may use up the time of all.
    async fn connect_to_any_address(&self, target: &Target) -> io::Result<TcpStream> {
        if let Ok(address) = target.host.parse::<IpAddr>() {
            return TcpStream::connect(SocketAddr::new(address, target.port)).await;
        }
        let addresses: Vec<_> = tokio::net::lookup_host((&*target.host, target.port)).await?.collect();
        let share = self.timeout / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in addresses {
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }
}

/// Trust in the authorities of the file, if there is one, and in the system's.
///
/// Two trusts rather than one store, because the system's is read by hyper-rustls, which lends nobody its roots.
pub(super) fn trusts(authorities: Option<&Path>) -> Result<Vec<Arc<ClientConfig>>, String> {
    let mut trusts = Vec::new();
    if let Some(path) = authorities {
        let roots = read_authorities(path).map_err(|error| format!("{}: {error}", path.display()))?;
        trusts.push(finished(tls_builder()?.with_root_certificates(roots)));
    }
    let system = tls_builder()?.with_native_roots().map_err(|error| error.to_string());
    match system {
        Ok(system) => trusts.push(finished(system)),
        // A machine may have no authorities of its own when it is told of others.
        Err(_) if !trusts.is_empty() => {}
        Err(error) => return Err(error),
    }
    Ok(trusts)
}

fn read_authorities(path: &Path) -> Result<RootCertStore, Box<dyn std::error::Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path)? {
        roots.add(certificate?)?;
    }
    if roots.is_empty() { Err("no certificates in it".into()) } else { Ok(roots) }
}

fn tls_builder() -> Result<ConfigBuilder<ClientConfig, rustls::WantsVerifier>, String> {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())
}

fn finished(builder: ConfigBuilder<ClientConfig, WantsClientCert>) -> Arc<ClientConfig> {
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

async fn handshake<Io>(stream: Io) -> io::Result<Link>
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_RESPONSE_HEAD_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    // Errors of a connection reach the exchange that uses it; of an idle one there is nothing to tell.
    let driver = actix_rt::spawn(connection.with_upgrades());
    Ok(Link::new(sender, driver.abort_handle()))
}
