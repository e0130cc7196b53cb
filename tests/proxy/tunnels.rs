//! Websockets: bytes in both directions, only after the app's 101, until both have ended.

use hearth::domain::traffic::{Failure, Protocol};

use crate::client::Wire;
use crate::setting::Hearth;
use crate::upstream::{Upstream, response};

const ASK: &str = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Switches, sends back what it gets, and says goodbye when the client has ended.
fn echo() -> Upstream {
    Upstream::connections(|mut wire: Wire, _| {
        let head = wire.head().unwrap();
        assert_eq!(head.field("upgrade").as_deref(), Some("websocket"));
        assert_eq!(head.field("connection").as_deref(), Some("upgrade"));
        wire.send(SWITCH);
        let mut byte = wire.take(1);
        while let Ok(one) = byte {
            wire.send(one);
            byte = wire.take(1);
        }
        wire.send("bye");
    })
}

#[test]
fn bytes_pass_both_ways_also_those_sent_with_the_head_and_after_one_side_has_ended() {
    let upstream = echo();
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send(format!("{ASK}early"));
    let head = client.head().unwrap();
    assert_eq!(head.first, "HTTP/1.1 101 Switching Protocols");
    assert_eq!(head.field("upgrade").as_deref(), Some("websocket"));
    assert_eq!(head.field("connection").as_deref(), Some("upgrade"));
    assert!(head.field("sec-websocket-accept").is_some());
    assert_eq!(client.take(5).unwrap(), b"early");
    for _ in 0..100 {
        client.send(b"\x00\xff\r\n");
        assert_eq!(client.take(4).unwrap(), b"\x00\xff\r\n");
    }
    client.end_sending();
    assert_eq!(client.rest().unwrap(), b"bye");
    let record = hearth.record();
    assert_eq!((record.status, record.failure, record.protocol), (101, None, Protocol::WebSocket));
    assert_eq!((record.bytes_in, record.bytes_out), (405, 408));
}

#[test]
fn other_protocols_pass_only_if_they_are_named() {
    const ASK: &str =
        "POST /attach HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n";
    let switching = || {
        Upstream::connections(|mut wire: Wire, _| {
            let head = wire.head().unwrap();
            if head.field("upgrade").is_none() {
                return wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
            assert_eq!(head.field("upgrade").as_deref(), Some("tcp"));
            wire.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
            let four = wire.take(4).unwrap();
            wire.send(four);
        })
    };
    let upstream = switching();
    let hearth = Hearth::before(&upstream, &["proxy.upgrades=tcp"]);
    let mut client = hearth.connect();
    client.send(format!("{ASK}\x00raw"));
    let head = client.head().unwrap();
    assert_eq!(
        (head.first.as_str(), head.field("upgrade").as_deref()),
        ("HTTP/1.1 101 Switching Protocols", Some("tcp"))
    );
    assert_eq!(client.take(4).unwrap(), b"\x00raw");
    client.end_sending();
    assert_eq!(client.rest().unwrap(), b"");
    let record = hearth.record();
    assert_eq!((record.status, record.failure, record.protocol), (101, None, Protocol::Upgraded));

    let upstream = switching();
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send(ASK);
    assert_eq!(client.answer(false).status, 200);
}

#[test]
fn without_a_101_it_stays_http() {
    let upstream = Upstream::answering(|_| response("426 Upgrade Required", "no"));
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send(format!("{ASK}GET /next HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_eq!(client.answer(true).status, 426);
    assert_eq!(client.answer(true).status, 426);
    assert_eq!(
        [upstream.seen(), upstream.seen()].map(|seen| seen.head.first),
        ["GET /ws HTTP/1.1", "GET /next HTTP/1.1"]
    );
}

#[test]
fn a_silent_tunnel_ends() {
    let upstream = echo();
    let hearth = Hearth::before(&upstream, &["proxy.tunnel_timeout=1s"]);
    let mut client = hearth.connect();
    client.send(ASK);
    client.head().unwrap();
    client.send("x");
    assert_eq!(client.take(1).unwrap(), b"x");
    assert!(client.is_closed());
    assert_eq!((hearth.record().status, hearth.record().failure), (101, Some(Failure::UpstreamStalled)));
}

#[test]
fn a_tunnel_whose_app_goes_away_ends() {
    let upstream = Upstream::connections(|mut wire: Wire, _| {
        wire.head().unwrap();
        wire.send(SWITCH);
        wire.send("last words");
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send(ASK);
    client.head().unwrap();
    assert_eq!(client.rest().unwrap(), b"last words");
    drop(client);
    assert_eq!(hearth.record().bytes_out, 10);
}
