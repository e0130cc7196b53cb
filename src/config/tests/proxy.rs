//! The proxy: its upstreams and its limits.

use super::*;

/// The only problem of a file, as `key: message`.
fn problem(text: &str) -> String {
    let problems = problems_of(text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    format!("{}: {}", problems[0].key, problems[0].message)
}

fn upstream(fields: &str) -> String {
    format!("[[proxy.upstreams]]\nurl = \"http://127.0.0.1:4000\"\n{fields}\n")
}

#[test]
fn takes_hosts_paths_and_addresses() {
    for fields in [
        "host = \"shop.example.org\"",
        "host = \"*.example.org\"",
        "host = \"localhost\"",
        "host = \"192.0.2.1\"",
        "host = \"[2001:db8::1]\"",
        "path = \"/\"",
        "path = \"/api/v1/\"",
        "path = \"/a%20b\"",
    ] {
        let (_directory, overrides) = file(&upstream(fields));
        assert!(loaded(&overrides, &Surroundings::default()).config.proxy.is_on(), "{fields}");
    }
    for address in ["http://app:3000", "https://app.internal/base/path", "http://[::1]:3000", "http://127.0.0.1:8082"] {
        loaded(&set(&[&format!("proxy.upstream={address}")]), &Surroundings::default());
    }
}

#[test]
fn refuses_hosts_that_no_request_can_ask_for() {
    for host in
        ["shop.example.org:80", "*", "*.", "*.192.0.2.1", "a b", "http://a.example", "a..b", "ü.example", "*.*.a"]
    {
        let problem = problem(&upstream(&format!("host = \"{host}\"")));
        assert!(
            problem.starts_with("proxy.upstreams: item 1, host: expected a name without a port"),
            "{host}: {problem}"
        );
    }
}

#[test]
fn refuses_path_prefixes_that_no_request_can_have() {
    for path in ["", "api", "//", "/a//b", "/a/../b", "/.", "/a?b", "/a b"] {
        let problem = problem(&upstream(&format!("path = \"{path}\"")));
        assert!(problem.starts_with("proxy.upstreams: item 1, path: expected a path"), "{path}: {problem}");
    }
}

#[test]
fn refuses_addresses_that_are_no_place_for_requests() {
    assert!(problem("[proxy]\nupstream = \"localhost:3000\"\n").starts_with("proxy.upstream: expected an address"));
    assert_eq!(
        problem("[proxy]\nupstream = \"http://app/?a=b\"\n"),
        "proxy.upstream: must be an address without a query"
    );
    assert!(problem("[proxy]\nupstream = \"http://app/#a\"\n").starts_with("proxy.upstream: expected an address"));
    assert!(!problem("[proxy]\nupstream = \"http://user:hush@app/\"\n").contains("hush"));
    let empty = "[[proxy.upstreams]]\nurl = \"\"\n";
    assert!(problem(empty).starts_with("proxy.upstreams: item 1, url: expected an address"));
}

#[test]
fn refuses_itself_as_upstream() {
    for address in
        ["http://127.0.0.1:8081", "http://localhost:8081/x", "http://app.localhost:8081", "http://0.0.0.0:8081"]
    {
        let said = problem(&format!("[proxy]\nupstream = \"{address}\"\n"));
        assert_eq!(said, "proxy.upstream: is Hearth's own proxy.listen; name the address of the app", "{address}");
    }
    let said = problem("[[proxy.upstreams]]\nurl = \"http://127.0.0.1:8080\"\n");
    assert!(said.starts_with("proxy.upstreams: item 1, url: is Hearth's own server.listen"), "{said}");
    let said = problem("[server]\nlisten = \"0.0.0.0:80\"\n[proxy]\nupstream = \"http://127.0.0.1\"\n");
    assert!(said.starts_with("proxy.upstream: is Hearth's own server.listen"), "{said}");
    let elsewhere = ["proxy.listen=192.0.2.1:3000", "proxy.upstream=http://127.0.0.1:3000"];
    loaded(&set(&elsewhere), &Surroundings::default());
    loaded(&set(&["server.listen=127.0.0.1:0", "proxy.upstream=http://127.0.0.1:1"]), &Surroundings::default());
}

#[test]
fn refuses_the_port_of_the_other_listener_once_it_is_on() {
    let same = ["server.listen=127.0.0.1:9000", "proxy.listen=0.0.0.0:9000"];
    loaded(&set(&same), &Surroundings::default());
    let problems = problems_of_flags(&[same.as_slice(), &["proxy.upstream=http://192.0.2.1"]].concat());
    assert_eq!((problems.len(), problems[0].code), (1, ProblemCode::Conflict));
    assert_eq!(problems[0].key, "proxy.listen");
    let any = ["server.listen=127.0.0.1:0", "proxy.listen=127.0.0.1:0", "proxy.upstream=http://192.0.2.1"];
    loaded(&set(&any), &Surroundings::default());
}

#[test]
fn refuses_a_second_upstream_that_would_never_be_used() {
    let twice = format!(
        "{}\n{}",
        upstream("host = \"a.example\"\npath = \"/x\""),
        upstream("host = \"A.example\"\npath = \"/x/\"")
    );
    assert_eq!(problem(&twice), "proxy.upstreams: item 2: has the same host and path as item 1");
}

#[test]
fn has_limits_on_every_number() {
    for (assignment, most) in [
        ("proxy.max_connections=0", "1 to 1000000"),
        ("proxy.max_fields=5", "10 to 1000"),
        ("proxy.max_head_bytes=1GiB", "1KiB to 1MiB"),
        ("proxy.head_timeout=0s", "100ms to 1h"),
        ("proxy.connect_timeout=0s", "10ms to 1h"),
        ("proxy.upstream_max_idle=99999", "0 to 10000"),
    ] {
        let problems = problems_of_flags(&[assignment]);
        assert!(problems[0].message.starts_with(&format!("must be from {most}")), "{problems:?}");
    }
    let problems = problems_of("[proxy]\nmax_target_bytes = \"64KiB\"\n");
    assert_eq!(
        (places(&problems), problems[0].code),
        (vec!["2:20 proxy.max_target_bytes".to_owned()], ProblemCode::Conflict)
    );
}

#[test]
fn takes_upgrades_to_any_protocol_but_http_and_tls() {
    let config = loaded(&set(&["proxy.upgrades=tcp,SPDY/3.1"]), &Surroundings::default()).config;
    assert_eq!(config.proxy.upgrades, ["tcp", "SPDY/3.1"]);
    for protocol in ["h2c", "HTTP/2.0", "TLS/1.3", "a b", "a/b/c", "/"] {
        let problems = problems_of(&format!("[proxy]\nupgrades = [{protocol:?}]\n"));
        assert_eq!(problems[0].key, "proxy.upgrades", "{protocol}");
    }
}
