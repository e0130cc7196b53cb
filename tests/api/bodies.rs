//! Bodies: their size, encoding, media type and pace (heat-collector.md 4.2).

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::json;

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{batch, click, with};

fn good(id: &str) -> String {
    batch("s", &[click(id, 0)]).to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_bodies_are_read() {
    let hearth = Hearth::start();
    let key = &hearth.project.key;
    for (encoding, body) in [
        ("gzip", gzip(good("a").as_bytes())),
        ("GZIP", gzip(good("b").as_bytes())),
        ("deflate", deflate(good("c").as_bytes())),
        ("identity", good("d").into_bytes()),
    ] {
        hearth.send(&Request::ingest(key, body).header("content-encoding", encoding)).ok();
    }
    assert_eq!(hearth.count_rows("heat_event"), 4);
    let encoded =
        |body: Vec<u8>, encoding: &str| hearth.send(&Request::ingest(key, body).header("content-encoding", encoding));
    encoded(good("e").into_bytes(), "br").refused(415, "unsupported_encoding");
    encoded(good("e").into_bytes(), "gzip").refused(400, "corrupt_body");
    let whole = gzip(good("e").as_bytes());
    encoded(whole[..whole.len() - 9].to_vec(), "gzip").refused(400, "corrupt_body");
    assert_eq!(hearth.count_rows("heat_event"), 4);
}

#[test]
fn the_size_counts_after_inflation_and_the_limit_itself_passes() {
    let hearth = Hearth::with(&["heat.max_body_bytes=2000"]);
    let padded = |bytes: usize| {
        let bare = with(batch("s", &[click("a", 0)]), &json!({"pad": ""})).to_string();
        bare.replace("\"pad\":\"\"", &format!("\"pad\":\"{}\"", "x".repeat(bytes - bare.len()))).into_bytes()
    };
    assert_eq!(padded(2_000).len(), 2_000);
    let key = &hearth.project.key;
    hearth.send(&Request::ingest(key, padded(2_000))).ok();
    hearth.send(&Request::ingest(key, gzip(&padded(2_000))).header("content-encoding", "gzip")).ok();
    hearth.send(&Request::ingest(key, padded(2_001))).refused(413, "payload_too_large");
    hearth
        .send(&Request::ingest(key, gzip(&padded(2_001))).header("content-encoding", "gzip"))
        .refused(413, "payload_too_large");
    let bomb = gzip(&vec![b' '; 30_000_000]);
    hearth.send(&Request::ingest(key, bomb).header("content-encoding", "gzip")).refused(413, "payload_too_large");
}

#[test]
fn a_body_that_is_too_large_leaves_the_connection_usable() {
    let hearth = Hearth::with(&["heat.max_body_bytes=2000"]);
    let mut connection = hearth.connect();
    for _ in 0..2 {
        let large = Request::ingest(&hearth.project.key, vec![b'x'; 300_000]);
        connection.send(&large).refused(413, "payload_too_large");
        connection.send(&Request::ingest(&hearth.project.key, good("a"))).ok();
    }
}

#[test]
fn a_body_that_stalls_is_given_up() {
    let hearth = Hearth::with(&["server.body_timeout=200ms"]);
    let mut connection = hearth.connect();
    connection.send_part(&Request::ingest(&hearth.project.key, good("a")), 40);
    connection.answer().refused(408, "body_timeout");
    assert_eq!(hearth.count_rows("heat_event"), 0);
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
}

#[test]
fn a_body_that_stalls_is_given_up_whatever_its_media_type() {
    let hearth = Hearth::with(&["server.body_timeout=200ms"]);
    let mut connection = hearth.connect();
    connection.send_part(&Request::ingest(&hearth.project.key, good("a")).header("content-type", "text/plain"), 40);
    connection.answer().refused(408, "body_timeout");
}

#[test]
fn a_sender_that_goes_away_leaves_nothing_behind() {
    let hearth = Hearth::start();
    hearth.connect().send_part(&Request::ingest(&hearth.project.key, good("a")), 40);
    hearth.ingest(&batch("other", &[click("b", 0)])).ok();
    assert_eq!(hearth.count_rows("heat_session"), 1);
}

#[test]
fn only_json_is_read_and_anything_else_is_an_empty_object() {
    let hearth = Hearth::start();
    let key = &hearth.project.key;
    for media_type in
        ["application/json", "Application/JSON", "application/json; charset=UTF-8", "application/json;x=y"]
    {
        hearth.send(&Request::ingest(key, good("a")).header("content-type", media_type)).ok();
    }
    let required = json!({"formErrors": [], "fieldErrors": {"session": ["Required"], "events": ["Required"]}});
    for media_type in ["text/plain", "application/jsonp", "application/vnd.api+json", "multipart/form-data", "*", ""] {
        for body in [good("b"), String::new(), "{".to_owned()] {
            let answer = hearth.send(&Request::ingest(key, body).header("content-type", media_type));
            assert_eq!(answer.json()["details"], required, "{media_type}");
            answer.refused(400, "invalid_payload");
        }
    }
    hearth.send(&Request::ingest(key, good("b")).without("content-type")).refused(400, "invalid_payload");
    hearth.send(&Request::ingest(key, "")).refused(400, "invalid_payload");
}

#[test]
fn a_large_body_of_another_media_type_is_drained() {
    let hearth = Hearth::start();
    let mut connection = hearth.connect();
    let large = Request::ingest(&hearth.project.key, vec![b'x'; 3_000_000]).header("content-type", "text/plain");
    connection.send(&large).refused(400, "invalid_payload");
    connection.send(&Request::ingest(&hearth.project.key, good("a"))).ok();
}

#[test]
fn text_may_be_utf_16_and_nothing_but_utf() {
    let hearth = Hearth::start();
    let key = &hearth.project.key;
    let utf16: Vec<u8> = good("a").encode_utf16().flat_map(u16::to_le_bytes).collect();
    hearth.send(&Request::ingest(key, utf16).header("content-type", "application/json; charset=utf-16le")).ok();
    let with_mark = format!("\u{feff}{}", good("b"));
    hearth.send(&Request::ingest(key, with_mark)).ok();
    let latin = Request::ingest(key, good("c")).header("content-type", "application/json; charset=latin1");
    hearth.send(&latin).refused(415, "unsupported_charset");
}
