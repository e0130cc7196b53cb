//! How much may be delivered, and what happens when nothing can be stored (datalyr.md 7.10, 8; cases 19, 75).

use serde_json::json;

use crate::client::Connection;
use crate::installation::Hearth;
use crate::track_payload::{ORIGIN, keyed, paged, post, refused, track, web};

#[test]
fn events_are_counted_and_a_refusal_leaves_no_trace() {
    let hearth = Hearth::with(&["datalyr.rate_limit.max_events=5", "datalyr.rate_limit.window=10s"]);
    let (key, workspace) = (hearth.project.key.clone(), hearth.workspace());
    let send = |id: &str| hearth.send(&keyed("/track", &key, &track(id)));
    hearth.send(&paged(ORIGIN, &web(&workspace, &["a", "b", "c"]))).ok();
    hearth.clock.advance_ms(4_500);
    send("d").ok();
    let over = hearth.send(&paged(ORIGIN, &web(&workspace, &["e", "f"])));
    refused(&over, 429, "rate_limited");
    assert_eq!(over.header("retry-after"), Some("6"), "rounded up");
    send("g").ok();
    refused(&send("h"), 429, "rate_limited");
    assert_eq!(hearth.count_events(&hearth.project), 5);
    hearth.clock.advance_ms(5_501);
    assert_eq!(hearth.send(&paged(ORIGIN, &web(&workspace, &["e", "f"]))).ok().json()["accepted"], 2);
    assert_eq!(send("h").ok().json(), json!({"success": true}), "nothing was remembered of it");
    assert_eq!(hearth.count_events(&hearth.project), 8);
}

#[test]
fn a_batch_beyond_the_limit_needs_a_window_of_its_own() {
    let hearth = Hearth::with(&["datalyr.rate_limit.max_events=2"]);
    let workspace = hearth.workspace();
    let large = paged(ORIGIN, &web(&workspace, &["a", "b", "c"]));
    hearth.send(&keyed("/track", &hearth.project.key, &track("d"))).ok();
    refused(&hearth.send(&large), 429, "rate_limited");
    hearth.clock.advance_ms(10_001);
    assert_eq!(hearth.send(&large).ok().json()["accepted"], 3);
    refused(&hearth.send(&keyed("/track", &hearth.project.key, &track("e"))), 429, "rate_limited");
}

#[test]
fn projects_do_not_use_up_each_others_room() {
    let hearth = Hearth::with(&["datalyr.rate_limit.max_events=1"]);
    let other = hearth.add_project("other");
    let send = |key: &str, id: &str| hearth.send(&keyed("/track", key, &track(id))).status;
    let keys = [&hearth.project.key, &hearth.project.key, &other.key, &other.key];
    assert_eq!(keys.map(|key| send(key, "a")), [200, 429, 200, 429]);
}

#[test]
fn guessing_is_slowed_down() {
    let hearth = Hearth::with(&["datalyr.rate_limit.unknown_key_max=2", "datalyr.rate_limit.window=10s"]);
    refused(&hearth.send(&keyed("/track", "dk_1", &track("a"))), 401, "unknown_key");
    refused(&hearth.send(&paged(ORIGIN, &web("ws_1", &["a"]))), 401, "unknown_workspace");
    let over = hearth.send(&post("/attribution/lookup", &json!({"email": "a@b.co"})).header("x-api-key", "dk_2"));
    refused(&over, 429, "rate_limited");
    refused(&hearth.send(&paged(ORIGIN, &web("ws_2", &["a"]))), 429, "rate_limited");
    hearth.send(&paged(ORIGIN, &web(&hearth.workspace(), &["a"]))).ok();
    hearth.clock.advance_ms(10_001);
    refused(&hearth.send(&keyed("/track", "dk_3", &track("a"))), 401, "unknown_key");
}

#[test]
fn a_store_that_takes_nothing_is_429_and_later_the_same_events_are_taken() {
    let mut hearth = Hearth::with(&["storage.min_free=1024GiB"]);
    let (one, batch) =
        (keyed("/track", &hearth.project.key, &track("a")), paged(ORIGIN, &web(&hearth.workspace(), &["b"])));
    refused(&hearth.send(&one), 429, "no_space");
    let answer = hearth.send(&batch);
    refused(&answer, 429, "no_space");
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    hearth.restart_with(|config| config.storage.min_free = 0);
    assert_eq!(hearth.send(&one).ok().json(), json!({"success": true}));
    assert_eq!(hearth.send(&batch).ok().json()["accepted"], 1);
    hearth.runtime.block_on(hearth.store().close()).unwrap();
    for request in [&one, &batch] {
        refused(&hearth.send(request), 429, "store_unavailable");
    }
    assert_eq!(hearth.count_events(&hearth.project), 2);
}

#[test]
fn a_body_that_does_not_arrive_is_never_408() {
    let hearth = Hearth::with(&["server.body_timeout=100ms"]);
    let request = paged(ORIGIN, &web(&hearth.workspace(), &["a"]));
    let mut connection = hearth.connect();
    connection.send_part(&request, 5);
    let answer = connection.answer();
    refused(&answer, 429, "body_timeout");
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(hearth.count_rows("track_event"), 0);
}

#[test]
fn a_stop_sends_those_under_way_to_whatever_comes_after() {
    let mut hearth = Hearth::with(&["server.shutdown_timeout=20s"]);
    let requests = [
        keyed("/track", &hearth.project.key, &track("a")),
        paged(ORIGIN, &web(&hearth.workspace(), &["b"])),
        post("/attribution/lookup", &json!({"email": "a@b.co"})).header("x-api-key", &hearth.project.key),
    ];
    let address = hearth.address();
    let mut open: Vec<_> = requests.iter().map(|_| hearth.connect()).collect();
    for (connection, request) in open.iter_mut().zip(&requests) {
        connection.send_part(request, 5);
    }
    // Answered after the parts above have arrived, on the one worker that there is.
    hearth.send(&crate::client::Request::get("/healthz")).ok();
    let rest = std::thread::spawn(move || {
        // The stop has begun when nobody is let in any more.
        while Connection::try_open(address).is_ok() {
            std::thread::yield_now();
        }
        let finish = |(connection, request): (&mut Connection, _)| {
            connection.send_rest(request, 5);
            connection.answer()
        };
        open.iter_mut().zip(&requests).map(finish).collect::<Vec<_>>()
    });
    hearth.stop();
    for answer in rest.join().unwrap() {
        refused(&answer, 429, "draining");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    hearth.restart();
    assert_eq!(hearth.count_rows("track_event"), 0);
}
