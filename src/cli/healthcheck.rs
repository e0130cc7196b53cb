//! `hearth healthcheck`: asks a running server whether it takes data; for containers and scripts.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use hyper_rustls::ConfigBuilderExt as _;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use url::{Host, Url};

use super::own_certificate::OwnCertificate;
use super::{Exit, Output};
use crate::config::Config;

/// `hearth healthcheck`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct HealthcheckArgs {
    /// Address to ask instead of the configured one
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// Longest time for everything.
const LIMIT: Duration = Duration::from_secs(5);

/// Longest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// What is asked for when an address has no path.
const PATH: &str = "/readyz";

/// What a server said.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// The address that was asked.
    pub url: String,
    pub status: u16,
    /// The answer if it was JSON.
    pub body: Option<Value>,
}

impl Health {
    /// Whether it takes data.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status == 200
    }

    /// Why it takes none, as far as it says so.
    #[must_use]
    pub fn reason(&self) -> String {
        let told = |name: &str| self.body.as_ref()?.get(name)?.as_str().map(str::to_owned);
        match told("reason").or_else(|| told("output")).or_else(|| told("status")) {
            Some(reason) => format!("status {}, {reason}", self.status),
            None => format!("status {}", self.status),
        }
    }
}

/// Runs `hearth healthcheck`.
///
/// # Errors
/// Only when the result cannot be written.
pub fn run(
    args: &HealthcheckArgs,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let asked = match &args.url {
        Some(url) => url.parse::<Url>().with_context(|| format!("{url:?} is no address")),
        None => address(config),
    };
    let answer = asked.and_then(|url| ask(&url, config.server.tls_certificate.as_deref()));
    let is_ready = answer.as_ref().is_ok_and(Health::is_ready);
    if as_json {
        let told = match &answer {
            Ok(health) => {
                json!({"ready": is_ready, "url": health.url, "status": health.status, "answer": health.body})
            }
            Err(error) => json!({"ready": false, "error": format!("{error:#}")}),
        };
        writeln!(output.out, "{told:#}")?;
    } else {
        match &answer {
            Ok(health) if is_ready => writeln!(output.out, "ready: {}", health.url)?,
            Ok(health) => writeln!(output.err, "not ready: {}: {}", health.url, health.reason())?,
            Err(error) => writeln!(output.err, "not ready: {error:#}")?,
        }
    }
    Ok(if is_ready { Exit::Success } else { Exit::Failure })
}

/// Where the server of a configuration says how it is, reached from this machine.
///
/// # Errors
/// When its port is not known beforehand.
pub fn address(config: &Config) -> anyhow::Result<Url> {
    let scheme = if config.server.tls_certificate.is_some() { "https" } else { "http" };
    let (scheme, listen) = match config.metrics.listen {
        // Plain HTTP, and there even when all connections of the other listener are taken.
        Some(listen) if listen.port() != 0 => ("http", listen),
        _ => (scheme, config.server.listen),
    };
    if listen.port() == 0 {
        bail!("server.listen takes any free port; say which with --url");
    }
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    Ok(format!("{scheme}://{}{PATH}", SocketAddr::new(ip, listen.port())).parse()?)
}

/// Asks, for at most [`LIMIT`].
///
/// # Errors
/// When nobody answers in time, or not in HTTP.
pub fn ask(url: &Url, certificate: Option<&Path>) -> anyhow::Result<Health> {
    let mut url = url.clone();
    if !matches!(url.scheme(), "http" | "https") {
        bail!("{url} is neither http:// nor https://");
    }
    if url.path() == "/" {
        url.set_path(PATH);
    }
    let deadline = Instant::now() + LIMIT;
    let stream = connect(&url, deadline).with_context(|| format!("{url} does not answer"))?;
    let head = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: hearth-healthcheck/{}\r\nAccept: application/json\r\nConnection: close\r\n\r\n",
        &url[url::Position::BeforePath..url::Position::AfterQuery],
        &url[url::Position::BeforeHost..url::Position::AfterPort],
        env!("CARGO_PKG_VERSION"),
    );
    let answer = if url.scheme() == "https" {
        let mut stream = encrypted(&url, stream, certificate)?;
        converse(&mut stream, &head)
    } else {
        converse(&mut { stream }, &head)
    };
    let answer = answer.with_context(|| format!("{url} does not answer"))?;
    let (status, body) = parsed(&answer).with_context(|| format!("{url} does not speak HTTP"))?;
    Ok(Health { url: url.into(), status, body })
}

fn connect(url: &Url, deadline: Instant) -> anyhow::Result<Deadlined> {
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(80));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(deadline)?) {
            Ok(stream) => return Ok(Deadlined { stream, deadline }),
            Err(error) => last = error,
        }
    }
    Err(last.into())
}

/// Our own certificate is known by its file, whatever name it is for; those of others by who has signed them.
fn encrypted(
    url: &Url,
    stream: Deadlined,
    certificate: Option<&Path>,
) -> anyhow::Result<rustls::StreamOwned<rustls::ClientConnection, Deadlined>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        rustls::ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let own = certificate.map(rustls::pki_types::CertificateDer::from_pem_file).transpose();
    let own = own.map_err(|error| anyhow::anyhow!("the certificate of the configuration cannot be read: {error}"))?;
    let config = match own {
        Some(own) if is_loopback_or_bare(url) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(OwnCertificate::new(own, provider)))
            .with_no_client_auth(),
        _ => builder.with_native_roots()?.with_no_client_auth(),
    };
    let name = match url.host() {
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned())?,
        Some(Host::Ipv4(ip)) => ServerName::from(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => ServerName::from(IpAddr::V6(ip)),
        None => bail!("{url} names no host"),
    };
    Ok(rustls::StreamOwned::new(rustls::ClientConnection::new(Arc::new(config), name)?, stream))
}

/// An address, which no certificate of a public authority is for, or this machine by its usual name.
fn is_loopback_or_bare(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(_) => true,
        None => false,
    }
}

fn converse(stream: &mut (impl Read + Write), head: &str) -> io::Result<Vec<u8>> {
    stream.write_all(head.as_bytes())?;
    stream.flush()?;
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    while answer.len() < MAX_ANSWER_BYTES {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            // A server may close without a word of farewell.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && !answer.is_empty() => break,
            Err(error) => return Err(error),
        }
        if is_whole(&answer) {
            break;
        }
    }
    Ok(answer)
}

/// Whether everything is there that Content-Length announces; without it the end of the connection tells.
fn is_whole(answer: &[u8]) -> bool {
    let Some((head, body)) = parts(answer) else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| body.len() >= length)
}

fn parsed(answer: &[u8]) -> Option<(u16, Option<Value>)> {
    let (head, body) = parts(answer)?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.get(..3)?.parse().ok()?;
    Some((status, serde_json::from_slice(body).ok()))
}

fn parts(answer: &[u8]) -> Option<(&str, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((std::str::from_utf8(&answer[..end]).ok()?, &answer[end + 4..]))
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// A connection on which nothing lasts longer than all of it may.
#[derive(Debug)]
struct Deadlined {
    stream: TcpStream,
    deadline: Instant,
}

impl Read for Deadlined {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.deadline)?))?;
        self.stream.read(buffer)
    }
}

impl Write for Deadlined {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};

    fn config(set: &[&str]) -> Config {
        let overrides = Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() };
        load_from(&overrides, &Surroundings::default()).unwrap().config
    }

    /// A server that answers once.
    fn server(answer: &'static str) -> (String, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut piece = [0; 4096];
            let count = stream.read(&mut piece).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(piece[..count].to_vec()).unwrap()
        });
        (address, asked)
    }

    fn check(url: &str, as_json: bool) -> (Exit, String, String) {
        let mut output = Output { out: Vec::new(), err: Vec::new() };
        let args = HealthcheckArgs { url: Some(url.to_owned()) };
        let exit = run(&args, &config(&[]), as_json, &mut output).unwrap();
        (exit, String::from_utf8(output.out).unwrap(), String::from_utf8(output.err).unwrap())
    }

    #[test]
    fn a_server_is_asked_where_it_can_be_reached() {
        let address = |set: &[&str]| address(&config(set)).map(|url| url.to_string());
        assert_eq!(address(&[]).unwrap(), "http://127.0.0.1:8080/readyz");
        assert_eq!(address(&["server.listen=[::]:81"]).unwrap(), "http://[::1]:81/readyz");
        assert_eq!(address(&["server.listen=0.0.0.0:82"]).unwrap(), "http://127.0.0.1:82/readyz");
        assert_eq!(address(&["metrics.listen=127.0.0.1:9090"]).unwrap(), "http://127.0.0.1:9090/readyz");
        assert!(address(&["server.listen=127.0.0.1:0"]).is_err());
    }

    #[test]
    fn ready_is_0_and_not_ready_is_1() {
        let (address, asked) = server("HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"status\":\"pass\"}");
        let (exit, out, err) = check(&format!("http://{address}"), false);
        assert_eq!((exit, err.as_str()), (Exit::Success, ""));
        assert_eq!(out, format!("ready: http://{address}/readyz\n"));
        assert!(asked.join().unwrap().starts_with(&format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\n")));
        let (address, _) = server("HTTP/1.1 503 X\r\n\r\n{\"status\":\"fail\",\"reason\":\"below_floor\"}");
        let (exit, out, err) = check(&format!("http://{address}/readyz"), false);
        assert_eq!((exit, out.as_str()), (Exit::Failure, ""));
        assert!(err.contains("status 503, below_floor"), "{err}");
    }

    #[test]
    fn what_is_no_answer_is_told_in_both_forms() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(check(&format!("http://{closed}/"), false).0, Exit::Failure);
        let (address, _) = server("SSH-2.0-x\r\n\r\n");
        let (exit, out, _) = check(&format!("http://{address}"), true);
        let told: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((exit, &told["ready"]), (Exit::Failure, &json!(false)));
        assert!(told["error"].as_str().unwrap().contains("does not speak HTTP"), "{told}");
        assert_eq!(check("ftp://127.0.0.1/", false).0, Exit::Failure);
    }
}
