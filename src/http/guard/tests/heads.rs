//! Which heads are beyond doubt, and which are not.

use super::{End, assert_passes, assert_refused, head, judge, limits, post};

#[test]
fn plain_requests_pass_as_they_are() {
    assert_passes(1, &head("GET /a HTTP/1.1", ""));
    assert_passes(1, &head("GET /a?q=%2F%00%ff&&=&x[]=1;2 HTTP/1.1", ""));
    assert_passes(1, &head("GET /a/%2e%2e/%2Fb//c/./d HTTP/1.1", ""));
    assert_passes(1, &head("GET //evil HTTP/1.1", ""));
    assert_passes(1, &head("get /a HTTP/1.1", ""));
    assert_passes(1, &head("PROPFIND /a HTTP/1.1", ""));
    assert_passes(1, &head("OPTIONS * HTTP/1.1", ""));
    assert_passes(1, &head("GET /a HTTP/1.1", "X-A:\t  b \t\r\nX-Empty:\r\nCookie: a=1\r\nCookie: b=2\r\n"));
    assert_passes(1, &head("GET /a HTTP/1.1", "X-A: caf\u{e9}\r\n"));
    assert_passes(1, &head("POST /a HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n"));
    assert_passes(2, &(head("HEAD /1 HTTP/1.1", "") + &head("GET /2 HTTP/1.1", "")));
}

#[test]
fn the_request_line_has_one_form() {
    for line in [
        "GET /a b HTTP/1.1",
        "GET  /a HTTP/1.1",
        "GET /a  HTTP/1.1",
        "GET /a HTTP/1.1 ",
        "GET /a",
        "GET",
        "GET /a http/1.1",
        "GET /a HTTP/11",
        "GET /a HTTP/1.1.1",
        " GET /a HTTP/1.1",
        "",
    ] {
        let code = if line.is_empty() { "host_missing" } else { "bad_request_line" };
        let text = if line.is_empty() { "\r\nGET /a HTTP/1.1\r\n\r\n".to_owned() } else { head(line, "") };
        assert_refused(400, code, 0, text);
    }
    assert_refused(400, "bad_method", 0, head("GET\t/a\tHTTP/1.1", ""));
    assert_refused(400, "bad_method", 0, head("G\0T /a HTTP/1.1", ""));
    assert_refused(400, "bad_method", 0, head("G=\":<>(e),[T];?\" /a HTTP/1.1", ""));
    assert_refused(505, "version_refused", 0, head("GET /a HTTP/1.2", ""));
    assert_refused(505, "version_refused", 0, head("GET /a HTTP/2.0", ""));
    assert_refused(505, "version_refused", 0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".replace('*', "/"));
    assert_refused(405, "method_refused", 0, head("CONNECT 127.0.0.1:22 HTTP/1.1", ""));
    assert_refused(405, "method_refused", 0, head("TRACE /a HTTP/1.1", ""));
}

#[test]
fn the_target_is_a_path_or_an_address_of_this_host() {
    for target in ["a", "app.test:80", "*", "https://app.test/", "ftp://app.test/", "http:/app.test", "http://", "?a"] {
        assert_refused(400, "bad_target", 0, head(&format!("GET {target} HTTP/1.1"), ""));
    }
    for target in
        ["/a\0b", "/a\rb", "/a\x7f", "/caf\u{e9}", "/a#b", "/<a>", "/?\"", "http://u@app.test/", "http://a%41/"]
    {
        assert_refused(400, "bad_target", 0, head(&format!("GET {target} HTTP/1.1"), ""));
    }
    assert_refused(400, "bad_line_end", 0, "GET /a\nHTTP/1.1\r\nHost: app.test\r\n\r\n");
}

#[test]
fn lines_end_with_both_characters() {
    assert_refused(400, "bad_line_end", 0, "GET /a HTTP/1.1\nHost: app.test\n\n");
    assert_refused(400, "bad_line_end", 0, "GET /a HTTP/1.1\r\nHost: app.test\r\n\n");
    assert_refused(400, "bad_line_end", 0, head("GET /a HTTP/1.1", "X-A: b\nTransfer-Encoding: chunked\r\n"));
    assert_refused(400, "bad_field_value", 0, head("GET /a HTTP/1.1", "X-A: b\rc\r\n"));
    assert_refused(400, "bad_field_value", 0, head("GET /a HTTP/1.1", "X-A: b\r\r\n"));
}

#[test]
fn fields_have_one_form() {
    let refused = |code, line: &str| assert_refused(400, code, 0, head("GET /a HTTP/1.1", &format!("{line}\r\n")));
    for line in [": b", ":", "X-A b", "X A: b", "X-A : b", "X\x01A: b", "X\0: b", "X(A): b", "X\u{e9}: b"] {
        refused("bad_field_name", line);
    }
    for line in
        [" X-A: b", "\tX-A: b", "X-A: b\r\n c", "Content-Length:\r\n 5", "X-A: b\r\n Transfer-Encoding: chunked"]
    {
        refused("field_folded", line);
    }
    for line in ["X-A: \0", "X-A: a\x01b", "X-A: a\x7fb", "X-A: \x0b"] {
        refused("bad_field_value", line);
    }
}

#[test]
fn there_is_one_host() {
    let get = |hosts: &str| format!("GET /a HTTP/1.1\r\n{hosts}\r\n");
    assert_refused(400, "host_missing", 0, get(""));
    assert_refused(400, "host_repeated", 0, get("Host: app.test\r\nHost: evil.test\r\n"));
    assert_refused(400, "host_repeated", 0, get("Host: app.test\r\nhost: app.test\r\n"));
    for host in [
        "",
        "app.test/evil",
        "user@app.test",
        "app.test, evil.test",
        "app.test#x",
        "app.test%0d%0aX: y",
        "app.test?",
        "app test",
        "app.test:",
        "app.test:x",
        "app.test:99999",
        "app.test:80:80",
        "[::1",
        "[::1]x",
        "[nothing]",
        "::1",
    ] {
        assert_refused(400, "bad_host", 0, get(&format!("Host: {host}\r\n")));
    }
    for host in ["app.test:8080", "127.0.0.1", "[::1]:80", "my_host", "A.B-c.d."] {
        assert_passes(1, &get(&format!("Host: {host}\r\n")));
    }
    assert_passes(1, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_refused(400, "host_repeated", 0, "GET /a HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n");
}

#[test]
fn sizes_have_limits() {
    assert_refused(501, "method_too_long", 0, head(&format!("{} /a HTTP/1.1", "G".repeat(65536)), ""));
    assert_refused(501, "method_too_long", 0, "G".repeat(33));
    assert_refused(414, "target_too_long", 0, head(&format!("GET /{} HTTP/1.1", "a".repeat(8192)), ""));
    assert_refused(414, "target_too_long", 0, format!("GET /{}", "a".repeat(8192)));
    assert_passes(1, &head(&format!("GET /{} HTTP/1.1", "a".repeat(8191)), ""));
    assert_refused(431, "head_too_large", 0, head("GET /a HTTP/1.1", &format!("X-A: {}\r\n", "x".repeat(65536))));
    assert_refused(431, "head_too_large", 0, format!("GET /a HTTP/1.1\r\nX-A: {}", "x".repeat(65536)));
    // 100 with the Host.
    assert_passes(1, &head("GET /a HTTP/1.1", &"X-F: v\r\n".repeat(99)));
    assert_refused(431, "too_many_fields", 0, head("GET /a HTTP/1.1", &"X-F: v\r\n".repeat(100)));
}

#[test]
fn the_largest_head_passes_and_one_byte_more_does_not() {
    let rest = head("GET /a HTTP/1.1", "X-A: \r\n").len();
    let largest = limits().max_head_bytes;
    assert_passes(1, &head("GET /a HTTP/1.1", &format!("X-A: {}\r\n", "x".repeat(largest - rest))));
    let larger = head("GET /a HTTP/1.1", &format!("X-A: {}\r\n", "x".repeat(largest - rest + 1)));
    assert_refused(431, "head_too_large", 0, larger);
}

#[test]
fn the_length_is_one_decimal_number() {
    for value in ["", "0x5", "1_0", "+5", "-5", "5 5", "5.0", "5, 5", "5, 6", "5;", "\u{ff15}", "18446744073709551621"]
    {
        assert_refused(400, "bad_content_length", 0, post(&format!("Content-Length: {value}\r\n"), "hello"));
    }
    assert_refused(400, "bad_content_length", 0, post("Content-Length: 9223372036854775808\r\n", "hello"));
    for lines in [
        "Content-Length: 0\r\nContent-Length: 42\r\n",
        "Content-Length: \r\nContent-Length: 42\r\n",
        "Content-Length: 5\r\ncontent-length: 5\r\n",
    ] {
        assert_refused(400, "bad_content_length", 0, post(lines, "hello"));
    }
    assert_refused(400, "bad_field_name", 0, post("Content-Length : 5\r\n", "hello"));
}

#[test]
fn the_transfer_coding_is_chunked_and_nothing_beside_it() {
    let with = |value: &str| post(&format!("Transfer-Encoding: {value}\r\n"), "0\r\n\r\n");
    for value in ["xchunked", "chunked, identity", ",chunked", "chunked,", "chunked;q=1", "chunked, chunked", "cow", ""]
    {
        assert_refused(501, "transfer_encoding_refused", 0, with(value));
    }
    for value in ["gzip, chunked", "\u{a0}chunked", "identity", "\"chunked\""] {
        assert_refused(501, "transfer_encoding_refused", 0, with(value));
    }
    assert_refused(400, "bad_field_value", 0, with("\x0bchunked"));
    assert_refused(400, "bad_field_name", 0, post("Transfer-Encoding : chunked\r\n", ""));
    assert_refused(400, "bad_field_name", 0, post("Transfer-Encoding\0: chunked\r\n", ""));
    let twice = "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n";
    assert_refused(400, "transfer_encoding_repeated", 0, post(twice, "0\r\n\r\n"));
    for lines in
        ["Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "Content-Length: 0\r\nTransfer-Encoding: x\r\n"]
    {
        assert_refused(400, "ambiguous_length", 0, post(lines, "0\r\n\r\n"));
    }
    let old = head("POST /a HTTP/1.0", "Transfer-Encoding: chunked\r\n");
    assert_refused(400, "transfer_encoding_in_1_0", 0, old);
}

#[test]
fn nothing_is_read_after_the_last_message() {
    for first in [
        head("GET /a HTTP/1.1", "Connection: close\r\n"),
        head("GET /a HTTP/1.1", "Connection: keep-alive, Close\r\n"),
        head("POST /a HTTP/1.0", ""),
        head("POST /a HTTP/1.1", "Connection: close\r\nContent-Length: 5\r\n") + "hello",
    ] {
        let outcome = judge((first.clone() + "GET /smuggled HTTP/1.1\r\nHost: app.test\r\n\r\n").as_bytes());
        assert_eq!((outcome.passed, outcome.heads, outcome.end), (first.into_bytes(), 1, End::Last));
    }
    assert_passes(2, &head("GET /a HTTP/1.0", "Connection: Keep-Alive\r\n").repeat(2));
}

#[test]
fn one_empty_line_before_a_request_is_skipped() {
    let get = head("GET /a HTTP/1.1", "");
    let outcome = judge(format!("\r\n{get}\r\n{get}").as_bytes());
    assert_eq!((outcome.passed, outcome.heads, outcome.end), ((get.clone() + &get).into_bytes(), 2, End::Whole));
    assert_refused(400, "bad_request_line", 0, format!("\r\n\r\n{get}"));
    assert_refused(400, "bad_request_line", 1, format!("{get}\r\n\r\n{get}"));
    assert_refused(400, "bad_line_end", 0, format!("\n{get}"));
}
