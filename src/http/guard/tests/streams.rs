//! Whole connections: hyper behind the guard.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hyper::StatusCode;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Notify, oneshot};

use super::peer::{answer, connect, echo, statuses};
use super::{chunked, head, limits, post};
use crate::http::guard::{Flushed, Violation};

const PIPE_BYTES: usize = 64 * 1024;

const HANDSHAKE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

fn get(path: &str) -> String {
    head(&format!("GET {path} HTTP/1.1"), "")
}

#[tokio::test]
async fn requests_that_come_together_are_answered_in_order() {
    let mut peer = connect(limits(), PIPE_BYTES, echo);
    let many: String = (0..64).map(|number| get(&format!("/{number}"))).collect();
    peer.send(many + &post("Content-Length: 5\r\n", "hello") + &chunked("5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n")).await;
    for number in 0..64 {
        assert_eq!(peer.read_response().await, (200, format!("GET /{number} ")));
    }
    assert_eq!(peer.read_response().await, (200, "POST /a hello".to_owned()));
    assert_eq!(peer.read_response().await, (200, "POST /a hello".to_owned()));
    assert_eq!(peer.connection.violation(), None);
    peer.ended().await.unwrap();
}

#[tokio::test]
async fn one_request_is_under_way_at_a_time() {
    let under_way = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (seen, seen_most) = (Arc::clone(&under_way), Arc::clone(&most));
    let mut peer = connect(limits(), PIPE_BYTES, move |request, connection| {
        let (under_way, most) = (Arc::clone(&seen), Arc::clone(&seen_most));
        async move {
            most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            under_way.fetch_sub(1, Ordering::SeqCst);
            echo(request, connection).await
        }
    });
    peer.send(get("/").repeat(20)).await;
    for _ in 0..20 {
        assert_eq!(peer.read_response().await.0, 200);
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn bodies_survive_narrow_pipes() {
    let text = "0123456789abcdef".repeat(1000);
    for pipe_bytes in [1, 7, 100, 5000] {
        let mut peer = connect(limits(), pipe_bytes, echo);
        let plain = post(&format!("Content-Length: {}\r\n", text.len()), &text);
        let mut chunks = String::new();
        for chunk in text.as_bytes().chunks(777) {
            write!(chunks, "0{:X};a=\"b\"\r\n{}\r\n", chunk.len(), str::from_utf8(chunk).unwrap()).unwrap();
        }
        let chunks = chunked(&(chunks + "0\r\n\r\n"));
        peer.send(plain).await;
        assert_eq!(peer.read_response().await, (200, format!("POST /a {text}")));
        peer.send(chunks).await;
        assert_eq!(peer.read_response().await, (200, format!("POST /a {text}")));
        peer.ended().await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_first_head_is_answered_and_nothing_reaches_a_service() {
    let mut peer = connect(limits(), PIPE_BYTES, |_, _| async { panic!("a refused request was served") });
    peer.send("GET /a HTTP/1.1\nHost: app.test\n\n".to_owned() + &get("/smuggled")).await;
    let text = peer.read_to_end().await;
    let words = "bad_line_end: A line of a head must end with CRLF\n";
    let expected = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{words}",
        words.len()
    );
    assert_eq!(text, expected);
    assert_eq!(peer.connection.violation(), Some(Violation::LINE_END));
    peer.ended().await.unwrap();
}

#[tokio::test]
async fn a_refused_second_head_leaves_the_first_its_answer() {
    let mut peer = connect(limits(), PIPE_BYTES, echo);
    peer.send(get("/1") + "GET /2 HTTP/1.1\r\n\r\n" + &get("/smuggled")).await;
    let text = peer.read_to_end().await;
    assert_eq!(statuses(&text), ["200", "400"]);
    assert!(text.contains("GET /1 ") && text.contains("host_missing"), "{text}");
    peer.ended().await.unwrap();
}

#[tokio::test]
async fn a_refused_body_is_answered_once_by_its_service() {
    for pipe_bytes in [50, PIPE_BYTES] {
        let mut peer = connect(limits(), pipe_bytes, echo);
        peer.send(chunked("5\r\nhelloXX\r\n0\r\n\r\n")).await;
        let text = peer.read_to_end().await;
        assert_eq!(statuses(&text), ["400"]);
        assert!(text.ends_with("bad_chunk_end"), "{text}");
        peer.ended().await.unwrap();
    }
}

#[tokio::test]
async fn a_body_refused_after_its_answer_gets_no_second_one() {
    let mut peer = connect(limits(), PIPE_BYTES, |_, connection| async move {
        let exchange = connection.begin_exchange();
        answer(exchange, StatusCode::NOT_FOUND, "no")
    });
    peer.send(chunked("5\r\nhello")).await;
    assert_eq!(peer.read_response().await, (404, "no".to_owned()));
    // hyper may have gone already.
    let _ = peer.stream.write_all(b"XXXX").await;
    assert_eq!(peer.read_to_end().await, "");
}

#[tokio::test]
async fn the_client_of_a_refused_request_may_go_on_sending_for_a_while() {
    // Without it the end of the connection would overtake the answer.
    let mut peer = connect(limits(), 1024, echo);
    let endless = "GET /\0 HTTP/1.1\r\n".to_owned() + &"x".repeat(20_000);
    peer.send(endless).await;
    assert_eq!(statuses(&peer.read_to_end().await), ["400"]);
    peer.ended().await.unwrap();
}

#[tokio::test]
async fn a_client_that_ends_its_side_still_gets_its_answer() {
    let answer_now = Arc::new(Notify::new());
    let wait = Arc::clone(&answer_now);
    let mut peer = connect(limits(), PIPE_BYTES, move |request, connection| {
        let wait = Arc::clone(&wait);
        async move {
            wait.notified().await;
            echo(request, connection).await
        }
    });
    peer.send(get("/")).await;
    peer.stream.shutdown().await.unwrap();
    peer.connection.client_closed().await;
    answer_now.notify_one();
    assert_eq!(statuses(&peer.read_to_end().await), ["200"]);
    peer.ended().await.unwrap();
}

#[tokio::test]
async fn a_head_that_breaks_off_is_no_violation() {
    let mut peer = connect(limits(), PIPE_BYTES, echo);
    peer.send("GET / HTTP/1.1\r\nHost").await;
    peer.stream.shutdown().await.unwrap();
    assert_eq!(peer.read_to_end().await, "");
    assert_eq!(peer.connection.violation(), None);
    peer.ended().await.unwrap();
}

#[tokio::test]
async fn a_body_that_breaks_off_is_incomplete() {
    for text in [post("Content-Length: 10\r\n", "hello"), chunked("5\r\nhello\r\n"), chunked("5\r\nhello\r\n0\r\n")] {
        let mut peer = connect(limits(), PIPE_BYTES, echo);
        peer.send(text).await;
        peer.stream.shutdown().await.unwrap();
        assert!(peer.read_to_end().await.ends_with("incomplete"));
        peer.ended().await.unwrap();
    }
}

#[tokio::test]
async fn a_flush_is_told_after_the_last_byte() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    let mut peer = connect(limits(), PIPE_BYTES, move |request, connection| {
        let list = Arc::clone(&list);
        async move {
            let known = connection.clone();
            let answer = echo(request, connection).await;
            let seen = known.clone();
            known.after_flush(move |how| list.lock().unwrap().push((how, seen.bytes_written())));
            answer
        }
    });
    peer.send(get("/1")).await;
    peer.read_response().await;
    peer.send(get("/2")).await;
    peer.read_response().await;
    let written = peer.connection.bytes_written();
    assert_eq!(peer.connection.bytes_read(), (get("/1") + &get("/2")).len() as u64);
    assert_eq!(*told.lock().unwrap(), [(Flushed::Done, written / 2), (Flushed::Done, written)]);
}

#[tokio::test]
async fn a_flush_that_cannot_be_is_told_too() {
    let (tell, told) = oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let mut peer = connect(limits(), 16, move |request, connection| {
        let tell = tell.lock().unwrap().take().unwrap();
        async move {
            connection.after_flush(move |how| tell.send(how).unwrap());
            echo(request, connection).await
        }
    });
    peer.send(get("/")).await;
    drop(peer.stream);
    assert_eq!(told.await.unwrap(), Flushed::Lost);
}

#[tokio::test]
async fn an_exchange_knows_when_its_head_began() {
    let before = Instant::now();
    let (tell, told) = oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let mut peer = connect(limits(), PIPE_BYTES, move |_, connection| {
        let exchange = connection.begin_exchange();
        tell.lock().unwrap().take().unwrap().send(exchange.head_started()).unwrap();
        async move { answer(exchange, StatusCode::OK, "") }
    });
    let text = get("/");
    let (first, rest) = text.split_at(1);
    peer.send(first).await;
    // Until the guard has read it.
    while peer.connection.bytes_read() == 0 {
        tokio::task::yield_now().await;
    }
    let begun = Instant::now();
    peer.send(rest).await;
    let started = told.await.unwrap();
    assert!(before <= started && started <= begun);
}

#[tokio::test]
async fn a_tunnel_carries_what_came_with_the_handshake_and_after_it() {
    let mut peer = connect(limits(), PIPE_BYTES, |mut request, connection| async move {
        let exchange = connection.begin_exchange();
        connection.tunnel();
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut io = TokioIo::new(upgrade.await.unwrap());
            let mut text = [0; 10];
            io.read_exact(&mut text).await.unwrap();
            text.reverse();
            io.write_all(&text).await.unwrap();
            io.shutdown().await.unwrap();
        });
        let mut response = answer(exchange, StatusCode::SWITCHING_PROTOCOLS, "");
        response.headers_mut().insert("upgrade", "websocket".parse().unwrap());
        response.headers_mut().insert("connection", "upgrade".parse().unwrap());
        response
    });
    peer.send(head("GET /ws HTTP/1.1", HANDSHAKE) + "\0\u{1}\r\n5").await;
    assert_eq!(peer.read_response().await.0, 101);
    peer.send("6789\n").await;
    assert_eq!(peer.read_to_end().await, "\n98765\n\r\u{1}\0");
    assert_eq!(peer.connection.violation(), None);
}

#[tokio::test]
async fn a_handshake_that_fails_is_followed_by_requests() {
    let mut peer = connect(limits(), PIPE_BYTES, |request, connection| async move {
        if request.uri().path() != "/ws" {
            return echo(request, connection).await;
        }
        let exchange = connection.begin_exchange();
        answer(exchange, StatusCode::UPGRADE_REQUIRED, "")
    });
    peer.send(head("GET /ws HTTP/1.1", HANDSHAKE) + &get("/next") + "\0\r\n").await;
    let text = peer.read_to_end().await;
    // hyper drops a connection that was once to be upgraded where it shuts others down: no word of the third.
    assert_eq!(statuses(&text), ["426", "200"]);
    assert!(text.contains("GET /next "));
    assert_eq!(peer.connection.violation(), Some(Violation::METHOD));
}
