//! The worker's side alone: there is no thread that would take anything.

use std::time::Duration;

use super::super::identity::Identity;
use super::super::redaction::Redaction;
use super::super::tests::{begin, end, headers, traffic};
use super::*;
use crate::domain::ManualClock;

/// A desk whose channel ends in the test's hands.
fn recorder(queue: usize, max_bytes: usize) -> (Recorder, mpsc::Receiver<Box<Observation>>) {
    let mut config = traffic();
    config.identity.session_cookie = true;
    config.identity.user_id = vec!["response-header:x-user".into(), "cookie:user".into()];
    let identity = Arc::new(Identity::new(&config.identity).unwrap());
    let (sender, receiver) = mpsc::channel(queue);
    let desk = Desk {
        response_headers: vec![
            (HeaderName::from_static("x-hearth-route"), Note::Route),
            (HeaderName::from_static("x-user"), Note::ResponseHeader(0)),
        ],
        request_headers: Vec::new(),
        notes_cookies: true,
        notes_authorization: false,
        notes_user_agent: true,
        session_cookie: SessionCookie::new(&config.identity).unwrap(),
        open_view: OpenView { identity, redaction: Arc::new(Redaction::new(config.query, &config.query_allow)) },
        clock: Arc::new(ManualClock::at(1_795_000_000_000)),
        state: Arc::new(ProxyState::default()),
        channel: Some(Channel { sender, waiting_bytes: Arc::default(), max_bytes }),
    };
    (Recorder(Arc::new(desk)), receiver)
}

fn ok(exchange: &mut Exchange, response: &mut HeaderMap) {
    exchange.response(StatusCode::OK, response, Instant::now());
}

#[test]
fn notes_are_copies_of_what_was_sent() {
    let (recorder, mut receiver) = recorder(9, 1 << 20);
    let request = headers(&[
        ("user-agent", "Mozilla"),
        ("referer", "https://x.test/"),
        ("traceparent", "00-x"),
        ("cookie", "a=b"),
        ("cookie", "user=7"),
        ("authorization", "Bearer secret"),
        ("x-other", "y"),
    ]);
    begin(&recorder, "PUT", "/a/b?c=d", &request, true).finish(end(201));
    let seen = receiver.try_recv().unwrap();
    let note = |note| seen.notes.get(note).map(|text| std::str::from_utf8(text).unwrap());
    assert_eq!((seen.method.as_str(), note(Note::Target)), ("PUT", Some("/a/b?c=d")));
    assert_eq!((note(Note::UserAgent), note(Note::Referrer)), (Some("Mozilla"), Some("https://x.test/")));
    assert_eq!((note(Note::Host), note(Note::Cookie)), (Some("App.Test:8081"), Some("a=b; user=7")));
    assert_eq!(note(Note::Authorization), None, "no source asks for it");
    assert_eq!((seen.end.status, seen.is_trusted, seen.answered), (201, true, None));
}

#[test]
fn what_the_app_told_is_taken_away_from_the_client() {
    let (recorder, mut receiver) = recorder(9, 1 << 20);
    let mut exchange = begin(&recorder, "GET", "/", &headers(&[]), false);
    let mut response = headers(&[("x-hearth-route", "/r/:x"), ("x-user", "7"), ("x-user", "8"), ("etag", "e")]);
    ok(&mut exchange, &mut response);
    assert_eq!(response, headers(&[("etag", "e")]));
    exchange.finish(end(200));
    let seen = receiver.try_recv().unwrap();
    assert_eq!(seen.notes.get(Note::Route), Some(&b"/r/:x"[..]));
    assert_eq!(seen.notes.get(Note::ResponseHeader(0)), Some(&b"7"[..]));
}

#[test]
fn an_exchange_that_is_dropped_is_one_that_the_client_left() {
    let (recorder, mut receiver) = recorder(9, 1 << 20);
    drop(begin(&recorder, "GET", "/", &headers(&[]), false));
    let mut answered = begin(&recorder, "GET", "/", &headers(&[]), false);
    answered.response(StatusCode::EARLY_HINTS, &mut headers(&[]), Instant::now());
    answered.response(StatusCode::PARTIAL_CONTENT, &mut headers(&[]), Instant::now());
    drop(answered);
    for status in [499, 206] {
        let end = receiver.try_recv().unwrap().end;
        assert_eq!((end.status, end.failure), (status, Some(Failure::ClientGone)));
    }
    assert!(receiver.try_recv().is_err(), "each once");
}

#[test]
fn a_full_queue_drops_and_counts_and_has_room_again() {
    let (recorder, mut receiver) = recorder(3, 1 << 20);
    let state = Arc::clone(&recorder.0.state);
    let once = || begin(&recorder, "GET", "/", &headers(&[]), false).finish(end(200));
    (0..10).for_each(|_| once());
    assert_eq!(state.dropped_queue_full.load(Ordering::Relaxed), 7);
    receiver.try_recv().unwrap();
    once();
    assert_eq!(state.dropped_queue_full.load(Ordering::Relaxed), 7);
    receiver.close();
    once();
    assert_eq!(state.dropped_queue_full.load(Ordering::Relaxed), 7);
    assert_eq!(state.dropped_store.load(Ordering::Relaxed), 1);
}

#[test]
fn the_queue_is_bounded_in_bytes_too() {
    let (recorder, receiver) = recorder(1000, 64 * 1024);
    let long = format!("/{}", "x".repeat(8000));
    for _ in 0..100 {
        begin(&recorder, "GET", &long, &headers(&[("cookie", &"c".repeat(9000))]), false).finish(end(200));
    }
    let waiting = receiver.len();
    assert!((1..=3).contains(&waiting), "{waiting}");
    assert_eq!(recorder.0.state.dropped_queue_full.load(Ordering::Relaxed), 100 - waiting as u64);
}

#[test]
fn a_tunnel_is_shown_while_it_is_open() {
    let (recorder, mut receiver) = recorder(9, 1 << 20);
    let state = Arc::clone(&recorder.0.state);
    let open = || state.open_requests(ProjectId(1), 9).0;
    let mut exchange = begin(&recorder, "GET", "/live?token=x", &headers(&[("cookie", "user=7")]), false);
    assert!(open().is_empty());
    exchange.response(StatusCode::SWITCHING_PROTOCOLS, &mut headers(&[]), Instant::now());
    exchange.becomes(Protocol::WebSocket);
    let shown = open();
    assert_eq!((shown.len(), shown[0].original_url.as_str()), (1, "/live?token=REDACTED"));
    assert_eq!((shown[0].user_id.as_deref(), shown[0].method.as_str()), (Some("7"), "GET"));
    exchange.finish(end(101));
    assert!(open().is_empty());
    let seen = receiver.try_recv().unwrap();
    assert_eq!((seen.protocol, seen.answered), (Protocol::WebSocket, Some(101)));

    let mut dropped = begin(&recorder, "GET", "/events", &headers(&[]), false);
    dropped.becomes(Protocol::EventStream);
    dropped.becomes(Protocol::EventStream);
    assert_eq!(open().len(), 1);
    drop(dropped);
    assert!(open().is_empty());
}

#[test]
fn a_browser_without_a_session_gets_one_with_its_first_page() {
    let (recorder, mut receiver) = recorder(9, 1 << 20);
    let mut exchange = begin(&recorder, "GET", "/", &headers(&[]), false);
    let mut page = headers(&[("content-type", "text/html")]);
    ok(&mut exchange, &mut page);
    exchange.finish(end(200));
    let id = receiver.try_recv().unwrap().session.unwrap().id().unwrap();
    let cookie = page.get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(cookie.contains(&*id));

    let mut request = headers(&[("cookie", &format!("a=b; {cookie}"))]);
    let mut exchange = begin(&recorder, "GET", "/next", &request, false);
    recorder.clean_request(&mut request);
    assert_eq!(request, headers(&[("cookie", "a=b")]));
    let mut page = headers(&[("content-type", "text/html")]);
    ok(&mut exchange, &mut page);
    assert_eq!(page.get("set-cookie"), None);
    exchange.finish(end(200));
    assert_eq!(receiver.try_recv().unwrap().session.unwrap().id().as_deref(), Some(&*id));
}

/// Not a measurement, which needs a release build, but a guard against a mistake of some magnitude.
#[test]
fn notes_do_not_take_long() {
    let (recorder, mut receiver) = recorder(100_000, 1 << 30);
    let request = headers(&[("user-agent", "Mozilla/5.0"), ("referer", "https://x.test/a"), ("accept", "*/*")]);
    let began = Instant::now();
    for _ in 0..10_000 {
        let mut exchange = begin(&recorder, "GET", "/api/products?page=1", &request, false);
        ok(&mut exchange, &mut headers(&[("content-type", "application/json")]));
        exchange.finish(end(200));
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(std::iter::from_fn(|| receiver.try_recv().ok()).count(), 10_000);
}
