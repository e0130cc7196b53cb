//! Pages of other origins may send and read (heat-collector.md 8): an answer a page cannot read is sent again for ever.

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::payload::{batch, click};

const ORIGIN: &str = "https://shop.example";

fn preflight(path: &str, method: &str, headers: &str, origin: &str) -> Request {
    Request::new("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", headers)
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

#[test]
fn a_preflight_of_the_sdk_is_granted() {
    let hearth = Hearth::start();
    for headers in ["content-type,x-project-key", "authorization,content-type,x-project-key"] {
        let answer = hearth.send(&preflight("/ingest", "POST", headers, ORIGIN)).ok();
        assert_eq!(allowed(&answer), Some("*"));
        assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
        let granted = answer.header("access-control-allow-headers").unwrap().to_ascii_lowercase();
        assert!(headers.split(',').all(|header| granted.contains(header)), "{granted}");
        assert_eq!(answer.header("access-control-max-age"), Some("86400"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let answer = hearth.send(&preflight("/api/v1/projects", "GET", "authorization", ORIGIN)).ok();
    assert_eq!(allowed(&answer), Some("*"));
}

#[test]
fn every_answer_to_a_page_may_be_read_by_it() {
    let hearth = Hearth::with(&["heat.rate_limit.max=3", "heat.max_body_bytes=2000"]);
    let from_page = |request: Request| hearth.send(&request.header("origin", ORIGIN));
    let ingest = |key: &str, body: String| Request::ingest(key, body);
    let good = batch("s", &[click("a", 0)]).to_string();
    let key = hearth.project.key.clone();
    let token = hearth.project.token.clone();
    let mut answers = vec![
        from_page(ingest(&key, good.clone())),
        from_page(ingest("unknown", good.clone())),
        from_page(ingest(&key, "{}".to_owned())),
        from_page(ingest(&key, "{".to_owned())),
        from_page(ingest(&key, format!("\"{}\"", "x".repeat(3_000)))),
        from_page(ingest(&key, good.clone()).header("content-encoding", "br")),
        from_page(ingest(&key, good.clone())),
        from_page(ingest(&key, good.clone())),
        from_page(Request::get("/api/metrics").bearer(&token)),
        from_page(Request::get("/api/metrics")),
        from_page(Request::get("/api/nothing")),
        from_page(Request::get("/api/v1/projects").bearer(&token)),
        from_page(Request::get("/api/v1/projects")),
        from_page(Request::get("/api/v1/nothing")),
    ];
    hearth.clock.advance_ms(10_001);
    hearth.runtime.block_on(hearth.store().close()).unwrap();
    answers.push(from_page(ingest(&key, good)));
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 401, 400, 400, 413, 415, 200, 429, 200, 401, 404, 200, 401, 404, 503]);
    for answer in &answers {
        assert_eq!(allowed(answer), Some("*"), "{}", answer.status);
        assert!(answer.header("access-control-expose-headers").is_some(), "{}", answer.status);
        assert!(answer.header("x-request-id").is_some(), "{}", answer.status);
    }
}

#[test]
fn every_header_of_ours_is_exposed() {
    let hearth = Hearth::with(&["heat.salvage_invalid_events=true"]);
    let sent = batch("s", &[click("a", 0), click("a", 0), serde_json::json!(1)]).to_string();
    let answer = hearth.send(&Request::ingest(&hearth.project.key, sent).header("origin", ORIGIN)).ok();
    let exposed = answer.header("access-control-expose-headers").unwrap().to_ascii_lowercase();
    let exposed: Vec<_> = exposed.split(',').map(str::trim).collect();
    for name in
        ["x-request-id", "x-ingested-events", "x-hearth-duplicates", "x-hearth-rejected", "x-ratelimit-remaining"]
    {
        assert!(answer.header(name).is_some() && exposed.contains(&name), "{name}");
    }
    for name in ["x-hearth-total", "x-total-count", "link", "retry-after"] {
        assert!(exposed.contains(&name), "{name}");
    }
}

#[test]
fn only_listed_origins_are_allowed_if_there_is_a_list() {
    let hearth = Hearth::with(&["heat.allowed_origins=https://shop.example,http://localhost:3000"]);
    let sent = batch("s", &[click("a", 0)]).to_string();
    for origin in [ORIGIN, "http://localhost:3000"] {
        let answer = hearth.send(&preflight("/ingest", "POST", "content-type,x-project-key", origin)).ok();
        assert_eq!(allowed(&answer), Some(origin));
        assert!(answer.header("vary").unwrap().to_ascii_lowercase().contains("origin"));
        let answer = hearth.send(&Request::ingest(&hearth.project.key, sent.clone()).header("origin", origin)).ok();
        assert_eq!(allowed(&answer), Some(origin));
    }
    for origin in ["https://evil.example", "https://shop.example:8443", "http://shop.example", "null"] {
        let answer = hearth.send(&preflight("/ingest", "POST", "content-type,x-project-key", origin));
        assert_eq!(allowed(&answer), None, "{origin}");
        let answer = hearth.send(&Request::ingest(&hearth.project.key, sent.clone()).header("origin", origin));
        assert_eq!(allowed(&answer), None, "{origin}");
    }
    hearth.ingest(&batch("s", &[click("b", 0)])).ok();
}
