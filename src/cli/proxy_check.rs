//! Whether the apps behind the proxy answer.

use std::collections::BTreeSet;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use url::Url;

use crate::config::Proxy;

/// Longest wait for one address of an app.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// The apps that do not answer at this moment: the key that names each, and why.
///
/// Never more than a warning: the app may start later.
pub fn silent_upstreams(proxy: &Proxy) -> Vec<(&'static str, String)> {
    let silent = |(key, address): (&'static str, String)| {
        let why = does_not_answer(&address)?;
        Some((key, format!("{key}: {address} does not answer: {why}")))
    };
    upstreams(proxy).into_iter().filter_map(silent).collect()
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
    use std::net::TcpListener;

    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};

    fn silent(set: &[&str]) -> Vec<(&'static str, String)> {
        let overrides = Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() };
        silent_upstreams(&load_from(&overrides, &Surroundings::default()).unwrap().config.proxy)
    }

    #[test]
    fn an_app_that_answers_is_good() {
        let app = TcpListener::bind("127.0.0.1:0").unwrap();
        let upstream = format!("proxy.upstream=http://{}/base", app.local_addr().unwrap());
        assert_eq!((silent(&[]), silent(&[&upstream])), (Vec::new(), Vec::new()));
    }

    #[test]
    fn an_absent_app_is_told_with_its_key() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let silent = silent(&[&format!("proxy.upstream=http://{closed}")]);
        assert_eq!((silent.len(), silent[0].0), (1, "proxy.upstream"), "{silent:?}");
        assert!(silent[0].1.contains("does not answer"), "{silent:?}");
    }
}
