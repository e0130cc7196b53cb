//! Pages may send and read every answer (datalyr.md 3; cases 10, 11): one they cannot read is sent again for ever.

use serde_json::json;

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::track_payload::{ORIGIN, keyed, paged, post, track, web};

fn preflight(target: &str, headers: &str) -> Request {
    Request::new("OPTIONS", target)
        .header("origin", ORIGIN)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", headers)
}

#[track_caller]
fn is_readable(answer: &Answer) {
    let lower = |name: &str| answer.header(name).unwrap_or_default().to_ascii_lowercase();
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "{}", answer.status);
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert!(lower("access-control-expose-headers").split(", ").any(|name| name == "retry-after"));
    assert!(lower("vary").split(", ").any(|name| name == "origin"));
    assert!(answer.header("x-request-id").is_some());
}

#[test]
fn preflights_are_granted_to_everybody() {
    let hearth = Hearth::start();
    hearth.set_workspace(&hearth.project, "ws_1", &["https://shop.example"]);
    for (target, headers) in [
        ("/", "content-type,x-batch-size"),
        ("/", "content-type"),
        ("/track", "content-type,x-api-key"),
        ("/track/", "authorization,content-type,x-datalyr-api-key"),
        ("/batch", "content-type"),
        ("/api/ingest", "content-type"),
        ("/container-scripts", "content-type,x-container-version"),
        ("//container-scripts", "content-type,x-container-version"),
        ("/track/container-scripts", "content-type,x-container-version"),
        ("/sdk-consent-policy?ws=ws_1", "x-other"),
        ("/attribution/lookup", "content-type,x-datalyr-api-key"),
        ("/attribution/deferred-lookup", "content-type,traceparent"),
        ("/track/nothing", "content-type"),
    ] {
        let answer = hearth.send(&preflight(target, headers).header("content-length", "0"));
        assert_eq!(answer.status, 204, "{target}");
        is_readable(&answer);
        assert_eq!(answer.header("access-control-max-age"), Some("7200"));
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(["GET", "POST", "OPTIONS"].iter().all(|method| methods.split(", ").any(|known| known == *method)));
        let granted: Vec<_> = answer.header("access-control-allow-headers").unwrap().split(", ").collect();
        assert!(headers.split(',').all(|header| granted.contains(&header)), "{granted:?}");
        assert!(["x-batch-size", "x-container-version", "x-api-key"].iter().all(|header| granted.contains(header)));
    }
}

#[test]
fn every_answer_to_a_page_may_be_read_by_it() {
    let limits = ["datalyr.rate_limit.max_events=3", "datalyr.max_body_bytes=2KiB", "datalyr.max_event_bytes=1KiB"];
    let hearth = Hearth::with(&limits);
    let workspace = hearth.workspace();
    let closed = hearth.add_project("closed");
    hearth.set_workspace(&closed, "ws_closed", &["https://shop.example"]);
    let from_page = |request: Request| hearth.send(&request.header("origin", ORIGIN));
    let mut answers = vec![
        from_page(paged(ORIGIN, &web(&workspace, &["a"]))),
        from_page(paged(ORIGIN, &web("ws_nobody", &["a"]))),
        from_page(paged(ORIGIN, &web("ws_closed", &["a"]))),
        from_page(paged(ORIGIN, &json!([]))),
        from_page(post("/", &json!({"x": "y".repeat(3_000)}))),
        from_page(keyed("/track", &hearth.project.key, &track("b"))),
        from_page(keyed("/track", "dk_wrong", &track("b"))),
        from_page(post("/track", &track("b"))),
        from_page(keyed("/track", &hearth.project.key, &track("c"))),
        from_page(paged(ORIGIN, &web(&workspace, &["d"]))),
        from_page(Request::get("/track")),
        from_page(Request::new("POST", "/track/nothing")),
        from_page(post("/container-scripts", &json!({"workspaceId": workspace}))),
        from_page(Request::get("/sdk-consent-policy?ws=ws_1")),
        from_page(post("/attribution/lookup", &json!({"email": "a@b.co"}))),
        from_page(post("/", &web(&workspace, &["e"])).header("content-encoding", "br")),
    ];
    hearth.clock.advance_ms(10_001);
    hearth.runtime.block_on(hearth.store().close()).unwrap();
    answers.push(from_page(paged(ORIGIN, &web(&workspace, &["f"]))));
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    let expected = [200, 401, 403, 400, 413, 200, 401, 401, 200, 429, 405, 404, 200, 200, 401, 400, 429];
    assert_eq!(statuses, expected);
    answers.iter().for_each(is_readable);
}

#[test]
fn without_an_origin_nothing_is_said_of_one() {
    let hearth = Hearth::start();
    let answer = hearth.send(&keyed("/track", &hearth.project.key, &track("a"))).ok();
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert!(answer.header("vary").unwrap().contains("Origin"), "a cache must not give it to a page");
    assert_eq!(hearth.send(&Request::new("OPTIONS", "/track")).header("allow"), Some("GET, POST, OPTIONS"));
}
