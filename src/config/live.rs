//! Which keys can be changed while the server runs.

use super::validate::validate;
use super::{AllowedOrigins, Config, Datalyr, Geo, Heat, Log, Server, Traffic};

/// Keys and sections that count as soon as the configuration is read again. All others are told to whoever asked for that,
/// and count after a restart.
///
/// `heat.allowed_origins` is among them only from one list to another: `["*"]` is another kind of answer. `tls_*` are as
/// long as there is a certificate before and after.
pub const LIVE_KEYS: &[&str] = &[
    "server.tls_certificate",
    "server.tls_key",
    "server.trusted_proxies",
    "heat.max_body_bytes",
    "heat.max_events",
    "heat.auto_create_projects",
    "heat.max_projects",
    "heat.salvage_invalid_events",
    "heat.strict_json",
    "heat.max_json_depth",
    "heat.allowed_origins",
    "heat.rate_limit",
    "datalyr.max_body_bytes",
    "datalyr.max_event_bytes",
    "datalyr.max_event_keys",
    "datalyr.max_json_depth",
    "datalyr.max_events",
    "datalyr.deduplicate_for",
    "datalyr.max_clock_skew",
    "datalyr.revenue_events",
    "datalyr.conversion_events",
    "datalyr.email_window",
    "datalyr.redact_urls",
    "datalyr.max_quarantined",
    "datalyr.rate_limit",
    "traffic.slow_threshold",
    "traffic.slow_thresholds",
    "traffic.include_routes",
    "traffic.ignore_routes",
    "retention",
    "privacy",
    "geo",
    "log.level",
];

/// Whether a key is one of [`LIVE_KEYS`].
#[must_use]
pub fn is_live_key(key: &str) -> bool {
    LIVE_KEYS.iter().any(|live| key.strip_prefix(live).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// What counts once `new` is read while a server runs by `old`: the live keys of the one, all others of the other.
///
/// # Errors
/// What would be wrong with that: a value that can only be changed together with one that needs a restart.
pub fn with_live_keys(old: &Config, new: &Config) -> Result<Config, Vec<String>> {
    let both_encrypted = old.server.tls_key.is_some() && new.server.tls_key.is_some();
    let tls = if both_encrypted { &new.server } else { &old.server };
    let origins = match (&old.heat.allowed_origins, &new.heat.allowed_origins) {
        (AllowedOrigins::Only(_), AllowedOrigins::Only(_)) => &new.heat.allowed_origins,
        _ => &old.heat.allowed_origins,
    };
    let merged = Config {
        server: Server {
            tls_certificate: tls.tls_certificate.clone(),
            tls_key: tls.tls_key.clone(),
            trusted_proxies: new.server.trusted_proxies.clone(),
            ..old.server.clone()
        },
        heat: Heat {
            auth: old.heat.auth,
            open_reads: old.heat.open_reads,
            jwt: old.heat.jwt.clone(),
            allowed_origins: origins.clone(),
            ..new.heat.clone()
        },
        datalyr: Datalyr {
            attribution_window: old.datalyr.attribution_window,
            download_window: old.datalyr.download_window,
            ..new.datalyr.clone()
        },
        traffic: Traffic {
            slow_threshold: new.traffic.slow_threshold,
            slow_thresholds: new.traffic.slow_thresholds.clone(),
            include_routes: new.traffic.include_routes.clone(),
            ignore_routes: new.traffic.ignore_routes.clone(),
            ..old.traffic.clone()
        },
        retention: new.retention.clone(),
        privacy: new.privacy.clone(),
        geo: Geo::clone(&new.geo),
        log: Log { level: new.log.level.clone(), ..old.log.clone() },
        ..old.clone()
    };
    let findings = validate(&merged);
    if findings.is_empty() {
        return Ok(merged);
    }
    let told = |finding: super::validate::Finding| format!("{}: {}", finding.keys.join(", "), finding.message);
    Err(findings.into_iter().map(told).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DEFAULT_TOML, Loaded, Overrides, Surroundings, effective_settings, load_from};

    fn loaded(set: &[&str]) -> Loaded {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        load_from(&Overrides { set, ..Overrides::default() }, &Surroundings::default()).unwrap()
    }

    /// Every key whose value a merge takes from the new configuration.
    fn taken(set: &[&str]) -> Vec<String> {
        let (old, new) = (loaded(&[]), loaded(set));
        let merged = Loaded { config: with_live_keys(&old.config, &new.config).unwrap(), ..new };
        let values = |loaded: &Loaded| effective_settings(loaded).unwrap();
        let both = values(&old).into_iter().zip(values(&merged));
        both.filter(|(old, new)| old.toml != new.toml).map(|(old, _)| format!("{}.{}", old.section, old.name)).collect()
    }

    #[test]
    fn live_keys_exist() {
        let keys: Vec<_> = effective_settings(&loaded(&[])).unwrap();
        for live in LIVE_KEYS {
            let is_key = |section: &str, name: &str| format!("{section}.{name}") == *live || section.starts_with(live);
            assert!(keys.iter().any(|setting| is_key(&setting.section, &setting.name)), "{live}");
        }
        assert!(DEFAULT_TOML.contains("trusted_proxies"));
        assert!(is_live_key("privacy.address") && is_live_key("heat.rate_limit.max") && !is_live_key("log.format"));
    }

    #[test]
    fn what_is_said_to_be_live_is_taken_and_nothing_else() {
        let set = [
            "server.listen=127.0.0.1:9",
            "server.trusted_proxies=10.0.0.0/8",
            "server.head_timeout=9s",
            "storage.readers=2",
            "retention.heat=30d",
            "heat.auth=project_key",
            "heat.open_reads=true",
            "heat.max_events=7",
            "heat.allowed_origins=https://a.test",
            "heat.rate_limit.max=7",
            "traffic.slow_threshold=5s",
            "traffic.track_ip=true",
            "traffic.ignore_routes=/x",
            "datalyr.max_events=8",
            "datalyr.attribution_window=5d",
            "datalyr.download_window=2m",
            "privacy.address=none",
            "geo.country_header=x-country",
            "log.level=debug",
            "log.access=true",
            "accounts.session_idle=1h",
        ];
        let taken = taken(&set);
        assert!(taken.iter().all(|key| is_live_key(key)), "{taken:?}");
        let live: Vec<_> = set
            .iter()
            .map(|set| set.split_once('=').unwrap().0)
            .filter(|key| is_live_key(key) && *key != "heat.allowed_origins")
            .collect();
        assert_eq!(taken, live, "any origin to a list needs a restart");
    }

    #[test]
    fn what_does_not_go_with_a_key_that_needs_a_restart_is_refused() {
        let (old, new) = (loaded(&[]), loaded(&["heat.max_body_bytes=50MiB", "storage.queue_bytes=64MiB"]));
        let refused = with_live_keys(&old.config, &new.config).unwrap_err();
        assert!(refused[0].contains("storage.queue_bytes"), "{refused:?}");
    }
}
