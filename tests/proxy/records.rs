//! What is recorded of requests that went well.

use std::time::Duration;

use crate::setting::Hearth;
use crate::upstream::{Upstream, response};

#[test]
fn a_record_lasts_to_the_last_byte_and_counts_bodies() {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = Upstream::connections(move |mut wire, _| {
        wire.head().unwrap();
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
        wait.lock().unwrap().recv().unwrap();
        wire.send("lo");
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.head().unwrap();
    let begin = std::time::Instant::now();
    while begin.elapsed() < Duration::from_millis(100) {
        std::thread::yield_now();
    }
    go.send(()).unwrap();
    assert_eq!(client.body(&head).unwrap(), b"hello");
    let record = hearth.record();
    assert!(record.duration_us >= 100_000, "{record:?}");
    assert_eq!((record.status, record.failure, record.bytes_in, record.bytes_out), (200, None, 0, 5));
}

#[test]
fn what_the_app_says_of_the_user_does_not_reach_the_client() {
    let upstream = Upstream::saying(
        "HTTP/1.1 200 OK\r\nX-Hearth-User-Id: 42\r\nX-Hearth-Route: /r/:id\r\nX-Hearth-Session-Id: s\r\nX-Own: 1\r\n\
         Content-Length: 0\r\n\r\n",
    );
    let hearth = Hearth::before(&upstream, &[]);
    let answer = hearth.connect().ask("GET", "/r/1");
    assert_eq!(answer.field("x-own").as_deref(), Some("1"));
    for told in ["x-hearth-user-id", "x-hearth-route", "x-hearth-session-id"] {
        assert_eq!(answer.field(told), None);
    }
    hearth.record();
}

#[test]
fn recording_can_be_off_and_the_proxy_goes_on() {
    let upstream = Upstream::answering(|_| response("200 OK", "ok"));
    let hearth = Hearth::before(&upstream, &["traffic.record=false"]);
    assert_eq!(hearth.connect().ask("GET", "/").text(), "ok");
    assert!(hearth.records(0).is_empty());
}
