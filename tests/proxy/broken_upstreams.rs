//! Apps that are down, silent, or speak nonsense: the client gets a plain page, the record a reason, and nothing hangs.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use hearth::domain::traffic::Failure;

use crate::client::Wire;
use crate::setting::Hearth;
use crate::upstream::Upstream;

#[track_caller]
fn refused(upstream: &Upstream, settings: &[&str], status: u16, code: &str, failure: Failure) {
    let hearth = Hearth::before(upstream, settings);
    refused_by(&hearth, status, code, failure);
}

#[track_caller]
fn refused_by(hearth: &Hearth, status: u16, code: &str, failure: Failure) {
    let mut client = hearth.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n");
    let answer = client.answer(true);
    assert_eq!(answer.status, status, "{}", answer.text());
    let request_id = answer.field("x-request-id").unwrap();
    let text = answer.text();
    assert!(text.contains(code) && text.contains(&request_id) && text.contains("<h1>"), "{text}");
    assert!(!text.contains("127.0.0.1"), "{text}");
    let record = hearth.record();
    assert_eq!((record.status, record.failure), (status, Some(failure)));
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let hearth = Hearth::before_address(address, &[]);
    refused_by(&hearth, 502, "upstream_refused", Failure::UpstreamRefused);
}

#[test]
fn it_closes_without_a_word() {
    let upstream = Upstream::connections(|mut wire, _| drop(wire.head()));
    refused(&upstream, &[], 502, "upstream_closed", Failure::UpstreamClosed);
}

#[test]
fn it_speaks_something_else() {
    for nonsense in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ] {
        let upstream = Upstream::connections(move |mut wire, _| {
            wire.head();
            wire.send(nonsense);
            let _ = wire.rest();
        });
        refused(&upstream, &[], 502, "upstream_invalid", Failure::UpstreamInvalid);
    }
}

#[test]
fn it_says_nothing() {
    let upstream = Upstream::connections(|mut wire, _| drop(wire.rest()));
    let begin = Instant::now();
    refused(&upstream, &["proxy.response_timeout=300ms"], 504, "upstream_timed_out", Failure::UpstreamTimedOut);
    assert!(begin.elapsed() >= Duration::from_millis(300));
    refused(&upstream, &["proxy.total_timeout=300ms"], 504, "upstream_timed_out", Failure::UpstreamTimedOut);
}

#[test]
fn a_slow_client_is_not_a_slow_app() {
    let upstream = Upstream::answering(|_| crate::upstream::response("200 OK", "ok"));
    let hearth = Hearth::before(&upstream, &["proxy.response_timeout=100ms"]);
    let mut client = hearth.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    // Longer than the app is given: it is the client's turn all the time.
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(350) {
        std::thread::yield_now();
    }
    client.send("llo");
    assert_eq!(client.answer(true).text(), "ok");
}

/// What a client can tell of a response whose upstream does `then` in its middle, and what is recorded.
fn broken_in_the_middle(
    response: &'static str,
    settings: &[&str],
    then: impl Fn(Wire) + Send + Sync + 'static,
) -> (std::io::Result<Vec<u8>>, crate::setting::Recorded) {
    let upstream = Upstream::connections(move |mut wire, _| {
        wire.head();
        wire.send(response);
        then(wire);
    });
    let hearth = Hearth::before(&upstream, settings);
    let mut client = hearth.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.head().unwrap();
    assert_eq!(head.first, "HTTP/1.1 200 OK");
    let body = client.body(&head);
    (body, hearth.record())
}

#[test]
fn a_truncated_response_does_not_look_whole() {
    for response in [
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ] {
        let (body, record) = broken_in_the_middle(response, &[], drop);
        assert!(body.is_err(), "{response:?}: {body:?}");
        assert_eq!((record.status, record.failure), (200, Some(Failure::UpstreamBroken)));
    }
}

#[test]
fn a_response_that_pauses_too_long_is_broken_off() {
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    let wait = |mut wire: Wire| drop(wire.rest());
    let (body, record) = broken_in_the_middle(chunks, &["proxy.stream_timeout=300ms"], wait);
    assert!(body.is_err(), "{body:?}");
    assert_eq!((record.status, record.failure, record.bytes_out), (200, Some(Failure::UpstreamStalled), 5));
}

#[test]
fn what_follows_a_response_unasked_reaches_nobody() {
    let upstream = Upstream::connections(|mut wire, _| {
        while wire.head().is_some() {
            let _ = wire.try_send(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
            );
        }
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    for _ in 0..5 {
        assert_eq!(client.ask("GET", "/").text(), "ok");
    }
}
