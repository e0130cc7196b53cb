//! How many batches a sender may deliver (heat-collector.md 4.4, D14).

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::payload::{NOW_MS, batch, click};

fn standing(answer: &Answer) -> [Option<&str>; 3] {
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"].map(|name| answer.header(name))
}

#[test]
fn a_window_opens_with_the_first_batch_and_ends_by_the_clock() {
    let hearth = Hearth::with(&["heat.rate_limit.max=2", "heat.rate_limit.window=10s"]);
    let send = |id: &str| hearth.ingest(&batch("s", &[click(id, 0)]));
    let reset = (NOW_MS / 1000 + 10).to_string();
    assert_eq!(standing(&send("a").ok()), [Some("2"), Some("1"), Some(reset.as_str())]);
    hearth.clock.advance_ms(4_500);
    assert_eq!(standing(&send("b").ok()), [Some("2"), Some("0"), Some(reset.as_str())]);
    let over = send("c").refused(429, "rate_limited");
    assert_eq!(standing(&over), [Some("2"), Some("0"), Some(reset.as_str())]);
    assert_eq!(over.header("retry-after"), Some("6"), "rounded up");
    hearth.clock.advance_ms(5_500);
    send("d").refused(429, "rate_limited");
    hearth.clock.advance_ms(1);
    assert_eq!(standing(&send("e").ok())[1], Some("1"));
    assert_eq!(hearth.count_rows("heat_event"), 3);
}

#[test]
fn refused_payloads_use_the_budget_and_bodies_that_are_no_json_do_not() {
    let hearth = Hearth::with(&["heat.rate_limit.max=2"]);
    let send = |body: &str| hearth.send(&Request::ingest(&hearth.project.key, body));
    for _ in 0..5 {
        assert_eq!(standing(&send("{").refused(400, "invalid_json")), [None; 3]);
    }
    assert_eq!(standing(&send("{}").refused(400, "invalid_payload"))[1], Some("1"));
    assert_eq!(standing(&send("{}").refused(400, "invalid_payload"))[1], Some("0"));
    send("{}").refused(429, "rate_limited");
}

#[test]
fn keys_and_addresses_have_windows_of_their_own_and_reads_have_none() {
    let hearth = Hearth::with(&["heat.rate_limit.max=1", "server.trusted_proxies=127.0.0.1"]);
    let other = hearth.add_project("other");
    let send = |key: &str, address: &str| {
        let request = Request::ingest(key, batch("s", &[click("a", 0)]).to_string());
        hearth.send(&request.header("x-forwarded-for", address)).status
    };
    let key = &hearth.project.key;
    assert_eq!([send(key, "192.0.2.1"), send(key, "192.0.2.1"), send(key, "192.0.2.2")], [200, 429, 200]);
    assert_eq!([send(&other.key, "192.0.2.1"), send(&other.key, "192.0.2.1")], [200, 429]);
    for _ in 0..5 {
        hearth.get_heat("events").ok();
    }
}

#[test]
fn guessing_keys_is_slowed_down() {
    let hearth = Hearth::with(&["heat.rate_limit.unknown_key_max=3", "heat.rate_limit.window=10s"]);
    let guess = |n: u32| hearth.send(&Request::ingest(&format!("guess-{n}"), batch("s", &[click("a", 0)]).to_string()));
    for n in 0..3 {
        guess(n).refused(401, "unknown_project_key");
    }
    let over = guess(3).refused(429, "rate_limited");
    assert_eq!((standing(&over)[0], over.header("retry-after")), (Some("3"), Some("10")));
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    hearth.clock.advance_ms(10_001);
    guess(4).refused(401, "unknown_project_key");
}

#[test]
fn a_forwarded_address_is_not_believed_from_anybody() {
    let hearth = Hearth::with(&["heat.rate_limit.max=1"]);
    let send = |address: &str| {
        let request = Request::ingest(&hearth.project.key, batch("s", &[click("a", 0)]).to_string());
        hearth.send(&request.header("x-forwarded-for", address)).status
    };
    assert_eq!([send("192.0.2.1"), send("192.0.2.2")], [200, 429]);
}
