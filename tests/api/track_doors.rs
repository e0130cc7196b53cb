//! What the Datalyr doors take and what they say (datalyr.md 1, 8; cases 1, 2, 15 to 18, 32, 33).

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::client::Request;
use crate::installation::Hearth;
use crate::track_payload::{ORIGIN, keyed, paged, post, raw, refused, track, web};

#[test]
fn an_event_is_taken_at_every_path_that_sdks_post_to() {
    let hearth = Hearth::start();
    let paths = ["/track", "/track/", "/", "/batch", "/batch/", "/api/ingest", "//track"];
    for path in paths {
        let answer = hearth.send(&keyed(path, &hearth.project.key, &track(path))).ok();
        assert_eq!(answer.json(), json!({"success": true}), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let raw = raw("r", "mobile_sdk");
    assert_eq!(hearth.send(&keyed("/track", &hearth.project.key, &raw)).ok().json(), json!({"success": true}));
    assert_eq!(hearth.count_events(&hearth.project), i64::try_from(paths.len()).unwrap() + 1);
}

#[test]
fn a_batch_is_taken_at_every_path_too_and_counted() {
    let hearth = Hearth::start();
    let workspace = hearth.workspace();
    for path in ["/", "/track", "/track/", "/batch"] {
        let (a, b) = (format!("{path}a"), format!("{path}b"));
        let answer = hearth.send(&post(path, &web(&workspace, &[&a, &b])).header("origin", ORIGIN)).ok();
        assert_eq!(answer.json(), json!({"success": true, "accepted": 2, "duplicates": 0, "rejected": 0}), "{path}");
    }
    let again = hearth.send(&paged(ORIGIN, &web(&workspace, &["/a", "/c", "/c"]))).ok();
    assert_eq!(again.json(), json!({"success": true, "accepted": 1, "duplicates": 2, "rejected": 0}));
    let mut batch = web(&workspace, &["d", "e"]);
    batch["events"][1]["event_name"] = json!("");
    let mixed = hearth.send(&paged(ORIGIN, &batch)).ok();
    assert_eq!(mixed.json(), json!({"success": true, "accepted": 1, "duplicates": 0, "rejected": 1}));
    assert_eq!(hearth.count_events(&hearth.project), 10);
}

#[test]
fn a_copy_is_told_and_stored_once() {
    let hearth = Hearth::start();
    let request = keyed("/track", &hearth.project.key, &track("once"));
    assert_eq!(hearth.send(&request).ok().json(), json!({"success": true}));
    assert_eq!(hearth.send(&request).ok().json(), json!({"success": true, "duplicate": true}));
    assert_eq!(hearth.count_events(&hearth.project), 1);
}

#[test]
fn an_empty_batch_is_taken_and_nothing_is_stored() {
    let hearth = Hearth::start();
    let empty = json!({"events": [], "batchId": "x", "timestamp": "2026-11-20T10:00:00.000Z"});
    let answer = hearth.send(&post("/", &empty)).ok();
    assert_eq!(answer.json(), json!({"success": true, "accepted": 0, "duplicates": 0, "rejected": 0}));
    refused(&hearth.send(&keyed("/", "dk_wrong", &empty)), 401, "unknown_key");
    assert_eq!(hearth.count_rows("track_event"), 0);
}

#[test]
fn no_answer_repeats_what_was_sent() {
    let hearth = Hearth::start();
    let key = hearth.project.key.clone();
    let sent = ["do-not-echo-me", "signup_completed", "user_123", "anon_9c54", "unique-event-id"];
    let mut nameless = track("unique-event-id");
    nameless["event"] = json!("");
    let mut wrong = keyed("/track", "dk_do-not-echo-me", &track("unique-event-id"));
    let requests = [
        keyed("/track", &key, &track("unique-event-id")),
        keyed("/track", &key, &track("unique-event-id")),
        keyed("/track", &key, &nameless),
        std::mem::replace(&mut wrong, post("/do-not-echo-me", &json!({}))),
        post("/", &web("do-not-echo-me", &["unique-event-id"])),
        keyed("/track", &key, &json!("do-not-echo-me")),
    ];
    for request in requests {
        let text = hearth.send(&request).text();
        assert!(!text.is_empty() && sent.iter().all(|value| !text.contains(value)), "{text}");
    }
}

#[test]
fn what_is_neither_event_nor_batch_is_400_and_harms_nothing() {
    let hearth = Hearth::start();
    let key = hearth.project.key.clone();
    let send = |body: &str| hearth.send(&Request::new("POST", "/track").header("x-api-key", &key).body(body));
    for body in ["not json", "", "{", "\u{feff}", "{\"event\":\"a\"} x", "nul"] {
        refused(&send(body), 400, "invalid_json");
    }
    for body in ["[]", "5", "\"x\"", "{}", "null", "true", "{\"events\":5}", "[{\"event\":\"a\"}]"] {
        refused(&send(body), 400, "unknown_shape");
    }
    for body in ["{\"event\":\"\"}", "{\"event\":7}", "{\"eventName\":null}"] {
        assert_eq!(send(body).status, 400, "{body}");
    }
    hearth.send(&keyed("/track", &key, &track("after"))).ok();
    assert_eq!(hearth.count_events(&hearth.project), 1);
}

#[test]
fn other_methods_and_paths_are_4xx_in_json_and_the_page_stays() {
    let hearth = Hearth::start();
    for (method, target) in [
        ("GET", "/track"),
        ("PUT", "/track"),
        ("DELETE", "/track/"),
        ("GET", "/batch"),
        ("PATCH", "/api/ingest"),
        ("GET", "/container-scripts"),
        ("POST", "/sdk-consent-policy"),
        ("GET", "/attribution/lookup"),
    ] {
        let answer = hearth.send(&Request::new(method, target));
        refused(&answer, 405, "method_not_allowed");
        assert_eq!(answer.header("vary").is_some(), answer.header("allow").is_some(), "{method} {target}");
    }
    for target in ["/track/nothing", "/attribution", "/attribution/nothing", "/track//x", "/batch/x"] {
        refused(&hearth.send(&Request::new("POST", target)), 404, "not_found");
    }
    assert!(hearth.send(&Request::get("/")).text().contains("<html"));
    assert_eq!(hearth.send(&Request::new("PUT", "/")).status, 404);
    hearth.send(&Request::get("/healthz")).ok();
}

#[test]
fn content_types_and_odd_extras_do_not_matter() {
    let hearth = Hearth::start();
    let mut body = track("odd");
    body["unknown_field"] = json!({"x": [1]});
    body["context"]["schema_version"] = json!(2);
    for (n, content_type) in
        ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "", "nonsense/;;"]
            .into_iter()
            .enumerate()
    {
        body["eventId"] = json!(n.to_string());
        let request = keyed("/track", &hearth.project.key, &body).header("content-type", content_type);
        assert_eq!(hearth.send(&request.header("x-batch-size", "99")).ok().json(), json!({"success": true}));
    }
    body["eventId"] = json!("none");
    hearth.send(&keyed("/track", &hearth.project.key, &body).without("content-type")).ok();
    assert_eq!(hearth.count_events(&hearth.project), 6);
}

#[test]
fn compressed_bodies_are_inflated_within_the_limit() {
    let hearth = Hearth::start();
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let send = |encoding: &str, body: Vec<u8>| {
        let request = Request::new("POST", "/track").header("x-api-key", &hearth.project.key);
        hearth.send(&request.header("content-encoding", encoding).body(body))
    };
    send("gzip", gzip(track("z").to_string().as_bytes())).ok();
    refused(&send("gzip", b"{}".to_vec()), 400, "corrupt_body");
    refused(&send("br", b"{}".to_vec()), 400, "unsupported_encoding");
    refused(&send("gzip", gzip(&vec![b' '; 9 * 1024 * 1024])), 413, "body_too_large");
    assert_eq!(hearth.count_events(&hearth.project), 1);
}

#[test]
fn large_bodies_have_a_limit_and_large_events_below_it_are_stored() {
    let hearth = Hearth::start();
    let key = hearth.project.key.clone();
    let mut large = track("large");
    large["properties"]["text"] = json!("x".repeat(900 * 1024));
    hearth.send(&keyed("/track", &key, &large)).ok();
    let too_large = Request::new("POST", "/track").header("x-api-key", &key).body(vec![b' '; 9 * 1024 * 1024]);
    let answer = hearth.send(&too_large.header("origin", ORIGIN));
    refused(&answer, 413, "body_too_large");
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    large["properties"]["text"] = json!("x".repeat(1100 * 1024));
    refused(&hearth.send(&keyed("/track", &key, &large)), 413, "event_too_large");
    let workspace = hearth.workspace();
    let mut batch = web(&workspace, &["w1", "w2", "w3"]);
    batch["events"][1]["event_data"]["text"] = json!("x".repeat(1100 * 1024));
    let answer = hearth.send(&paged(ORIGIN, &batch)).ok();
    assert_eq!(answer.json(), json!({"success": true, "accepted": 2, "duplicates": 0, "rejected": 1}));
    assert_eq!(hearth.count_events(&hearth.project), 3);
}

#[test]
fn a_thousand_events_are_one_batch_and_beyond_the_limit_is_413() {
    let hearth = Hearth::with(&["datalyr.max_events=1000"]);
    let workspace = hearth.workspace();
    let ids: Vec<_> = (0..1001).map(|n| format!("e{n}")).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    refused(&hearth.send(&paged(ORIGIN, &web(&workspace, &ids))), 413, "too_many_events");
    let answer = hearth.send(&paged(ORIGIN, &web(&workspace, &ids[..1000]))).ok();
    assert_eq!(answer.json()["accepted"], 1000);
    assert_eq!(hearth.count_events(&hearth.project), 1000);
}

#[test]
fn visitors_who_do_not_want_to_be_tracked_are_not() {
    let hearth = Hearth::start();
    let workspace = hearth.workspace();
    let batch = web(&workspace, &["a"]);
    let nothing = json!({"success": true, "accepted": 0, "duplicates": 0, "rejected": 0});
    for (header, value, taken) in [("dnt", "1", 0), ("sec-gpc", "1", 0), ("dnt", "0", 1)] {
        let answer = hearth.send(&paged(ORIGIN, &batch).header(header, value)).ok();
        assert_eq!(answer.json()["accepted"], taken, "{header}: {value}");
        assert_eq!(answer.json() == nothing, taken == 0);
    }
    assert_eq!(hearth.count_events(&hearth.project), 1);
    // A server's events are no browser's.
    hearth.send(&keyed("/track", &hearth.project.key, &track("t")).header("dnt", "1")).ok();
    assert_eq!(hearth.count_events(&hearth.project), 2);

    let hearth = Hearth::with(&["privacy.respect_dnt=false", "privacy.respect_gpc=false"]);
    let batch = paged(ORIGIN, &web(&hearth.workspace(), &["a"]));
    let answer = hearth.send(&batch.header("dnt", "1").header("sec-gpc", "1")).ok();
    assert_eq!(answer.json()["accepted"], 1);
}
