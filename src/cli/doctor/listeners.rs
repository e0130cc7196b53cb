//! Addresses that are listened on, and the server that may be running.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use super::finding::Finding;
use crate::cli::healthcheck;
use crate::config::Config;
use crate::store::StoreError;
use crate::store::connection::Ownership;

/// Whether each address can be listened on; what a running server of this database has taken is as it should be.
pub fn look(config: &Config) -> Vec<Finding> {
    let proxy = config.proxy.is_on().then_some(config.proxy.listen);
    let listeners = [
        ("server.listen", Some(config.server.listen)),
        ("proxy.listen", proxy),
        ("metrics.listen", config.metrics.listen),
    ];
    let is_running = is_running(config);
    listeners.into_iter().filter_map(|(key, address)| Some(judge(key, address?, is_running))).collect()
}

fn judge(key: &'static str, address: SocketAddr, is_running: bool) -> Finding {
    let Err(error) = TcpListener::bind(address) else {
        return Finding::pass(key, format!("{address} is free"));
    };
    match error.kind() {
        ErrorKind::AddrInUse if is_running => Finding::pass(key, format!("{address}, taken by the server that runs")),
        ErrorKind::AddrInUse => Finding::fail(
            key,
            format!("{address} is taken by another program"),
            format!("end it, or choose another address with {key}"),
        ),
        // The service may be allowed what this user is not.
        ErrorKind::PermissionDenied => Finding::warn(
            key,
            format!("this user may not listen on {address}"),
            "a service needs CAP_NET_BIND_SERVICE for ports below 1024; see `hearth help install`",
        ),
        _ => Finding::fail(
            key,
            format!("{address} cannot be used: {error}"),
            format!("choose another address with {key}"),
        ),
    }
}

/// Whether a server runs on the database; looks without making anything.
pub fn is_running(config: &Config) -> bool {
    let lock = crate::store::connection::with_suffix(&config.storage.path, ".lock");
    lock.exists() && matches!(Ownership::take(&config.storage.path), Err(StoreError::InUse(_)))
}

/// How the server is that runs, if one does.
pub fn server(config: &Config) -> Vec<Finding> {
    if !is_running(config) {
        return vec![Finding::pass("server", "none is running on this database")];
    }
    let asked =
        healthcheck::address(config).and_then(|url| healthcheck::ask(&url, config.server.tls_certificate.as_deref()));
    vec![match asked {
        Ok(health) if health.is_ready() => Finding::pass("server", format!("running and ready: {}", health.url)),
        Ok(health) => Finding::fail(
            "server",
            format!("running, but it takes nothing: {}", health.reason()),
            "look at its log and at /admin/status",
        ),
        Err(error) => Finding::warn(
            "server",
            format!("running, but it cannot be asked: {error:#}"),
            "it may have been started with another configuration: `hearth healthcheck --url`",
        ),
    }]
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};

    #[test]
    fn a_port_of_somebody_else_is_wrong_and_one_of_our_own_is_not() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("hearth.db");
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let overrides = Overrides {
            listen: Some(taken.local_addr().unwrap().to_string()),
            data: Some(data.display().to_string()),
            ..Overrides::default()
        };
        let config = load_from(&overrides, &Surroundings::default()).unwrap().config;
        assert_eq!(look(&config)[0].verdict, Verdict::Fail);
        assert!(!data.with_extension("db.lock").exists(), "looking makes no file");
        let _owner = Ownership::take(&data).unwrap();
        assert!(is_running(&config));
        assert_eq!(look(&config)[0].verdict, Verdict::Pass);
        drop(taken);
        assert_eq!(server(&config)[0].verdict, Verdict::Warn, "it runs and does not answer");
    }
}
