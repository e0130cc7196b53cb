//! What the values of `[proxy]` must satisfy beyond their form.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::validate::Finding;
use super::validate_traffic::is_token;
use super::{Config, Proxy, Upstream};

/// Longest name of a protocol to upgrade to.
const MAX_PROTOCOL_BYTES: usize = 64;

/// Everything that is wrong with the proxy.
///
/// Addresses are compared only once the proxy is on: who does not use it may give its port to `server.listen`.
pub fn validate(config: &Config) -> Vec<Finding> {
    let proxy = &config.proxy;
    let mut findings = Vec::new();
    findings.extend(target_fits_the_head(proxy));
    if let Some(address) = &proxy.upstream {
        findings.extend(upstream_fault(config, address).map(|message| Finding::about_value("proxy.upstream", message)));
    }
    for (index, upstream) in proxy.upstreams.iter().enumerate() {
        let faults = upstream_faults(config, upstream).into_iter();
        findings.extend(faults.map(|(field, message)| of_upstream(message).in_item(index, Some(field))));
    }
    findings.extend(each_is_reached(&proxy.upstreams));
    findings.extend(upgrades_are_protocols(&proxy.upgrades));
    if proxy.is_on() && share_a_port(proxy.listen, config.server.listen) {
        findings.push(Finding::conflict(
            &["proxy.listen", "server.listen"],
            "proxy.listen and server.listen must differ: one is the app's, the other Hearth's own",
        ));
    }
    findings
}

fn of_upstream(message: String) -> Finding {
    Finding::about_value("proxy.upstreams", message)
}

fn target_fits_the_head(proxy: &Proxy) -> Option<Finding> {
    (proxy.max_target_bytes > proxy.max_head_bytes).then(|| {
        Finding::conflict(
            &["proxy.max_target_bytes", "proxy.max_head_bytes"],
            "proxy.max_target_bytes must not be larger than proxy.max_head_bytes",
        )
    })
}

/// HTTP/2 and TLS on the same connection would pass by every rule of the proxy.
fn upgrades_are_protocols(upgrades: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, protocol) in upgrades.iter().enumerate() {
        let name = protocol.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let is_other_http = matches!(name.as_str(), "h2c" | "h2" | "http" | "tls");
        let is_protocol = protocol.len() <= MAX_PROTOCOL_BYTES && protocol.split('/').count() <= 2;
        if !is_protocol || !protocol.split('/').all(is_token) || is_other_http {
            let message = "expected a protocol such as \"tcp\"; HTTP and TLS are none of them";
            findings.push(Finding::about_value("proxy.upgrades", message.to_owned()).in_item(index, None));
        }
    }
    findings
}

fn upstream_faults(config: &Config, upstream: &Upstream) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    if !is_host_pattern(&upstream.host) {
        let message = "expected a name without a port, such as \"shop.example.org\" or \"*.example.org\"";
        faults.push(("host", message.to_owned()));
    }
    if !is_path_prefix(&upstream.path) {
        let message = "expected a path such as \"/api\", without query, empty segments, \".\" and \"..\"";
        faults.push(("path", message.to_owned()));
    }
    faults.extend(upstream_fault(config, &upstream.url).map(|message| ("url", message)));
    faults
}

/// A query has no place before a request's own; an upstream that is Hearth itself would answer itself without end.
fn upstream_fault(config: &Config, address: &Url) -> Option<String> {
    if address.query().is_some() {
        return Some("must be an address without a query".to_owned());
    }
    let listeners = [("proxy.listen", config.proxy.listen), ("server.listen", config.server.listen)];
    let (key, _) = listeners.into_iter().find(|(_, listen)| reaches(address, *listen))?;
    Some(format!("is Hearth's own {key}; name the address of the app"))
}

/// Two upstreams for the same host and path: the second would never be used.
fn each_is_reached(upstreams: &[Upstream]) -> Vec<Finding> {
    let place =
        |upstream: &Upstream| (upstream.host.to_ascii_lowercase(), upstream.path.trim_end_matches('/').to_owned());
    let mut findings = Vec::new();
    for (index, upstream) in upstreams.iter().enumerate() {
        let earlier = upstreams.iter().take(index).position(|other| place(other) == place(upstream));
        if let Some(earlier) = earlier {
            let message = format!("has the same host and path as item {}", earlier + 1);
            findings.push(of_upstream(message).in_item(index, None));
        }
    }
    findings
}

/// Empty, a name or address as in a URL, or `*.` and a name.
fn is_host_pattern(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let is_plain = |host: &Host<String>| match host {
        Host::Domain(name) => name.split('.').all(is_label),
        Host::Ipv4(_) | Host::Ipv6(_) => !text.starts_with("*."),
    };
    text.is_empty() || text.is_ascii() && Host::parse(name).is_ok_and(|host| is_plain(&host))
}

fn is_label(label: &str) -> bool {
    let is_inner = |char: char| char.is_ascii_alphanumeric() || "-_".contains(char);
    (1..=63).contains(&label.len()) && label.chars().all(is_inner)
}

fn is_path_prefix(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    let is_segment = |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_path_byte);
    rest.is_empty() || rest.strip_suffix('/').unwrap_or(rest).split('/').all(is_segment)
}

/// `pchar` of RFC 3986 3.3.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&byte)
}

/// Whether two listeners would want the same port; port 0 takes any free one.
fn share_a_port(one: SocketAddr, other: SocketAddr) -> bool {
    let (a, b) = (one.ip(), other.ip());
    one.port() != 0 && one.port() == other.port() && (a == b || a.is_unspecified() || b.is_unspecified())
}

/// Whether a request to this address comes to this listener, as far as it can be said without asking for names.
fn reaches(address: &Url, listen: SocketAddr) -> bool {
    let is_same = |host: IpAddr| {
        let host = host.to_canonical();
        host == listen.ip().to_canonical()
            || host.is_unspecified()
            || (host.is_loopback() && listen.ip().is_unspecified())
    };
    let is_here = match address.host() {
        Some(Host::Domain(name)) => {
            (name == "localhost" || name.ends_with(".localhost"))
                && (listen.ip().is_loopback() || listen.ip().is_unspecified())
        }
        Some(Host::Ipv4(host)) => is_same(IpAddr::V4(host)),
        Some(Host::Ipv6(host)) => is_same(IpAddr::V6(host)),
        None => false,
    };
    is_here && listen.port() != 0 && address.port_or_known_default() == Some(listen.port())
}
