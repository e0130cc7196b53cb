//! What the app is asked, and by whom it is told that it is asked.

use crate::setting::Hearth;
use crate::upstream::{Seen, Upstream, response};

/// What the app gets of a request with these lines.
fn asked(settings: &[&str], lines: &str) -> (Seen, crate::client::Answer) {
    let upstream = Upstream::answering(|_| response("200 OK", "ok"));
    let hearth = Hearth::before(&upstream, settings);
    let mut client = hearth.connect();
    client.send(format!("{lines}\r\n\r\n"));
    let answer = client.answer(true);
    (upstream.seen(), answer)
}

#[test]
fn target_and_host_arrive_byte_for_byte() {
    let (seen, _) = asked(&[], "GET /a/%2e%2e/%2Fb//c?q=%2F%00&&=&x[]=1;2 HTTP/1.1\r\nHost: Shop.test:81");
    assert_eq!(seen.head.first, "GET /a/%2e%2e/%2Fb//c?q=%2F%00&&=&x[]=1;2 HTTP/1.1");
    assert_eq!(seen.head.field("host").as_deref(), Some("Shop.test:81"));
}

#[test]
fn the_app_is_told_of_client_and_proxy_and_nobody_can_say_it_for_us() {
    let lines = "GET / HTTP/1.1\r\nHost: app.test\r\nX-Forwarded-For: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\n\
                 X-Real-IP: 9.9.9.9\r\nX-Request-Id: theirs\r\nX-Hearth-User-Id: admin\r\ntraceparent: 00-ab-cd-01";
    let (seen, answer) = asked(&[], lines);
    let field = |name| seen.head.field(name);
    assert_eq!(field("x-forwarded-for").as_deref(), Some("127.0.0.1"));
    assert_eq!(field("forwarded").as_deref(), Some("for=127.0.0.1;host=\"app.test\";proto=http"));
    assert_eq!(field("x-forwarded-host").as_deref(), Some("app.test"));
    assert_eq!(field("x-forwarded-proto").as_deref(), Some("http"));
    assert_eq!(field("via").as_deref(), Some("1.1 hearth"));
    assert_eq!(field("traceparent").as_deref(), Some("00-ab-cd-01"));
    assert_eq!((field("x-real-ip"), field("x-hearth-user-id")), (None, None));
    assert_ne!(field("x-request-id").as_deref(), Some("theirs"));
    assert_eq!(field("x-request-id"), answer.field("x-request-id"));
}

#[test]
fn trusted_peers_are_continued() {
    let lines = "GET / HTTP/1.1\r\nHost: app.test\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n\
                 Via: 1.1 edge\r\nX-Request-Id: theirs";
    let (seen, answer) = asked(&["server.trusted_proxies=[\"127.0.0.0/8\"]"], lines);
    let field = |name| seen.head.field(name);
    assert_eq!(field("x-forwarded-for").as_deref(), Some("203.0.113.7, 127.0.0.1"));
    assert_eq!(field("x-forwarded-proto").as_deref(), Some("https"));
    assert_eq!(field("via").as_deref(), Some("1.1 edge, 1.1 hearth"));
    assert_eq!(field("x-request-id").as_deref(), Some("theirs"));
    assert_eq!(answer.field("x-request-id").as_deref(), Some("theirs"));
}

#[test]
fn the_apps_own_host_can_be_asked_for() {
    let (seen, _) = asked(&["proxy.preserve_host=false"], "GET / HTTP/1.1\r\nHost: app.test");
    assert!(seen.head.field("host").unwrap().starts_with("127.0.0.1:"));
    assert_eq!(seen.head.field("x-forwarded-host").as_deref(), Some("app.test"));
}

#[test]
fn a_request_that_comes_back_is_refused() {
    let upstream = Upstream::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 hearth\r\n\r\n");
    assert_eq!(client.answer(true).status, 508);
    assert!(upstream.has_seen_no_more());
    assert_eq!(hearth.record().status, 508);
}

#[test]
fn hosts_and_paths_have_upstreams_of_their_own() {
    let upstreams = ["api", "shop"]
        .map(|name| Upstream::answering(move |seen| response("200 OK", &format!("{name} {}", seen.head.first))));
    let urls = [0, 1].map(|at| format!("http://{}/base/", upstreams[at].address));
    let hearth = Hearth::with(&[], |config| {
        let entry = |host: &str, path: &str, url: &str| hearth::config::Upstream {
            host: host.to_owned(),
            path: path.to_owned(),
            url: url.parse().unwrap(),
            preserve_host: None,
            project: String::new(),
        };
        config.proxy.upstreams = vec![entry("", "/api", &urls[0]), entry("shop.test", "/", &urls[1])];
    });
    let mut client = hearth.connect();
    let mut ask = |host: &str, path: &str| {
        client.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        let answer = client.answer(true);
        (answer.status, answer.text())
    };
    assert_eq!(ask("other.test", "/api/x?y"), (200, "api GET /base/api/x?y HTTP/1.1".to_owned()));
    assert_eq!(ask("Shop.test:8080", "/api/x"), (200, "shop GET /base/api/x HTTP/1.1".to_owned()));
    let (status, text) = ask("other.test", "/apix");
    assert_eq!(status, 404);
    assert!(text.contains("no_upstream"), "{text}");
}
