//! What server.listen does with requests whose framing is in doubt, and with clients that take their time.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::installation::Hearth;

/// Longest wait for an answer; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

const HANDSHAKE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A connection that sends what a test says.
struct Raw(TcpStream);

impl Raw {
    fn open(hearth: &Hearth) -> Self {
        let stream = TcpStream::connect(hearth.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    /// Sends; a server that has already refused may have stopped listening.
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref());
    }

    /// Reads until the server closes: the status of each response, and everything.
    #[track_caller]
    fn close(&mut self) -> (Vec<u16>, String) {
        let mut read = Vec::new();
        match self.0.read_to_end(&mut read) {
            Ok(_) => {}
            Err(error) => panic!("{:?}: not closed after {:?}", error.kind(), String::from_utf8_lossy(&read)),
        }
        let text = String::from_utf8(read).unwrap();
        let statuses = text.split("HTTP/1.1 ").skip(1).map(|response| response[..3].parse().unwrap()).collect();
        (statuses, text)
    }

    /// Reads until what came ends with a text.
    #[track_caller]
    fn until(&mut self, end: &str) -> String {
        let mut read = Vec::new();
        while !read.ends_with(end.as_bytes()) {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap_or_else(|error| {
                assert_ne!(error.kind(), ErrorKind::UnexpectedEof, "{:?}", String::from_utf8_lossy(&read));
                panic!("{error}: {:?}", String::from_utf8_lossy(&read));
            });
            read.push(byte[0]);
        }
        String::from_utf8(read).unwrap()
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: app.test\r\n\r\n")
}

/// A batch without events, which every key may send.
fn ingest(hearth: &Hearth, lines: &str, body: &str) -> String {
    let key = &hearth.project.key;
    format!(
        "POST /ingest HTTP/1.1\r\nHost: app.test\r\nX-Project-Key: {key}\r\nContent-Type: application/json\r\n\
         {lines}\r\n{body}"
    )
}

#[test]
fn a_doubtful_head_is_refused_and_what_follows_is_not_served() {
    let hearth = Hearth::start();
    for (head, status) in [
        ("GET /healthz HTTP/1.1\nHost: app.test\n\n".to_owned(), 400),
        ("GET /healthz HTTP/1.1\r\nHost: app.test\r\nX-A: b\r\n c\r\n\r\n".to_owned(), 400),
        ("GET /healthz HTTP/1.1\r\nHost : app.test\r\n\r\n".to_owned(), 400),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n".to_owned(), 405),
        ("GET /healthz HTTP/2.0\r\nHost: app.test\r\n\r\n".to_owned(), 505),
        (format!("{} /healthz HTTP/1.1\r\nHost: app.test\r\n\r\n", "G".repeat(65536)), 501),
        (format!("GET /{} HTTP/1.1\r\nHost: app.test\r\n\r\n", "a".repeat(65536)), 414),
        (format!("GET /healthz HTTP/1.1\r\nHost: app.test\r\nX-A: {}\r\n\r\n", "a".repeat(1 << 20)), 431),
    ] {
        let mut client = Raw::open(&hearth);
        client.send(head + &get("/healthz"));
        let (statuses, text) = client.close();
        assert_eq!(statuses, [status], "{text}");
        assert!(text.contains("\r\nconnection: close\r\n"), "{text}");
    }
}

#[test]
fn a_doubtful_second_head_leaves_the_first_its_answer() {
    let hearth = Hearth::start();
    let mut client = Raw::open(&hearth);
    client.send(get("/healthz") + "\0\u{1}\u{2}\r\n\r\n" + &get("/healthz"));
    assert_eq!(client.close().0, [200, 400]);
}

#[test]
fn requests_that_come_together_are_answered_in_order() {
    let hearth = Hearth::start();
    let mut client = Raw::open(&hearth);
    let last = "GET /last HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n";
    let batch = ingest(&hearth, "Content-Length: 2\r\n", "{}");
    client.send(get("/healthz").repeat(30) + &batch.repeat(30) + last + &get("/healthz"));
    let (statuses, _) = client.close();
    assert_eq!(statuses, [vec![200; 30], vec![400; 30], vec![404]].concat());
}

#[test]
fn an_upgrade_beside_a_body_changes_nothing() {
    let hearth = Hearth::start();
    let mut client = Raw::open(&hearth);
    let begun = Instant::now();
    client.send(ingest(&hearth, "Upgrade: websocket\r\nContent-Length: 2\r\n", "{}") + &get("/healthz") + "X\r\n");
    assert_eq!(client.close().0, [400, 200, 400]);
    assert!(begun.elapsed() < PATIENCE / 2);
}

#[test]
fn a_handshake_where_none_is_wanted_ends_the_connection_without_a_tunnel() {
    let hearth = Hearth::start();
    let mut client = Raw::open(&hearth);
    client.send(format!("GET /healthz HTTP/1.1\r\nHost: app.test\r\n{HANDSHAKE}\r\n") + &get("/smuggled"));
    assert_eq!(client.close().0, [200]);
    let mut client = Raw::open(&hearth);
    client.send(format!("GET /healthz HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\n{HANDSHAKE}\r\nhello"));
    assert_eq!(client.close().0, [400]);
}

#[test]
fn a_body_with_bad_chunks_is_refused_once() {
    let hearth = Hearth::start();
    for body in
        ["5 \r\nhello\r\n0\r\n\r\n", "2\r\n{}XX0\r\n\r\n", "2\r\n{}\r\n0\r\n X: b\r\n\r\n", "2\n{}\r\n0\r\n\r\n"]
    {
        let mut client = Raw::open(&hearth);
        client.send(ingest(&hearth, "Transfer-Encoding: chunked\r\n", body) + &get("/healthz"));
        assert_eq!(client.close().0, [400], "{body:?}");
    }
}

#[test]
fn chunk_extensions_have_a_limit() {
    let hearth = Hearth::start();
    let mut client = Raw::open(&hearth);
    let flood = format!("1;{}\r\nx\r\n", "a".repeat(200)).repeat(100_000);
    client.send(ingest(&hearth, "Transfer-Encoding: chunked\r\n", &flood));
    assert_eq!(client.close().0, [400]);
}

#[test]
fn a_client_that_ends_its_side_gets_its_answer() {
    let hearth = Hearth::start();
    let mut client = Raw::open(&hearth);
    let body = format!("{{\"x\":\"{}\"}}", "y".repeat(300_000));
    client.send(ingest(&hearth, &format!("Content-Length: {}\r\n", body.len()), &body));
    client.0.shutdown(std::net::Shutdown::Write).unwrap();
    let (statuses, text) = client.close();
    assert_eq!(statuses, [400]);
    assert!(text.contains("invalid_payload") || text.contains("fieldErrors"), "{text}");
}

#[test]
fn every_head_must_come_in_time() {
    let hearth = Hearth::with(&["server.head_timeout=300ms"]);
    for requests_before in [0, 1, 2] {
        let mut client = Raw::open(&hearth);
        for _ in 0..requests_before {
            client.send(get("/healthz"));
            client.until("}");
        }
        client.send("GET /healthz HTTP/1.1\r\n");
        let (statuses, text) = client.close();
        assert_eq!(statuses, [408], "after {requests_before}: {text}");
    }
    let (statuses, _) = Raw::open(&hearth).close();
    assert_eq!(statuses, [408]);
}

#[test]
fn a_body_that_stops_is_answered_408() {
    let hearth = Hearth::with(&["server.body_timeout=300ms"]);
    for part in
        [ingest(&hearth, "Content-Length: 100\r\n", "{"), ingest(&hearth, "Transfer-Encoding: chunked\r\n", "5\r\n{")]
    {
        let mut client = Raw::open(&hearth);
        client.send(part);
        assert_eq!(client.close().0, [408]);
    }
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    let hearth = Hearth::with(&["server.keep_alive=300ms"]);
    let mut client = Raw::open(&hearth);
    client.send(get("/healthz"));
    client.until("}");
    assert_eq!(client.close().0, [0_u16; 0]);
}

#[test]
fn an_idle_connection_does_not_keep_hearth_from_stopping() {
    let mut hearth = Hearth::with(&["server.shutdown_timeout=60s", "server.keep_alive=60s"]);
    let mut client = Raw::open(&hearth);
    client.send(get("/healthz"));
    client.until("}");
    let begun = Instant::now();
    hearth.stop();
    assert!(begun.elapsed() < PATIENCE, "it waited for an idle client");
    assert_eq!(client.close().0, [0_u16; 0]);
}
