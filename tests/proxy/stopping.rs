//! A stop lets exchanges end, and breaks off what has no end.

use std::sync::mpsc::channel;
use std::thread;

use hearth::domain::traffic::Failure;

use crate::client::Wire;
use crate::setting::Hearth;
use crate::upstream::{Upstream, response};

#[test]
fn exchanges_under_way_end_and_idle_connections_are_closed() {
    let (began, has_begun) = channel();
    let (go, wait) = channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = Upstream::connections(move |mut wire: Wire, _| {
        while let Some(head) = wire.head() {
            if head.first.contains("/slow") {
                began.send(()).unwrap();
                wait.lock().unwrap().recv().unwrap();
            }
            wire.send(response("200 OK", "whole"));
        }
    });
    let mut hearth = Hearth::before(&upstream, &["server.shutdown_timeout=20s"]);
    let mut idle = hearth.connect();
    assert_eq!(idle.ask("GET", "/").status, 200);
    let mut busy = hearth.connect();
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    has_begun.recv().unwrap();
    let stopping = thread::spawn(move || {
        hearth.stop();
        hearth
    });
    assert!(idle.is_closed());
    go.send(()).unwrap();
    assert_eq!(busy.answer(true).text(), "whole");
    assert!(busy.is_closed());
    let hearth = stopping.join().unwrap();
    assert!(hearth.records(2).iter().all(|record| record.failure.is_none()));
}

#[test]
fn streams_without_end_are_broken_off_and_recorded() {
    let upstream = Upstream::connections(|mut wire: Wire, _| {
        wire.head().unwrap();
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata:1\n\n");
        let _ = wire.rest();
    });
    let mut hearth = Hearth::before(&upstream, &["server.shutdown_timeout=20s"]);
    let mut client = hearth.connect();
    client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    client.head().unwrap();
    assert_eq!(client.chunk().unwrap().unwrap(), b"data:1\n\n");
    let begin = std::time::Instant::now();
    hearth.stop();
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
    assert!(client.chunk().is_err());
    assert_eq!((hearth.record().status, hearth.record().failure), (200, Some(Failure::Stopped)));
}
