//! What the values of `[traffic]` must satisfy beyond their form.

use std::net::IpAddr;

use url::{Host, Url};

use super::validate::Finding;
use super::{Traffic, TrafficDashboard, TrafficIdentity, TrafficJwt};
use crate::domain::identity_source::IdentitySource;
use crate::domain::route_matcher::RouteMatcher;
use crate::domain::route_pattern::RoutePatterns;

/// First segments of paths on `server.listen` that are Hearth's own.
const OWN_SEGMENTS: [&str; 19] = [
    "_hearth",
    "api",
    "attribution",
    "batch",
    "container-scripts",
    "dashboard",
    "healthz",
    "hearth.js",
    "ingest",
    "live",
    "login",
    "logout",
    "metrics",
    "readyz",
    "sdk-consent-policy",
    "setup",
    "static",
    "track",
    "version",
];

/// Most sources of one list: all of them may be tried for each request.
const MAX_SOURCES: usize = 16;

/// Everything that is wrong with the recording.
pub fn validate(traffic: &Traffic) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(routes_can_be_matched(traffic));
    findings.extend(names_are_tokens(traffic));
    findings.extend(people_can_be_found(&traffic.identity));
    findings.extend(tokens_can_be_verified(&traffic.identity));
    findings.extend(keys_come_safely(&traffic.identity.jwt));
    findings.extend(mount_path_is_free(&traffic.dashboard));
    findings.extend(password_has_a_name(&traffic.dashboard));
    findings
}

fn routes_can_be_matched(traffic: &Traffic) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, rules) in
        [("traffic.include_routes", &traffic.include_routes), ("traffic.ignore_routes", &traffic.ignore_routes)]
    {
        for (index, rule) in rules.iter().enumerate() {
            findings.extend(rule_fault(rule).map(|fault| Finding::about_value(key, fault).in_item(index, None)));
        }
    }
    for (index, slow) in traffic.slow_thresholds.iter().enumerate() {
        let finding = |fault| Finding::about_value("traffic.slow_thresholds", fault).in_item(index, Some("route"));
        findings.extend(rule_fault(&slow.route).map(finding));
    }
    let mut patterns = RoutePatterns::default();
    for (index, pattern) in traffic.routes.iter().enumerate() {
        let finding = |fault| Finding::about_value("traffic.routes", fault).in_item(index, None);
        findings.extend(patterns.insert(pattern, ()).err().map(finding));
    }
    findings
}

/// What is wrong with a rule such as `/api/*`; of the drawing that explains a bad expression only the last line.
fn rule_fault(rule: &str) -> Option<String> {
    let fault = RouteMatcher::parse(rule).err()?;
    let Some((_, last)) = fault.rsplit_once('\n') else {
        return Some(fault);
    };
    Some(format!("is no regular expression: {}", last.trim_start_matches("error: ")))
}

fn names_are_tokens(traffic: &Traffic) -> Vec<Finding> {
    let identity = &traffic.identity;
    let mut findings = Vec::new();
    if !traffic.route_header.is_empty() && !is_token(&traffic.route_header) {
        findings.push(Finding::about_value("traffic.route_header", "must be the name of a header field, or \"\""));
    }
    if !is_token(&identity.session_cookie_name) {
        findings.push(Finding::about_value("traffic.identity.session_cookie_name", "must be the name of a cookie"));
    }
    if !identity.jwt.cookie.is_empty() && !is_token(&identity.jwt.cookie) {
        findings.push(Finding::about_value("traffic.identity.jwt.cookie", "must be the name of a cookie, or \"\""));
    }
    findings
}

/// `token` of RFC 9110 5.6.2: names of header fields, of cookies, of protocols.
pub(super) fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

fn people_can_be_found(identity: &TrafficIdentity) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, sources) in source_lists(identity) {
        if sources.len() > MAX_SOURCES {
            findings.push(Finding::about_value(key, format!("must not have more than {MAX_SOURCES} sources")));
        }
        for (index, source) in sources.iter().enumerate() {
            let fault = IdentitySource::parse(source).err();
            findings.extend(fault.map(|fault| Finding::about_value(key, fault).in_item(index, None)));
        }
    }
    findings
}

/// A token is verified in one way: with several, the weakest would decide.
fn tokens_can_be_verified(identity: &TrafficIdentity) -> Option<Finding> {
    let jwt = &identity.jwt;
    let ways = [
        ("traffic.identity.jwt.secret", !jwt.secret.is_empty()),
        ("traffic.identity.jwt.public_key", jwt.public_key.is_some()),
        ("traffic.identity.jwt.jwks_url", jwt.jwks_url.is_some()),
    ];
    let set: Vec<_> = ways.iter().filter(|(_, is_set)| *is_set).map(|(key, _)| *key).collect();
    let message = "one of secret, public_key and jwks_url of [traffic.identity.jwt] must be set";
    match set.as_slice() {
        [] => {
            let has_jwt = |sources: &[String]| sources.iter().any(|source| source.starts_with("jwt:"));
            let (key, _) = source_lists(identity).into_iter().find(|(_, sources)| has_jwt(sources))?;
            let keys = [&[key], ways.map(|(key, _)| key).as_slice()].concat();
            Some(Finding::conflict(&keys, format!("{message} when a source is \"jwt:...\"")))
        }
        [_] => None,
        several => Some(Finding::conflict(several, format!("only {message}"))),
    }
}

fn source_lists(identity: &TrafficIdentity) -> [(&'static str, &[String]); 4] {
    [
        ("traffic.identity.user_id", &identity.user_id),
        ("traffic.identity.user_name", &identity.user_name),
        ("traffic.identity.user_email", &identity.user_email),
        ("traffic.identity.session_id", &identity.session_id),
    ]
}

/// Whoever can change the keys on their way decides who is believed to be whom.
fn keys_come_safely(jwt: &TrafficJwt) -> Option<Finding> {
    let address = jwt.jwks_url.as_ref()?;
    (address.scheme() != "https" && !is_on_this_machine(address)).then(|| {
        let message = "must begin with https://; http:// is for this machine only";
        Finding::about_value("traffic.identity.jwt.jwks_url", message)
    })
}

fn is_on_this_machine(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        None => false,
    }
}

fn mount_path_is_free(dashboard: &TrafficDashboard) -> Option<Finding> {
    let key = "traffic.dashboard.mount_path";
    let Some(path) = dashboard.mount_path.strip_prefix('/') else {
        return Some(Finding::about_value(key, "must begin with /, such as \"/traffic-dashboard\""));
    };
    let is_segment = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    if !path.split('/').all(is_segment) {
        let message = "must be a path of letters, digits, -, ., _ and ~ without a / at its end, and not / alone";
        return Some(Finding::about_value(key, message));
    }
    let first = path.split('/').next().unwrap_or_default();
    OWN_SEGMENTS.contains(&first).then(|| {
        Finding::about_value(key, format!("must not begin with /{first}, which Hearth uses for something else"))
    })
}

/// One of the two alone would leave the dashboard open, or closed to everybody.
fn password_has_a_name(dashboard: &TrafficDashboard) -> Option<Finding> {
    let (username, password) = ("traffic.dashboard.username", "traffic.dashboard.password");
    if dashboard.username.is_empty() != dashboard.password.is_empty() {
        let message = "username and password of [traffic.dashboard] must both be set, or neither";
        return Some(Finding::conflict(&[username, password], message));
    }
    // RFC 7617 2: a colon ends the user name, and neither may have control characters.
    if dashboard.username.contains(':') || dashboard.username.chars().any(char::is_control) {
        return Some(Finding::about_value(username, "must be without colon and control characters"));
    }
    dashboard
        .password
        .chars()
        .any(char::is_control)
        .then(|| Finding::about_value(password, "must be without control characters"))
}
