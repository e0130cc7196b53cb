//! Connections are used again, on both sides, and requests are repeated only where that can do no harm.

use crate::client::Wire;
use crate::setting::Hearth;
use crate::upstream::{Upstream, response};

#[test]
fn many_requests_of_a_client_take_one_connection_on_each_side() {
    let upstream = Upstream::answering(|seen| response("200 OK", &seen.head.first));
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    for number in 0..20 {
        let answer = client.ask("GET", &format!("/{number}"));
        assert_eq!((answer.status, answer.text()), (200, format!("GET /{number} HTTP/1.1")));
    }
    assert_eq!(upstream.opened(), 1);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let upstream = Upstream::answering(|seen| response("200 OK", &seen.head.first));
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    let requests: Vec<_> = (0..10).map(|number| format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    client.send(requests.concat());
    for number in 0..10 {
        assert_eq!(client.answer(true).text(), format!("GET /{number} HTTP/1.1"));
    }
}

#[test]
fn a_client_of_http_1_0_gets_its_answer_and_the_end() {
    let upstream = Upstream::saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("GET / HTTP/1.0\r\n\r\n");
    let answer = client.answer(true);
    assert_eq!((answer.head.first.as_str(), answer.text()), ("HTTP/1.0 200 OK", "ok".to_owned()));
    assert_eq!(answer.field("transfer-encoding"), None);
    let seen = upstream.seen();
    assert_eq!(seen.head.first, "GET / HTTP/1.1");
    assert_eq!(seen.head.field("host"), Some(upstream.address.to_string()));
    assert_eq!(seen.head.field("via"), Some("1.0 hearth".to_owned()));
}

/// Answers one request per connection and closes without having said so, as soon as the next one comes.
fn closing_after_the_first(closes_on: &'static str) -> Upstream {
    Upstream::connections(move |mut wire: Wire, number| {
        let mut answered = 0;
        while let Some(head) = wire.head() {
            let _ = wire.body(&head);
            if number == 1 && answered == 1 {
                assert!(head.first.starts_with(closes_on), "{}", head.first);
                return;
            }
            wire.send(response("200 OK", &format!("{number}")));
            answered += 1;
        }
    })
}

#[test]
fn a_get_on_a_connection_that_is_just_closed_is_sent_again_on_another() {
    let upstream = closing_after_the_first("GET");
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    assert_eq!(client.ask("GET", "/").text(), "1");
    assert_eq!(client.ask("GET", "/").text(), "2");
    assert_eq!(upstream.opened(), 2);
}

#[test]
fn a_post_is_never_sent_again() {
    let upstream = closing_after_the_first("POST");
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    assert_eq!(client.ask("GET", "/").text(), "1");
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    let answer = client.answer(true);
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("upstream_closed"), "{}", answer.text());
    client = hearth.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.answer(true).text(), "2");
    assert_eq!(upstream.opened(), 2);
}

#[test]
fn an_idle_connection_that_the_app_closed_is_not_used_by_a_post() {
    let (tell, closed) = std::sync::mpsc::channel();
    let upstream = Upstream::connections(move |mut wire: Wire, number| {
        let head = wire.head().unwrap();
        let _ = wire.body(&head);
        wire.send(response("200 OK", &format!("{number}")));
        drop(wire);
        let _ = tell.send(());
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    assert_eq!(client.ask("GET", "/").text(), "1");
    closed.recv().unwrap();
    // Whatever the proxy has noticed of the end by now, a request that was not written goes out anew.
    let answer = client.ask("GET", "/");
    assert_eq!((answer.status, answer.text()), (200, "2".to_owned()));
}

#[test]
fn a_client_that_ends_its_side_gets_an_answer_that_comes_at_once() {
    let upstream = Upstream::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.end_sending();
    assert_eq!(client.answer(true).text(), "ok");
    assert!(client.is_closed());
}

#[test]
fn an_app_that_says_close_is_not_asked_again_on_that_connection() {
    let upstream = Upstream::connections(|mut wire: Wire, number| {
        wire.head().unwrap();
        wire.send(format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n{number}"));
        // Stays open for whoever does not believe it.
        let _ = wire.rest();
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    for number in ["1", "2", "3"] {
        let answer = client.ask("GET", "/");
        assert_eq!((answer.text().as_str(), answer.field("connection")), (number, None));
    }
}
