//! What happens when nothing happens.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{Semaphore, oneshot};

use super::peer::{answer, connect, echo, statuses};
use super::{chunked, head, limits, post};
use crate::http::guard::pace::Pace;
use crate::http::guard::{Flushed, Limits, Violation};

const PIPE_BYTES: usize = 64 * 1024;
const SHORT: Duration = Duration::from_millis(60);
const LONG: Duration = Duration::from_mins(10);

/// No limit of time is reached.
fn patient() -> Limits {
    Limits { head_timeout: LONG, client_timeout: LONG, keep_alive: None, ..limits() }
}

fn get() -> String {
    head("GET / HTTP/1.1", "")
}

#[tokio::test]
async fn a_connection_on_which_nothing_comes_is_ended() {
    let mut peer = connect(Limits { head_timeout: SHORT, ..patient() }, PIPE_BYTES, echo);
    let text = peer.read_to_end().await;
    assert_eq!(statuses(&text), ["408"]);
    assert!(text.contains("head_timeout"));
    peer.ended().await.unwrap();
}

#[tokio::test]
async fn every_head_must_come_in_time() {
    for requests_before in [0, 1, 3] {
        let mut peer = connect(Limits { head_timeout: SHORT, ..patient() }, PIPE_BYTES, echo);
        for _ in 0..requests_before {
            peer.send(get()).await;
            assert_eq!(peer.read_response().await.0, 200);
        }
        peer.send("GET / HTTP/1.1\r\n").await;
        let begun = Instant::now();
        assert_eq!(statuses(&peer.read_to_end().await), ["408"]);
        assert!(begun.elapsed() >= SHORT / 2);
        peer.ended().await.unwrap();
    }
}

#[tokio::test]
async fn a_dripping_head_is_not_saved_by_its_drops() {
    // More than any machine can drip in the time.
    let limits = Limits { head_timeout: SHORT, max_head_bytes: 256 << 20, ..patient() };
    let mut peer = connect(limits, PIPE_BYTES, echo);
    peer.send("GET / HTTP/1.1\r\n").await;
    let begun = Instant::now();
    while peer.connection.violation().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is never refused");
        let _ = peer.stream.write_all(b"X").await;
        tokio::task::yield_now().await;
    }
    assert_eq!(peer.connection.violation(), Some(Violation::HEAD_TIMEOUT));
}

#[tokio::test]
async fn a_body_that_stops_is_answered_by_its_service() {
    for text in [post("Content-Length: 10\r\n", "hello"), chunked("5\r\nhel")] {
        let mut peer = connect(Limits { client_timeout: SHORT, ..patient() }, PIPE_BYTES, echo);
        peer.send(text).await;
        let answered = peer.read_to_end().await;
        assert_eq!(statuses(&answered), ["408"]);
        assert!(answered.ends_with("body_timeout"), "{answered}");
        peer.ended().await.unwrap();
    }
}

#[test]
fn a_body_pays_for_waiting_with_its_bytes() {
    let limits = Limits { min_body_rate: 500, client_timeout: LONG, ..limits() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        for (bytes, expected) in [(0, 5), (1000, 5), (10_000, 20), (1_000_000, 600)] {
            let mut pace = Pace::default();
            pace.arrived(bytes);
            let (deadline, violation) = pace.wait(&limits);
            let left = deadline - tokio::time::Instant::now();
            assert_eq!(left.as_secs_f64().ceil().to_string(), expected.to_string(), "{bytes}");
            let is_slow = expected < 600;
            assert_eq!(violation, if is_slow { Violation::BODY_TOO_SLOW } else { Violation::BODY_TIMEOUT });
        }
        let any = Limits { min_body_rate: 0, ..limits.clone() };
        assert_eq!(Pace::default().wait(&any).1, Violation::BODY_TIMEOUT);
    });
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_word() {
    let mut peer = connect(Limits { keep_alive: Some(SHORT), ..patient() }, PIPE_BYTES, echo);
    peer.send(get()).await;
    assert_eq!(peer.read_response().await.0, 200);
    assert_eq!(peer.read_to_end().await, "");
    assert_eq!(peer.connection.violation(), None);
    peer.ended().await.unwrap();
}

#[tokio::test]
async fn a_slow_service_is_not_an_idle_client() {
    let all = Limits { keep_alive: Some(SHORT), head_timeout: SHORT, client_timeout: SHORT, ..patient() };
    let answer_now = Arc::new(Semaphore::new(0));
    let wait = Arc::clone(&answer_now);
    let mut peer = connect(all, PIPE_BYTES, move |request, connection| {
        let wait = Arc::clone(&wait);
        async move {
            wait.acquire().await.unwrap().forget();
            echo(request, connection).await
        }
    });
    peer.send(get() + &post("Content-Length: 5\r\n", "hello")).await;
    for _ in 0..2 {
        // Another connection tells that the time is over.
        let mut other = connect(Limits { head_timeout: SHORT * 3, ..patient() }, PIPE_BYTES, echo);
        assert_eq!(statuses(&other.read_to_end().await), ["408"]);
        answer_now.add_permits(1);
        assert_eq!(peer.read_response().await.0, 200);
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_response_is_given_up() {
    let (tell, told) = oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let mut peer = connect(Limits { client_timeout: SHORT, ..patient() }, 64, move |_, connection| {
        let tell = tell.lock().unwrap().take().unwrap();
        async move {
            let exchange = connection.begin_exchange();
            connection.after_flush(move |how| tell.send(how).unwrap());
            answer(exchange, StatusCode::OK, vec![b'x'; 10_000])
        }
    });
    peer.send(get()).await;
    assert_eq!(told.await.unwrap(), Flushed::Lost);
    let stream = peer.stream;
    peer.server.await.unwrap().unwrap_err();
    drop(stream);
}
