//! `/_hearth/` on the app's own origin.

use crate::setting::Hearth;
use crate::upstream::{Upstream, response};

#[test]
fn the_collector_answers_on_the_apps_origin_and_the_app_sees_nothing() {
    let upstream = Upstream::answering(|_| response("200 OK", "app"));
    let hearth = Hearth::before(&upstream, &[]);
    let batch = r#"{"session":{"id":"s"},"events":[{"type":"click","eventId":"1","sessionId":"s","ts":1,"path":"/","viewport":{"w":9,"h":9},"device":{},"x":1,"y":1}]}"#;
    let ingest = |key: &str| {
        format!(
            "POST /_hearth/ingest HTTP/1.1\r\nHost: a\r\nx-project-key: {key}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{batch}",
            batch.len()
        )
    };
    let mut client = hearth.connect();
    client.send(ingest(&hearth.project_key));
    let answer = client.answer(true);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.field("x-heat-collector").as_deref(), Some("heat-collector"));
    assert!(answer.field("x-request-id").is_some());
    client.send(ingest("hk_wrong"));
    assert_eq!(client.answer(true).status, 401);
    assert_eq!(client.ask("GET", "/_hearth/else").status, 404);
    assert_eq!(client.ask("HEAD", "/_hearth/").status, 404);
    assert!(upstream.has_seen_no_more());
    assert_eq!(client.ask("GET", "/_hearths").text(), "app");
    assert_eq!(hearth.records(1).len(), 1);
}

#[test]
fn preflights_are_answered() {
    let upstream = Upstream::answering(|_| response("200 OK", "app"));
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send(
        "OPTIONS /_hearth/ingest HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.test\r\n\
         Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-project-key\r\n\r\n",
    );
    let answer = client.answer(true);
    assert_eq!(answer.status, 200);
    assert!(answer.field("access-control-allow-origin").is_some());
    assert!(upstream.has_seen_no_more());
}

#[test]
fn bodies_larger_than_a_batch_may_be_are_refused() {
    let upstream = Upstream::answering(|_| response("200 OK", "app"));
    let hearth = Hearth::before(&upstream, &["heat.max_body_bytes=1000"]);
    let mut client = hearth.connect();
    client.send(format!(
        "POST /_hearth/ingest HTTP/1.1\r\nHost: a\r\nx-project-key: {}\r\nContent-Type: application/json\r\n\
         Content-Length: 2000\r\n\r\n{}",
        hearth.project_key,
        " ".repeat(2000)
    ));
    assert_eq!(client.answer(true).status, 413);
}

#[test]
fn events_of_the_apps_pages_are_taken_on_its_own_origin() {
    let upstream = Upstream::answering(|_| response("200 OK", "app"));
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    let mut post = |target: &str, body: &str| {
        client.send(format!(
            "POST {target} HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.test\r\nX-API-Key: {}\r\nContent-Length: {}\r\n\r\n\
             {body}",
            hearth.project_key,
            body.len()
        ));
        let answer = client.answer(true);
        assert_eq!(answer.field("access-control-allow-origin").as_deref(), Some("https://shop.test"), "{target}");
        (answer.status, answer.text())
    };
    let doors = ["/_hearth", "/_hearth/", "/_hearth//", "/_hearth/track", "/_hearth/track/", "/_hearth//track"];
    for (n, target) in doors.into_iter().enumerate() {
        let event = format!(r#"{{"event":"opened","eventId":"{n}"}}"#);
        assert_eq!(post(target, &event), (200, r#"{"success":true}"#.to_owned()), "{target}");
        assert_eq!(post(target, "not json").0, 400, "{target}");
    }
    for target in ["/_hearth/container-scripts", "/_hearth//container-scripts", "/_hearth/track/container-scripts"] {
        let (status, text) = post(target, "{}");
        assert!(status == 200 && text.contains(r#""scripts":[]"#), "{target}: {text}");
    }
    let policy = client.ask("GET", "/_hearth/sdk-consent-policy?ws=x");
    assert!(policy.status == 200 && policy.text().contains("waitForShopifyConsent"));
    assert_eq!(client.ask("GET", "/_hearth").status, 404);
    assert_eq!(client.ask("GET", "/_hearth/track").status, 405);
    client.send(
        "OPTIONS /_hearth HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.test\r\nAccess-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: content-type\r\n\r\n",
    );
    let preflight = client.answer(false);
    assert_eq!((preflight.status, preflight.field("access-control-max-age").as_deref()), (204, Some("7200")));
    assert!(upstream.has_seen_no_more());
}
