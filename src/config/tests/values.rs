//! Values of the wrong form.

use super::*;

fn message(assignment: &str) -> String {
    let problems = problems_of_flags(&[assignment]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].message.clone()
}

#[test]
fn that_are_wrong_are_all_reported_at_once_with_line_and_column() {
    let text = "[server]\nhead_timeout = \"10 bananas\"\nworkers = -1\ntrusted_proxies = [\"10.0.0.0/8\",\n  \"10.0.0.300\"]\n\
                [heat]\nopen_reads = \"yes\"\nauth = 1\nnope = 1\n[storage]\nreaders = 0\npage_cache = \"8 apples\"\n";
    let problems = problems_of(text);
    assert_eq!(
        places(&problems),
        [
            "2:16 server.head_timeout",
            "3:11 server.workers",
            "5:3 server.trusted_proxies",
            "7:14 heat.open_reads",
            "8:8 heat.auth",
            "9:1 heat.nope",
            "11:11 storage.readers",
            "12:14 storage.page_cache",
        ]
    );
}

#[test]
fn say_what_was_expected_and_what_was_found() {
    assert_eq!(
        message("server.head_timeout=10"),
        "expected a duration with its unit, such as \"250ms\", \"10s\", \"5m\", \"12h\" or \"7d\", found \"10\""
    );
    assert_eq!(message("heat.max_events=many"), "expected a whole number, 0 or more, found \"many\"");
    assert_eq!(message("heat.strict_json=yes"), "expected true or false, found \"yes\"");
    assert_eq!(message("heat.rate_limit.max=0"), "must be from 1 to 4294967295, is 0");
    assert_eq!(message("storage.commit_max_delay=5s"), "must be from 0s to 1s, is 5s");
    assert_eq!(message("server.trusted_proxies=[1"), "expected a list such as [\"a\", \"b\"], found \"[1\"");
    assert!(message("server.listen=localhost:80").starts_with("expected an IP address and a port"));
    assert!(message("log.level=inof").starts_with("expected a level"));
    assert_eq!(message("nothing"), "expected SECTION.KEY=VALUE, found \"nothing\"");
    assert_eq!(message("server.workers=-1"), "expected a whole number, 0 or more, found -1");
}

#[test]
fn of_a_fixed_set_suggest_the_nearest_word() {
    let problems = problems_of_flags(&["heat.auth=projectKey"]);
    assert_eq!(problems[0].suggestion.as_deref(), Some("\"project_key\""));
    let problems = problems_of("[privacy]\naddress = 0\n");
    assert_eq!(problems[0].message, "expected text in quotes, found 0", "a variant's number is not its name");
}

#[test]
fn from_the_environment_take_the_kind_of_their_key() {
    let surroundings = environment(&[
        ("HEARTH_HEAT__JWT__AUDIENCE", "12345"),
        ("HEARTH_HEAT__JWT__ISSUER", "true"),
        ("HEARTH_HEAT__MAX_BODY_BYTES", "2MB"),
        ("HEARTH_HEAT__RATE_LIMIT__MAX", "9"),
        ("HEARTH_HEAT__OPEN_READS", "true"),
        ("HEARTH_SERVER__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
        ("HEARTH_HEAT__ALLOWED_ORIGINS", "[\"https://Example.org:443\"]"),
        ("HEARTH_STORAGE__PAGE_CACHE", "1048576"),
    ]);
    let config = loaded(&nothing(), &surroundings).config;
    assert_eq!((config.heat.jwt.audience.as_str(), config.heat.jwt.issuer.as_str()), ("12345", "true"));
    assert_eq!((config.heat.max_body_bytes, config.heat.rate_limit.max), (2_000_000, 9));
    assert!(config.heat.open_reads);
    assert_eq!(
        config.server.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["127.0.0.1/32", "10.0.0.0/8"]
    );
    assert_eq!(config.heat.allowed_origins, AllowedOrigins::Only(vec!["https://example.org".to_owned()]));
    assert_eq!(config.storage.page_cache, 1 << 20);
}

#[test]
fn of_allowed_origins_are_origins() {
    let origins = |text| loaded(&set(&[text]), &Surroundings::default()).config.heat.allowed_origins;
    assert!(origins("heat.allowed_origins=https://a.example/").allows("https://a.example"));
    assert!(origins("heat.allowed_origins=capacitor://localhost").allows("capacitor://localhost"));
    assert!(!origins("heat.allowed_origins=").allows("https://a.example"));
    assert!(message("heat.allowed_origins=https://a.example/path").starts_with("item 1: expected an origin"));
    assert!(message("heat.allowed_origins=*,https://a.example").contains("must stand alone"));
}

#[test]
fn of_durations_may_combine_units_but_not_months() {
    let delay = |text| loaded(&set(&[text]), &Surroundings::default()).config.heat.rate_limit.window;
    assert_eq!(delay("heat.rate_limit.window=1m 30s"), Duration::from_secs(90));
    assert_eq!(delay("heat.rate_limit.window=1d"), Duration::from_hours(24));
    assert!(message("heat.rate_limit.window=1 month").starts_with("expected a duration"));
    assert!(message("heat.rate_limit.window=-10s").starts_with("expected a duration"));
    assert!(message("heat.rate_limit.window=300 years").starts_with("expected a duration"));
}

#[test]
fn from_variables_that_are_not_text_are_refused() {
    use std::os::unix::ffi::OsStringExt;
    let variable = (OsString::from("HEARTH_LOG__LEVEL"), OsString::from_vec(vec![0xff]));
    let surroundings = Surroundings { variables: vec![variable], search: Vec::new() };
    let problems = load_from(&nothing(), &surroundings).unwrap_err();
    assert_eq!(problems.to_string(), "env HEARTH_LOG__LEVEL: log.level: is not UTF-8 text");
}
