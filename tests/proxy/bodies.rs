//! Request bodies: streamed, framed as they came, never complete for the app unless they are.

use hearth::domain::traffic::Failure;

use crate::client::Wire;
use crate::setting::Hearth;
use crate::upstream::{Upstream, response};

#[test]
fn lengths_and_chunks_are_kept_and_bytes_counted() {
    let upstream = Upstream::answering(|_| response("200 OK", "ok"));
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    client.answer(true);
    let seen = upstream.seen();
    assert_eq!(seen.body.as_deref(), Some(&b"hello"[..]));
    assert_eq!(seen.head.field("content-length").as_deref(), Some("5"));
    for method in ["PUT", "GET"] {
        client.send(format!("{method} /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"));
        client.answer(true);
        let seen = upstream.seen();
        assert_eq!(seen.body.as_deref(), Some(&b"helloabc"[..]), "{method}");
        assert_eq!(seen.head.field("transfer-encoding").as_deref(), Some("chunked"));
        assert_eq!(seen.head.field("content-length"), None);
    }
    let counted: Vec<_> = hearth.records(3).iter().map(|record| (record.bytes_in, record.bytes_out)).collect();
    assert_eq!(counted, [(5, 2), (8, 2), (8, 2)]);
}

#[test]
fn the_app_reads_while_the_client_still_sends() {
    let upstream = Upstream::connections(|mut wire: Wire, _| {
        wire.head().unwrap();
        let first = wire.take(5).unwrap();
        assert_eq!(first, b"first");
        wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        let second = wire.take(6).unwrap();
        assert_eq!(second, b"second");
        wire.send("6\r\nsecond\r\n0\r\n\r\n");
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nfirst");
    let head = client.head().unwrap();
    assert!(head.first.contains("200"), "{head:?}");
    assert_eq!(client.chunk().unwrap().unwrap(), b"first");
    client.send("second");
    assert_eq!(client.chunk().unwrap().unwrap(), b"second");
    assert_eq!(client.chunk().unwrap(), None);
}

#[test]
fn an_app_that_does_not_read_holds_the_client_back() {
    const LENGTH: usize = 64 << 20;
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = Upstream::connections(move |mut wire: Wire, _| {
        wire.head().unwrap();
        wait.lock().unwrap().recv().unwrap();
        assert_eq!(wire.take(LENGTH).unwrap().len(), LENGTH);
        wire.send(response("200 OK", "all"));
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {LENGTH}\r\n\r\n"));
    // As much as all buffers on the way take; the proxy's are not among the large ones.
    let sent = client.send_until_blocked(LENGTH);
    assert!(sent < LENGTH / 2, "{sent} bytes were taken though nobody read them");
    go.send(()).unwrap();
    client.send(vec![0; LENGTH - sent]);
    assert_eq!(client.answer(true).text(), "all");
    assert_eq!(hearth.record().bytes_in, LENGTH as u64);
}

#[test]
fn a_body_longer_than_allowed_is_refused_by_its_length_or_where_it_becomes_too_long() {
    let upstream = Upstream::answering(|_| response("200 OK", "ok"));
    let hearth = Hearth::before(&upstream, &["proxy.max_body_bytes=10"]);
    let mut client = hearth.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world");
    assert_eq!(client.answer(true).status, 413);
    assert!(client.is_closed());
    assert!(upstream.has_seen_no_more());
    let mut client = hearth.connect();
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhello wo\r\n3\r\nrld\r\n0\r\n\r\n");
    assert_eq!(client.answer(true).status, 413);
    assert_eq!(upstream.seen().body, None);
    for record in hearth.records(2) {
        assert_eq!((record.status, record.failure), (413, Some(Failure::ClientInvalid)));
    }
}

#[test]
fn a_body_that_breaks_off_is_never_complete_for_the_app() {
    for body in ["Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"] {
        let upstream = Upstream::answering(|_| response("200 OK", "ok"));
        let hearth = Hearth::before(&upstream, &[]);
        let mut client = hearth.connect();
        client.send(format!("POST / HTTP/1.1\r\nHost: a\r\n{body}"));
        drop(client);
        assert_eq!(upstream.seen().body, None);
        assert_eq!((hearth.record().status, hearth.record().failure), (499, Some(Failure::ClientGone)));
    }
}

#[test]
fn a_body_whose_chunks_are_wrong_is_refused_and_never_complete_for_the_app() {
    let upstream = Upstream::answering(|_| response("200 OK", "ok"));
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    client.send("0x0\r\n\r\n");
    assert_eq!(client.answer(true).status, 400);
    assert!(client.is_closed());
    assert_eq!(upstream.seen().body, None);
    assert_eq!((hearth.record().status, hearth.record().failure), (400, Some(Failure::ClientInvalid)));
}

#[test]
fn a_client_that_waits_for_a_100_gets_it_when_the_app_says_so() {
    let upstream = Upstream::connections(|mut wire: Wire, _| {
        let head = wire.head().unwrap();
        assert_eq!(head.field("expect").as_deref(), Some("100-continue"));
        wire.send("HTTP/1.1 100 Continue\r\n\r\n");
        assert_eq!(wire.body(&head).unwrap(), b"hello");
        wire.send(response("200 OK", "thanks"));
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.head().unwrap().first, "HTTP/1.1 100 Continue");
    client.send("hello");
    assert_eq!(client.answer(true).text(), "thanks");
}

#[test]
fn a_client_that_waits_for_a_100_learns_that_it_need_not_send() {
    let upstream = Upstream::connections(|mut wire: Wire, _| {
        wire.head().unwrap();
        wire.send(response("403 Forbidden", "no"));
        // Nothing of the body follows.
        assert!(wire.is_closed());
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    let answer = client.answer(true);
    assert_eq!((answer.status, answer.field("connection").as_deref()), (403, Some("close")));
    assert!(client.is_closed());
}

#[test]
fn an_app_that_does_not_know_about_100_gets_the_body_after_a_second() {
    let upstream =
        Upstream::answering(|seen| response("200 OK", &String::from_utf8_lossy(seen.body.as_ref().unwrap())));
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.head().unwrap().first, "HTTP/1.1 100 Continue");
    client.send("hello");
    assert_eq!(client.answer(true).text(), "hello");
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(client.answer(true).status, 417);
}
