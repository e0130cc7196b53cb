//! Whether the proxy would find what it needs: its port, its apps, its files.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use url::Url;

use crate::config::{Config, Proxy};

/// Longest wait for one address of an app.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// What may keep the proxy from working at this moment, one sentence each, with the key it is about.
///
/// Never more than a warning: the port may be taken by the Hearth that runs, and the app may start later.
pub fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    if config.proxy.is_on() {
        warnings.extend(port_is_taken(config.proxy.listen));
        for (key, address) in upstreams(&config.proxy) {
            warnings.extend(does_not_answer(&address).map(|why| format!("{key}: {address} does not answer: {why}")));
        }
    }
    let files = [
        ("proxy.upstream_ca", &config.proxy.upstream_ca),
        ("traffic.identity.jwt.public_key", &config.traffic.identity.jwt.public_key),
    ];
    for (key, path) in files {
        let Some(path) = path else {
            continue;
        };
        let fault = File::open(path).err();
        warnings.extend(fault.map(|error| format!("{key}: {} cannot be read: {error}", path.display())));
    }
    warnings
}

fn port_is_taken(listen: SocketAddr) -> Option<String> {
    let error = TcpListener::bind(listen).err()?;
    Some(format!("proxy.listen: {listen} cannot be used now: {error}"))
}

/// Where requests go: `http://host:port`, each once.
fn upstreams(proxy: &Proxy) -> BTreeSet<(&'static str, String)> {
    let several = proxy.upstreams.iter().map(|upstream| ("proxy.upstreams", upstream.url.clone()));
    let one = proxy.upstream.iter().map(|address| ("proxy.upstream", address.clone()));
    one.chain(several).map(|(key, address)| (key, address.origin().ascii_serialization())).collect()
}

fn does_not_answer(origin: &str) -> Option<String> {
    let address: Url = origin.parse().ok()?;
    let (host, port) = (address.host_str()?, address.port_or_known_default()?);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = match (host, port).to_socket_addrs() {
        Ok(found) => found,
        Err(error) => return Some(error.to_string()),
    };
    let mut last = "its name has no address".to_owned();
    for address in found {
        match TcpStream::connect_timeout(&address, CONNECT_WITHIN) {
            Ok(_) => return None,
            Err(error) => last = error.to_string(),
        }
    }
    Some(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};

    fn warnings_with(set: &[&str]) -> Vec<String> {
        let overrides = Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() };
        warnings(&load_from(&overrides, &Surroundings::default()).unwrap().config)
    }

    #[test]
    fn nothing_is_said_of_a_proxy_that_is_off() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = format!("proxy.listen={}", taken.local_addr().unwrap());
        assert_eq!(warnings_with(&[&listen]), Vec::<String>::new());
    }

    #[test]
    fn an_app_that_answers_and_a_free_port_are_good() {
        let app = TcpListener::bind("127.0.0.1:0").unwrap();
        let upstream = format!("proxy.upstream=http://{}/base", app.local_addr().unwrap());
        assert_eq!(warnings_with(&[&upstream, "proxy.listen=127.0.0.1:0"]), Vec::<String>::new());
    }

    #[test]
    fn a_taken_port_an_absent_app_and_a_missing_file_are_told() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = format!("proxy.listen={}", taken.local_addr().unwrap());
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let upstream = format!("proxy.upstream=http://{closed}");
        let warnings = warnings_with(&[&listen, &upstream, "proxy.upstream_ca=/nonexistent/ca.pem"]);
        let keys: Vec<_> = warnings.iter().map(|warning| warning.split(':').next().unwrap()).collect();
        assert_eq!(keys, ["proxy.listen", "proxy.upstream", "proxy.upstream_ca"], "{warnings:?}");
    }
}
