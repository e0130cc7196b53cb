//! What is handed on in other words than it was sent.

use super::{End, assert_passes, assert_refused, head, judge, post};

/// Asserts that a head is handed on as another.
fn assert_becomes(sent: &str, passed: &str) {
    let outcome = judge(sent.as_bytes());
    assert_eq!(String::from_utf8_lossy(&outcome.passed), passed);
    assert!(matches!(outcome.end, End::Whole | End::Last), "{:?}", outcome.end);
}

#[test]
fn an_absolute_target_becomes_its_path() {
    let get = |target: &str| head(&format!("GET {target} HTTP/1.1"), "");
    assert_becomes(&get("http://app.test/abs?q=http://x/"), &get("/abs?q=http://x/"));
    assert_becomes(&get("HTTP://APP.test"), &get("/"));
    assert_becomes(&get("http://app.test:80?q"), &get("/?q"));
    assert_becomes(&head("OPTIONS http://app.test HTTP/1.1", ""), &head("OPTIONS * HTTP/1.1", ""));
    assert_becomes(&head("OPTIONS http://app.test/ HTTP/1.1", ""), &head("OPTIONS / HTTP/1.1", ""));
    assert_becomes(
        "GET http://app.test:8080/abs HTTP/1.0\r\nX-A: b\r\n\r\n",
        "GET /abs HTTP/1.0\r\nHost: app.test:8080\r\nX-A: b\r\n\r\n",
    );
}

#[test]
fn an_absolute_target_and_the_host_must_agree() {
    for target in ["http://evil.test/", "http://app.test:81/", "http://app.test.evil.test/"] {
        assert_refused(400, "host_differs", 0, head(&format!("GET {target} HTTP/1.1"), ""));
    }
    assert_refused(400, "host_missing", 0, "GET http://app.test/ HTTP/1.1\r\n\r\n");
}

#[test]
fn leading_zeros_of_a_length_are_left_out() {
    assert_becomes(&post("Content-Length: 00005\r\n", "hello"), &post("Content-Length: 5\r\n", "hello"));
    assert_becomes(&post("Content-Length: 010\r\n", "0123456789"), &post("Content-Length: 10\r\n", "0123456789"));
    assert_becomes(&post("Content-Length: 000\r\n", ""), &post("Content-Length: 0\r\n", ""));
    assert_passes(1, &post("Content-Length: 0\r\n", ""));
}

#[test]
fn names_with_an_underscore_are_left_out() {
    let sent = "X-A: 1\r\nContent_Length: 5\r\nX_B: 2\r\nX-C: 3\r\nTransfer_Encoding: chunked\r\n";
    assert_becomes(&head("GET /a HTTP/1.1", sent), &head("GET /a HTTP/1.1", "X-A: 1\r\nX-C: 3\r\n"));
}

#[test]
fn an_expectation_in_1_0_is_left_out() {
    let old = |lines: &str| head("POST /a HTTP/1.0", &format!("{lines}Content-Length: 5\r\n")) + "hello";
    assert_becomes(&old("Expect: 100-continue\r\n"), &old(""));
}

#[test]
fn several_changes_keep_everything_else_in_its_place() {
    assert_becomes(
        "\r\nPOST http://app.test/a HTTP/1.1\r\nA_B: 1\r\nX-A: b \r\nHost: app.test\r\nConnection: Upgrade, X-A\r\n\
         Upgrade: h2c\r\nContent-Length: 05\r\nX-Z: \r\n\r\nhello",
        "POST /a HTTP/1.1\r\nX-A: b \r\nHost: app.test\r\nConnection: X-A\r\nContent-Length: 5\r\nX-Z: \r\n\r\nhello",
    );
}
