//! Responses arrive as they were sent, whatever says where they end.

use crate::setting::Hearth;
use crate::upstream::Upstream;

/// What a client gets of a response, by method.
fn passed(method: &str, response: &'static str) -> crate::client::Answer {
    let upstream = Upstream::connections(move |mut wire, _| {
        while wire.head().is_some() {
            wire.send(response);
            if response.starts_with("HTTP/1.0") || response.contains("close-delimited") {
                return;
            }
        }
    });
    let hearth = Hearth::before(&upstream, &[]);
    hearth.connect().ask(method, "/")
}

#[test]
fn a_length_is_kept() {
    let answer = passed("GET", "HTTP/1.1 201 Made\r\nContent-Length: 5\r\nETag: \"x\"\r\n\r\nhello");
    assert_eq!((answer.status, answer.text()), (201, "hello".to_owned()));
    assert_eq!(answer.head.first, "HTTP/1.1 201 Made");
    assert_eq!(answer.field("content-length").as_deref(), Some("5"));
    assert_eq!(answer.field("transfer-encoding"), None);
    assert_eq!(answer.field("etag").as_deref(), Some("\"x\""));
    assert_eq!(answer.field("via").as_deref(), Some("1.1 hearth"));
}

#[test]
fn chunks_stay_chunks_and_trailers_are_dropped() {
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nContent-Length: 3\r\n\r\n\
                  5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-T: 1\r\n\r\n";
    let answer = passed("GET", chunks);
    assert_eq!(answer.text(), "hello world");
    assert_eq!(answer.field("transfer-encoding").as_deref(), Some("chunked"));
    assert_eq!((answer.field("content-length"), answer.field("trailer")), (None, None));
}

#[test]
fn what_ends_with_the_connection_becomes_chunks() {
    for response in ["HTTP/1.0 200 OK\r\n\r\nhello", "HTTP/1.1 200 OK\r\nX-A: close-delimited\r\n\r\nhello"] {
        let answer = passed("GET", response);
        assert_eq!(answer.text(), "hello");
        assert_eq!(answer.field("transfer-encoding").as_deref(), Some("chunked"));
    }
}

#[test]
fn a_response_without_body_by_its_nature_keeps_its_length_and_ends() {
    let head = passed("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    assert_eq!((head.status, head.field("content-length").as_deref()), (200, Some("5000")));
    let head = passed("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_eq!((head.status, head.field("content-length")), (200, None));
    let not_modified = passed("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\nETag: \"x\"\r\n\r\n");
    assert_eq!((not_modified.status, not_modified.field("content-length").as_deref()), (304, Some("5000")));
    let no_content = passed("DELETE", "HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!((no_content.status, no_content.field("content-length")), (204, None));
    let empty = passed("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!((empty.status, empty.field("content-length").as_deref()), (200, Some("0")));
}

#[test]
fn the_connection_goes_on_after_responses_without_body() {
    let upstream = Upstream::saying("HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n");
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    for _ in 0..3 {
        assert_eq!(client.ask("HEAD", "/").status, 304);
        assert_eq!(client.ask("GET", "/").status, 304);
    }
    assert_eq!(upstream.opened(), 1);
    assert_eq!(hearth.records(6).iter().filter(|record| record.failure.is_none()).count(), 6);
}

#[test]
fn ranges_are_the_apps_business() {
    let upstream = Upstream::answering(|seen| {
        assert_eq!(seen.head.field("range").as_deref(), Some("bytes=2-4"));
        b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-4/9\r\nContent-Length: 3\r\n\r\ncde".to_vec()
    });
    let hearth = Hearth::before(&upstream, &[]);
    let mut client = hearth.connect();
    client.send("GET /file HTTP/1.1\r\nHost: a\r\nRange: bytes=2-4\r\n\r\n");
    let answer = client.answer(true);
    assert_eq!((answer.status, answer.text()), (206, "cde".to_owned()));
    assert_eq!(answer.field("content-range").as_deref(), Some("bytes 2-4/9"));
}

#[test]
fn early_hints_are_dropped_and_the_response_follows() {
    let answer =
        passed("GET", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!((answer.status, answer.text()), (200, "ok".to_owned()));
}

#[test]
fn cookies_stay_apart_and_hop_by_hop_fields_end_here() {
    let answer = passed(
        "GET",
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n\
         Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!(answer.head.fields.iter().filter(|(name, _)| name == "set-cookie").count(), 2);
    for gone in ["x-mine", "keep-alive", "proxy-authenticate", "upgrade", "connection"] {
        assert_eq!(answer.field(gone), None, "{gone}");
    }
}

#[test]
fn a_response_has_a_request_id_and_the_apps_own_wins() {
    let own = passed("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").field("x-request-id").unwrap();
    assert_eq!(own.len(), 36, "{own}");
    let apps = passed("GET", "HTTP/1.1 200 OK\r\nX-Request-Id: mine\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(apps.field("x-request-id").as_deref(), Some("mine"));
}
