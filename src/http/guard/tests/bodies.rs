//! Which bodies are beyond doubt, and where they end.

use super::{End, Outcome, assert_passes, assert_refused, chunked, head, judge, post};

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: app.test\r\n\r\n";

#[test]
fn a_body_ends_where_its_length_says() {
    let second = head("GET /second HTTP/1.1", "");
    assert_passes(2, &post("Content-Length: 5\r\n", &format!("hello{second}")));
    assert_passes(1, &post("Content-Length: 42\r\n", SMUGGLED));
    assert_passes(1, &post("Connection: Content-Length\r\nContent-Length: 42\r\n", SMUGGLED));
    assert_passes(1, &(head("GET /a HTTP/1.1", "Content-Length: 42\r\n") + SMUGGLED));
    let short = judge(post("Content-Length: 6\r\n", "hello").as_bytes());
    assert_eq!((short.heads, short.end), (1, End::Unfinished));
}

#[test]
fn chunks_pass_as_they_are() {
    assert_passes(1, &chunked("5\r\nhello\r\n0\r\n\r\n"));
    assert_passes(1, &chunked("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"));
    assert_passes(1, &chunked(&("1\r\nx\r\n".repeat(100) + "0\r\n\r\n")));
    assert_passes(1, &chunked("5\r\n0\r\n\r\n\r\n0\r\n\r\n"));
    assert_passes(1, &post("Transfer-Encoding: CHUNKED\r\n", "5\r\nhello\r\n0\r\n\r\n"));
    assert_passes(2, &chunked("0\r\n\r\n").repeat(2));
}

/// Asserts that of a chunked body the head is handed on, and `passed` of the body before it is refused.
fn assert_body_refused(code: &'static str, passed: &str, body: &str) {
    let text = chunked(body);
    let expected = Outcome { passed: chunked(passed).into_bytes(), heads: 1, end: End::Refused(400, code) };
    assert_eq!(judge(text.as_bytes()), expected, "{body:?}");
}

#[test]
fn sizes_are_hexadecimal_and_nothing_else() {
    for size in ["0x5", "+5", "-5", "0_5", "5zz", "", " 5", "5 ", "5\t", "5\r", "10000000000000005", "8000000000000000"]
    {
        assert_body_refused("bad_chunk_size", "", &format!("{size}\r\nhello\r\n0\r\n\r\n"));
    }
    assert_body_refused("bad_chunk_size", "", "5\nhello\r\n0\r\n\r\n");
    assert_body_refused("bad_chunk_size", "", ";a\r\n\r\n");
    assert_body_refused("bad_chunk_size", "", &"0".repeat(300));
    assert_body_refused("bad_chunk_size", "", &format!("{}5\r\nhello\r\n", "0".repeat(16)));
}

#[test]
fn a_chunk_ends_where_its_size_says() {
    assert_body_refused("bad_chunk_end", "5\r\nhello", "5\r\nhelloXX0\r\n\r\n");
    assert_body_refused("bad_chunk_end", "5\r\nhello", "5\r\nhelloWORLD\r\n0\r\n\r\n");
    assert_body_refused("bad_chunk_end", "5\r\nhello", "5\r\nhello\n0\r\n\r\n");
    assert_body_refused("bad_chunk_end", "5\r\nhello", "5\r\nhello\r0\r\n\r\n");
    assert_body_refused("bad_chunk_size", "4\r\nhell\r\n", "4\r\nhell\r\no\r\n0\r\n\r\n");
}

#[test]
fn extensions_are_checked_and_left_out() {
    for size in ["5;a", "5;a=b", "5;a=\"b c\\\";\"", "5;a;b=c;d", "05", "0000000000000005"] {
        let outcome = judge(chunked(&format!("{size}\r\nhello\r\n0;last\r\n\r\n")).as_bytes());
        assert_eq!(outcome.passed, chunked("5\r\nhello\r\n0\r\n\r\n").into_bytes(), "{size}");
        assert_eq!(outcome.end, End::Whole);
    }
    for extension in [";", ";\0a", ";a=", ";a=\"b", ";a=\"b\"c", "; a", ";a =b", ";a=b c", ";a=\"\x01\"", ";\u{e9}"] {
        let code = if extension == ";a=\"b\"c" || extension == ";a =b" || extension == ";a=b c" {
            "bad_chunk_size"
        } else {
            "bad_chunk_extension"
        };
        assert_body_refused(code, "", &format!("5{extension}\r\nhello\r\n0\r\n\r\n"));
    }
    assert_body_refused("bad_chunk_size", "", "5;\nhello\r\n0\r\n\r\n");
}

#[test]
fn extensions_and_trailers_have_a_limit_together() {
    let chunk = |bytes: usize| format!("1;{}\r\nx\r\n", "a".repeat(bytes - 1));
    let sixteen = chunk(128).repeat(16);
    let outcome = judge(chunked(&(sixteen.clone() + &chunk(128).repeat(16) + "0\r\n\r\n")).as_bytes());
    assert_eq!(outcome.end, End::Whole);
    assert_refused(400, "chunk_extra_too_large", 1, chunked(&(chunk(128).repeat(32) + "1;a\r\n")));
    assert_refused(400, "bad_chunk_size", 1, chunked(&chunk(300)));
    let trailer = "X-T: 0123456789\r\n";
    let outcome = judge(chunked(&(sixteen.clone() + "0\r\n" + &trailer.repeat(120) + "\r\n")).as_bytes());
    assert_eq!(outcome.end, End::Whole);
    assert_refused(400, "chunk_extra_too_large", 1, chunked(&(sixteen + "0\r\n" + &trailer.repeat(121) + "\r\n")));
    assert_refused(400, "chunk_extra_too_large", 1, chunked(&format!("0\r\nX: {}", "x".repeat(5000))));
}

#[test]
fn trailers_are_checked_and_left_out() {
    let trailers = "X-Checksum: abc\r\nContent-Length: 50\r\nHost: evil.test\r\n";
    let outcome = judge(chunked(&format!("5\r\nhello\r\n0\r\n{trailers}\r\n")).as_bytes());
    assert_eq!((outcome.passed, outcome.end), (chunked("5\r\nhello\r\n0\r\n\r\n").into_bytes(), End::Whole));
    for trailer in ["X A: b", " X: b", ": b", "X", "X: \0", "X: a\rb"] {
        // The last chunk is kept back, so that the body does not look complete.
        assert_body_refused("bad_trailer", "5\r\nhello\r\n", &format!("5\r\nhello\r\n0\r\n{trailer}\r\n\r\n"));
    }
    assert_body_refused("bad_line_end", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n\n");
    assert_body_refused("bad_line_end", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\nX: a\n\r\n");
}

#[test]
fn what_follows_a_body_is_judged_like_any_head() {
    let whole = chunked("5\r\nhello\r\n0\r\n\r\n");
    let outcome = judge((whole.clone() + "\0\u{1}\u{2}\r\n\r\n").as_bytes());
    assert_eq!(outcome, Outcome { passed: whole.into_bytes(), heads: 1, end: End::Refused(400, "bad_method") });
}
