//! What values must satisfy beyond their form: limits, and what goes together.

use std::net::IpAddr;

use url::Host;

use super::problem::ProblemCode;
use super::{Config, is_private_address, limits, validate_proxy, validate_traffic};

/// Something wrong with a configuration whose values are all well formed.
#[derive(Debug)]
pub struct Finding {
    /// Whether one value or a combination is at fault.
    pub code: ProblemCode,
    /// The keys that together are wrong; the first is the one the message speaks of.
    pub keys: Vec<&'static str>,
    /// The item of a list that is meant, counted from 0, and the field of it.
    pub item: Option<(usize, Option<&'static str>)>,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Finding {
    /// A finding about one value.
    pub fn about_value(key: &'static str, message: impl Into<String>) -> Self {
        Self { code: ProblemCode::InvalidValue, keys: vec![key], item: None, message: message.into() }
    }

    /// A finding about values that do not go together.
    pub fn conflict(keys: &[&'static str], message: impl Into<String>) -> Self {
        Self { code: ProblemCode::Conflict, keys: keys.to_vec(), item: None, message: message.into() }
    }

    /// The same about one item of the list that the first key names.
    pub fn in_item(self, index: usize, field: Option<&'static str>) -> Self {
        Self { item: Some((index, field)), ..self }
    }
}

/// Everything that is wrong.
pub fn validate(config: &Config) -> Vec<Finding> {
    let mut findings = limits::check(config);
    let issuer = &config.accounts.totp_issuer;
    if issuer.is_empty() || issuer.chars().count() > 64 || issuer.contains(':') || issuer.chars().any(char::is_control)
    {
        findings.push(Finding::about_value("accounts.totp_issuer", "must be 1 to 64 characters without a colon"));
    }
    findings.extend(tls_is_whole(config));
    findings.extend(database_is_a_file(config));
    findings.extend(a_bucket_is_whole(config));
    findings.extend(a_batch_fits_the_queue(config));
    findings.extend(tokens_can_be_judged(config));
    findings.extend(keys_come_safely(config));
    findings.extend(validate_proxy::validate(config));
    findings.extend(validate_traffic::validate(&config.traffic));
    findings
}

/// One file alone would leave the listener open without encryption, which nobody means who names it.
fn tls_is_whole(config: &Config) -> Option<Finding> {
    let (certificate, key, url) = ("server.tls_certificate", "server.tls_key", "server.public_url");
    let server = &config.server;
    if server.tls_certificate.is_some() != server.tls_key.is_some() {
        let message = "tls_certificate and tls_key of [server] must both be set, or neither";
        return Some(Finding::conflict(&[certificate, key], message));
    }
    let is_http = server.public_url.as_ref().is_some_and(|url| url.scheme() == "http");
    (is_http && server.tls_key.is_some())
        .then(|| Finding::conflict(&[url, certificate], "must begin with https:// when server.tls_certificate is set"))
}

/// A database in memory would answer 200 for data that a restart loses.
fn database_is_a_file(config: &Config) -> Option<Finding> {
    let path = config.storage.path.to_string_lossy();
    let is_file =
        !path.is_empty() && !path.contains('\0') && !path.starts_with(":memory:") && !path.starts_with("file:");
    let message = "must be the path of a file; Hearth does not run on a database in memory";
    (!is_file).then(|| Finding::about_value("storage.path", message))
}

/// A bucket without a name or a key would refuse every copy, and nobody would look for that before it is needed.
fn a_bucket_is_whole(config: &Config) -> Option<Finding> {
    let s3 = &config.backup.s3;
    let missing = [
        ("backup.s3.bucket", &s3.bucket),
        ("backup.s3.access_key_id", &s3.access_key_id),
        ("backup.s3.secret_access_key", &s3.secret_access_key),
    ];
    let (key, _) = missing.into_iter().find(|(_, value)| value.is_empty())?;
    let message = "must be set when backup.s3.endpoint is";
    s3.endpoint.as_ref().map(|_| Finding::conflict(&[key, "backup.s3.endpoint"], message))
}

/// A batch larger than the queue would be refused with 503 for ever, and its sender would try for ever.
fn a_batch_fits_the_queue(config: &Config) -> Option<Finding> {
    (config.storage.queue_bytes < config.heat.max_body_bytes).then(|| {
        Finding::conflict(
            &["storage.queue_bytes", "heat.max_body_bytes"],
            "storage.queue_bytes must not be smaller than heat.max_body_bytes",
        )
    })
}

/// Tokens need an issuer, an audience and keys; heat-collector skipped the check of what was left empty.
fn tokens_can_be_judged(config: &Config) -> Vec<Finding> {
    let jwt = &config.heat.jwt;
    let needed = [
        ("heat.jwt.jwks_url", jwt.jwks_url.is_none()),
        ("heat.jwt.issuer", jwt.issuer.is_empty()),
        ("heat.jwt.audience", jwt.audience.is_empty()),
    ];
    let empty = needed.into_iter().filter(|&(_, is_empty)| is_empty && config.heat.auth.judges_tokens());
    empty
        .map(|(key, _)| {
            Finding::conflict(&[key, "heat.auth"], format!("{key} must be set when heat.auth asks for tokens"))
        })
        .collect()
}

/// Whoever can change the keys on their way, or name an inner address, decides which tokens are valid.
fn keys_come_safely(config: &Config) -> Vec<Finding> {
    let jwt = &config.heat.jwt;
    let Some(address) = &jwt.jwks_url else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if address.scheme() == "http" && !jwt.allow_http {
        findings.push(Finding::conflict(
            &["heat.jwt.jwks_url", "heat.jwt.allow_http"],
            "must begin with https://, or heat.jwt.allow_http must be true",
        ));
    }
    if !jwt.allow_private_address && address.host().is_some_and(|host| is_private_host(&host)) {
        findings.push(Finding::conflict(
            &["heat.jwt.jwks_url", "heat.jwt.allow_private_address"],
            "is on a private or loopback address, which needs heat.jwt.allow_private_address = true",
        ));
    }
    findings
}

fn is_private_host(host: &Host<&str>) -> bool {
    match *host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => is_private_address(IpAddr::V4(address)),
        Host::Ipv6(address) => is_private_address(IpAddr::V6(address)),
    }
}
