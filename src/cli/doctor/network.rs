//! What is between visitors and Hearth, and between Hearth and the app.

use super::finding::Finding;
use crate::cli::proxy_check;
use crate::config::Config;

/// Whether the apps behind the proxy answer. They may start later, so it is never more than a warning.
pub fn upstreams(config: &Config) -> Vec<Finding> {
    if !config.proxy.is_on() {
        return Vec::new();
    }
    let silent = proxy_check::silent_upstreams(&config.proxy);
    if silent.is_empty() {
        return vec![Finding::pass("upstreams", "each app behind the proxy answers")];
    }
    let finding = |(key, message): (&str, String)| {
        Finding::warn(
            "upstreams",
            message,
            format!("start the app, or correct {key}; until then visitors get an error page"),
        )
    };
    silent.into_iter().map(finding).collect()
}

/// Whether what is said about reverse proxies goes together: otherwise all visitors seem to have one address.
pub fn proxies(config: &Config) -> Vec<Finding> {
    let server = &config.server;
    let check = "reverse proxy";
    let mut findings = Vec::new();
    if let Some(all) = server.trusted_proxies.iter().find(|network| network.prefix_len() == 0) {
        findings.push(Finding::fail(
            check,
            format!("server.trusted_proxies has {all}: anybody can claim any address"),
            "name only the addresses of your own proxies",
        ));
    }
    let is_public_https = server.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    let has_tls = server.tls_certificate.is_some();
    if is_public_https && !has_tls && server.trusted_proxies.is_empty() {
        findings.push(Finding::warn(
            check,
            "server.public_url is https, which something in front of Hearth must speak, but server.trusted_proxies is empty: \
             all visitors seem to have that proxy's address, and share its rate limit",
            "set server.trusted_proxies to its address, such as [\"127.0.0.1\"]",
        ));
    }
    let is_reachable = !server.listen.ip().is_loopback();
    if is_reachable && !has_tls && server.trusted_proxies.is_empty() && !is_public_https {
        findings.push(Finding::warn(
            check,
            format!("{} is reachable from the network without encryption", server.listen),
            "set server.tls_certificate and server.tls_key, or put a reverse proxy in front; see `hearth help install`",
        ));
    }
    if !server.trusted_proxies.is_empty() && server.public_url.is_none() {
        findings.push(Finding::warn(
            check,
            "server.trusted_proxies is set but server.public_url is not: printed snippets and links may have a wrong address",
            "set server.public_url to the address that browsers use",
        ));
    }
    if findings.is_empty() {
        let told = match (has_tls, server.trusted_proxies.len()) {
            (true, _) => "not needed: Hearth speaks https itself".to_owned(),
            (false, 0) => "none; only this machine reaches Hearth".to_owned(),
            (false, count) => format!("{count} trusted {}", if count == 1 { "network" } else { "networks" }),
        };
        findings.push(Finding::pass(check, told));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};

    fn verdicts(set: &[&str]) -> Vec<Verdict> {
        let overrides = Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() };
        let config = load_from(&overrides, &Surroundings::default()).unwrap().config;
        proxies(&config).iter().map(|finding| finding.verdict).collect()
    }

    #[test]
    fn what_does_not_go_together_is_told() {
        use Verdict::{Fail, Pass, Warn};
        let url = "server.public_url=https://stats.example.org";
        assert_eq!(verdicts(&[]), [Pass]);
        assert_eq!(verdicts(&[url]), [Warn]);
        assert_eq!(verdicts(&[url, "server.trusted_proxies=127.0.0.1"]), [Pass]);
        assert_eq!(verdicts(&[url, "server.trusted_proxies=0.0.0.0/0"]), [Fail]);
        assert_eq!(verdicts(&["server.trusted_proxies=127.0.0.1"]), [Warn]);
        assert_eq!(verdicts(&["server.listen=0.0.0.0:80"]), [Warn]);
    }
}
