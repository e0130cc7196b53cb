//! Which requests may ask for another protocol.

use super::{End, assert_refused, head, judge};

const HANDSHAKE: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[test]
fn a_handshake_passes_and_what_follows_waits() {
    for version in ["13", "777"] {
        let handshake = head("GET /ws HTTP/1.1", &HANDSHAKE.replace("13", version));
        let outcome = judge((handshake.clone() + "GET /smuggled HTTP/1.1\r\nHost: app.test\r\n\r\n").as_bytes());
        assert_eq!((outcome.passed, outcome.heads, outcome.end), (handshake.into_bytes(), 1, End::Upgraded));
    }
}

#[test]
fn a_handshake_has_no_body() {
    let with = |line: &str| head("GET /ws HTTP/1.1", &format!("{HANDSHAKE}{line}"));
    assert_refused(400, "upgrade_with_body", 0, with("Content-Length: 42\r\n"));
    assert_refused(400, "upgrade_with_body", 0, with("Transfer-Encoding: chunked\r\n"));
    assert_eq!(judge(with("Content-Length: 0\r\n").as_bytes()).end, End::Upgraded);
}

/// Asserts that a head loses its upgrade.
fn assert_stays_http(request_line: &str, lines: &str, passed: &str) {
    let outcome = judge(head(request_line, lines).as_bytes());
    assert_eq!(String::from_utf8_lossy(&outcome.passed), head(request_line, passed));
    assert_eq!(outcome.heads, 1);
    assert_ne!(outcome.end, End::Upgraded);
}

#[test]
fn anything_else_stays_http() {
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    let both = format!("{key}{version}");
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    for request_line in ["POST /ws HTTP/1.1", "GET /ws HTTP/1.0", "HEAD /ws HTTP/1.1"] {
        assert_stays_http(request_line, &format!("{upgrade}{both}"), &both);
    }
    let get = "GET /ws HTTP/1.1";
    assert_stays_http(get, &format!("{upgrade}{key}"), key);
    assert_stays_http(get, &format!("{upgrade}{version}"), version);
    assert_stays_http(get, &format!("Upgrade: websocket\r\n{both}"), &both);
    assert_stays_http(get, &format!("Connection: Upgrade\r\n{both}"), &both);
    assert_stays_http(
        get,
        &format!("Connection: x, upgrade ,y\r\nUpgrade: foo\r\n{both}"),
        &format!("Connection: x, y\r\n{both}"),
    );
    for lines in ["Upgrade: websocket\r\nUpgrade: h2c\r\n", "Upgrade: websocket, h2c\r\n", "Upgrade: websocket/13\r\n"]
    {
        assert_stays_http(get, &format!("Connection: Upgrade\r\n{lines}{both}"), &both);
    }
    assert_stays_http(
        get,
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        "",
    );
    assert_stays_http("POST /a HTTP/1.1", "Upgrade: websocket\r\nContent-Length: 0\r\n", "Content-Length: 0\r\n");
}
