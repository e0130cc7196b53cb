//! The annotated default.

use super::*;

#[test]
fn has_no_problem_and_gives_the_documented_values() {
    let config = loaded(&nothing(), &Surroundings::default()).config;
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url, None);
    assert_eq!(config.server.head_timeout, Duration::from_secs(10));
    assert_eq!(config.storage.path, PathBuf::from("data/hearth.db"));
    assert_eq!(config.storage.page_cache, 8 * 1024 * 1024);
    assert_eq!(config.storage.commit_max_delay, Duration::from_millis(5));
    assert_eq!(config.heat.auth, HeatAuth::ProjectKey);
    assert_eq!(config.heat.max_body_bytes, 1_000_000);
    assert_eq!(config.heat.allowed_origins, AllowedOrigins::Any);
    assert_eq!(config.heat.jwt.cache, Duration::from_mins(5));
    assert_eq!(config.proxy.listen.to_string(), "127.0.0.1:8081");
    assert!(!config.proxy.is_on(), "the proxy is off until there is an upstream");
    assert!(config.proxy.preserve_host);
    assert_eq!(config.proxy.upstream_ca, None);
    assert_eq!((config.proxy.max_body_bytes, config.proxy.max_head_bytes), (0, 32 * 1024));
    assert_eq!(config.proxy.upstream_keep_alive, Duration::from_secs(4));
    assert_eq!(config.traffic.slow_threshold, Duration::from_secs(1));
    assert_eq!(config.traffic.route_value, RouteValue::Pattern);
    assert_eq!((config.traffic.track_ip, config.traffic.track_user_agent), (false, true));
    assert_eq!(config.traffic.query, QueryPolicy::Redact);
    assert_eq!(config.traffic.identity.user_id, ["response-header:x-hearth-user-id"]);
    assert_eq!((&config.traffic.identity.jwt.public_key, &config.traffic.identity.jwt.jwks_url), (&None, &None));
    assert_eq!(config.traffic.dashboard.mount_path, "/traffic-dashboard");
    assert_eq!(config.traffic.dashboard.live_mode, LiveMode::Poll);
    assert_eq!(config.traffic.dashboard.poll_interval, Duration::from_secs(2));
    assert_eq!(config.privacy.path_query, PathQueryPolicy::Keep);
    assert_eq!(config.log.format, LogFormat::Auto);
}

#[test]
fn has_exactly_the_keys_that_the_structs_have() {
    let config = loaded(&nothing(), &Surroundings::default()).config;
    let mut fields = Vec::new();
    keys_below("", &settings::tree(&config).unwrap(), &mut fields);
    let catalogue = catalogue::Catalogue::read(DEFAULT_TOML).unwrap();
    let mut keys: Vec<_> = catalogue.keys().map(str::to_owned).collect();
    keys.sort();
    fields.sort();
    assert_eq!(keys, fields);
}

#[test]
fn explains_every_key_and_section_in_a_comment_above_it() {
    let mut above = "";
    for line in DEFAULT_TOML.lines() {
        let is_key = line.starts_with(|char: char| char.is_ascii_lowercase());
        assert!(!is_key || above.starts_with('#'), "no comment above `{line}`");
        above = line;
    }
}

#[test]
fn survives_being_printed_and_read_again() {
    let (_directory, from_file) = file(
        "[[proxy.upstreams]]\nhost = \"a.example\"\nurl = \"http://127.0.0.1:1/x\"\npreserve_host = false\n\n\
         [[proxy.upstreams]]\nurl = \"http://127.0.0.1:2\"\n\n\
         [[traffic.slow_thresholds]]\nroute = \"/a/*\"\nthreshold = \"3s\"\n",
    );
    let flags = set(&["heat.max_body_bytes=1MB", "server.trusted_proxies=10.0.0.1", "proxy.upstream_ca=ca.pem"]);
    let first = loaded(&Overrides { file: from_file.file, ..flags }, &Surroundings::default());
    let settings = effective_settings(&first).unwrap();
    let lines = settings.iter().map(|setting| format!("{}.{} = {}\n", setting.section, setting.name, setting.toml));
    let (_directory, overrides) = file(&lines.collect::<String>());
    assert_eq!(loaded(&overrides, &Surroundings::default()).config, first.config);
}
