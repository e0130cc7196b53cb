//! Responses without an end: each event arrives when it is sent, and both sides notice when the other leaves.

use hearth::domain::traffic::{Failure, Protocol};

use crate::client::Wire;
use crate::setting::Hearth;
use crate::upstream::Upstream;

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn each_event_arrives_before_the_next_is_sent() {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = Upstream::connections(move |mut wire: Wire, _| {
        wire.head().unwrap();
        wire.send(HEAD);
        for number in 0..3 {
            wait.lock().unwrap().recv().unwrap();
            wire.send(format!("8\r\ndata:{number}\n\n\r\n"));
        }
        wire.send("0\r\n\r\n");
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.head().unwrap().field("content-type").as_deref(), Some("text/event-stream"));
    for number in 0..3 {
        go.send(()).unwrap();
        assert_eq!(client.chunk().unwrap().unwrap(), format!("data:{number}\n\n").as_bytes());
    }
    assert_eq!(client.chunk().unwrap(), None);
    let record = hearth.record();
    assert_eq!((record.protocol, record.failure, record.bytes_out), (Protocol::EventStream, None, 24));
}

#[test]
fn the_app_learns_that_a_listener_left() {
    let (tell, left) = std::sync::mpsc::channel();
    let upstream = Upstream::connections(move |mut wire: Wire, _| {
        wire.head().unwrap();
        wire.send(HEAD);
        wire.send("8\r\ndata:0\n\n\r\n");
        tell.send(wire.is_closed()).unwrap();
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    client.head().unwrap();
    client.chunk().unwrap();
    drop(client);
    assert!(left.recv().unwrap());
    assert_eq!((hearth.record().status, hearth.record().failure), (200, Some(Failure::ClientGone)));
}

#[test]
fn a_client_that_leaves_before_the_response_is_recorded_and_the_app_is_left_too() {
    let (tell, left) = std::sync::mpsc::channel();
    let upstream = Upstream::connections(move |mut wire: Wire, _| {
        wire.head().unwrap();
        tell.send(wire.is_closed()).unwrap();
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    drop(client);
    assert!(left.recv().unwrap());
    assert_eq!((hearth.record().status, hearth.record().failure), (499, Some(Failure::ClientGone)));
}
