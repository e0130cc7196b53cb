//! The guard's judgement without I/O, fed in every way in which bytes can come, and whole connections through hyper.

mod bodies;
mod handing_on;
mod heads;
mod peer;
mod properties;
mod rewriting;
mod streams;
mod times;
mod upgrades;

use super::judging::{End, Outcome, judge, judge_pieces, limits};

/// Asserts that a stream passes as it is, as so many requests.
fn assert_passes(heads: usize, text: &str) {
    let expected = Outcome { passed: text.as_bytes().to_vec(), heads, end: End::Whole };
    assert_eq!(judge(text.as_bytes()), expected, "{text:?}");
}

/// Asserts that of a stream so many requests are seen, and then one is refused.
fn assert_refused(status: u16, code: &'static str, heads: usize, bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    let outcome = judge(bytes);
    let text = String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes));
    assert_eq!((outcome.end, outcome.heads), (End::Refused(status, code), heads), "{text:?}");
}

/// A head with these lines between the Host and its end.
fn head(request_line: &str, lines: &str) -> String {
    format!("{request_line}\r\nHost: app.test\r\n{lines}\r\n")
}

/// A POST with these lines in its head, and what follows it.
fn post(lines: &str, rest: &str) -> String {
    head("POST /a HTTP/1.1", lines) + rest
}

/// A chunked POST with this body.
fn chunked(body: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", body)
}
