//! What is recorded: routes, people, and the dashboard.

use super::*;

/// The only problem of one assignment.
fn message(assignment: &str) -> String {
    let problems = problems_of_flags(&[assignment]);
    assert_eq!(problems.len(), 1, "{assignment}: {problems:?}");
    problems[0].message.clone()
}

/// The only problem of one assignment beside a good one.
fn message_of(assignment: &str, good: &str) -> String {
    let problems = problems_of_flags(&[good, assignment]);
    assert_eq!(problems.len(), 1, "{assignment}: {problems:?}");
    problems[0].message.clone()
}

#[test]
fn rules_are_paths_prefixes_and_regular_expressions() {
    let good = "traffic.ignore_routes=[\"/health\", \"/api/*\", '^/v[0-9]+/', \"/\"]";
    assert_eq!(loaded(&set(&[good]), &Surroundings::default()).config.traffic.ignore_routes.len(), 4);
    assert!(message("traffic.include_routes=/a,health").starts_with("item 2: "));
    assert_eq!(message("traffic.ignore_routes=^("), "item 1: is no regular expression: unclosed group");
    let problems = problems_of("[[traffic.slow_thresholds]]\nroute = \"reports\"\nthreshold = \"0s\"\n");
    assert_eq!(places(&problems), ["2:9 traffic.slow_thresholds", "3:13 traffic.slow_thresholds"]);
    assert_eq!(problems[1].message, "item 1, threshold: must be from 1ms to 24h, is 0s");
}

#[test]
fn patterns_are_paths_with_named_segments() {
    let good = "traffic.routes=/media/file/:storedName,/shop/:category/*rest,/";
    assert_eq!(loaded(&set(&[good]), &Surroundings::default()).config.traffic.routes.len(), 3);
    for bad in ["media", "/a?b", "/:", "/*rest/a", "/a b"] {
        assert!(message(&format!("traffic.routes={bad}")).starts_with("item 1: "), "{bad}");
    }
    assert!(message("traffic.routes=/a/:b,/a/:c").starts_with("item 2: "), "the same pattern in other words");
}

#[test]
fn sources_say_where_they_look() {
    let good = "traffic.identity.user_id=response-header:x-user,request-header:x-user,cookie:uid";
    assert_eq!(loaded(&set(&[good]), &Surroundings::default()).config.traffic.identity.user_id.len(), 3);
    for bad in ["x-user", "header:x-user", "cookie:", "request-header:a b", "session:x"] {
        assert!(message(&format!("traffic.identity.session_id={bad}")).starts_with("item 1: "), "{bad}");
    }
}

#[test]
fn sources_are_a_bounded_number() {
    let many = vec!["cookie:a"; 17].join(",");
    assert_eq!(message(&format!("traffic.identity.user_id={many}")), "must not have more than 16 sources");
}

#[test]
fn names_of_fields_and_cookies_are_tokens() {
    for bad in ["traffic.route_header=a b", "traffic.identity.session_cookie_name=", "traffic.identity.jwt.cookie=a;b"]
    {
        assert!(message(bad).starts_with("must be the name of a"), "{bad}");
    }
    loaded(&set(&["traffic.route_header="]), &Surroundings::default());
}

#[test]
fn tokens_are_verified_in_exactly_one_way() {
    let claim = "traffic.identity.user_id=jwt:sub";
    let problems = problems_of_flags(&[claim]);
    assert_eq!((problems.len(), problems[0].code), (1, ProblemCode::Conflict), "{problems:?}");
    let ways = [
        "traffic.identity.jwt.secret=s",
        "traffic.identity.jwt.public_key=key.pem",
        "traffic.identity.jwt.jwks_url=https://id.example/jwks.json",
    ];
    for way in ways {
        loaded(&set(&[claim, way]), &Surroundings::default());
    }
    assert!(message_of("traffic.identity.user_id=jwt:", ways[0]).starts_with("item 1: "));
    let problems = problems_of_flags(&[claim, ways[0], ways[2]]);
    assert_eq!((problems.len(), problems[0].code), (1, ProblemCode::Conflict), "{problems:?}");
}

#[test]
fn keys_of_issuers_come_over_https_or_from_this_machine() {
    let way = |address: &str| set(&[&format!("traffic.identity.jwt.jwks_url={address}")]);
    for good in ["https://id.example/k", "http://127.0.0.1:9/k", "http://localhost/k", "http://[::1]/k"] {
        loaded(&way(good), &Surroundings::default());
    }
    for bad in ["http://id.example/k", "http://10.0.0.1/k", "http://localhost.example/k"] {
        let problems = load_from(&way(bad), &Surroundings::default()).unwrap_err().0;
        assert_eq!(problems[0].key, "traffic.identity.jwt.jwks_url", "{bad}");
    }
}

#[test]
fn the_dashboard_has_a_place_of_its_own() {
    let mount = |path: &str| format!("traffic.dashboard.mount_path={path}");
    for good in ["/traffic", "/ops/traffic", "/api-traffic"] {
        loaded(&set(&[&mount(good)]), &Surroundings::default());
    }
    for bad in [
        "",
        "traffic",
        "/",
        "/traffic/",
        "/a//b",
        "/../x",
        "/{x}",
        "/a b",
        "/api",
        "/api/x",
        "/ingest",
        "/live",
        "/static/x",
    ] {
        assert!(message(&mount(bad)).starts_with("must "), "{bad}");
    }
}

#[test]
fn the_dashboard_has_user_name_and_password_or_neither() {
    let (name, password) = ("traffic.dashboard.username=ops", "traffic.dashboard.password=hush");
    loaded(&set(&[name, password]), &Surroundings::default());
    for (alone, key) in [(name, "traffic.dashboard.username"), (password, "traffic.dashboard.password")] {
        let problems = problems_of_flags(&[alone]);
        assert_eq!((problems[0].code, problems[0].key.as_str()), (ProblemCode::Conflict, key));
    }
    assert!(message_of("traffic.dashboard.username=a:b", password).contains("colon"));
}

#[test]
fn words_are_those_of_the_original_and_suggested() {
    let mode = |word: &str| set(&[&format!("traffic.dashboard.live_mode={word}")]);
    assert_eq!(
        loaded(&mode("socket-cluster"), &Surroundings::default()).config.traffic.dashboard.live_mode,
        LiveMode::SocketCluster
    );
    let problems = load_from(&mode("sockets"), &Surroundings::default()).unwrap_err().0;
    assert_eq!(problems[0].suggestion.as_deref(), Some("\"socket\""));
    let problems = problems_of_flags(&["traffic.route_value=originalUrl"]);
    assert_eq!(problems[0].suggestion.as_deref(), Some("\"original_url\""));
}
