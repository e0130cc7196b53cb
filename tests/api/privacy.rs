//! What is kept about visitors is what the owner chose (heat-collector.md D9, D13).

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{batch, click, event, with};

const DAY_MS: i64 = 86_400_000;

#[test]
fn who_asks_not_to_be_tracked_is_answered_and_not_stored() {
    let hearth = Hearth::start();
    for header in ["dnt", "sec-gpc"] {
        let request =
            Request::ingest(&hearth.project.key, batch("s", &[click("a", 0)]).to_string()).header(header, "1");
        let answer = hearth.send(&request).ok();
        assert_eq!((answer.header("x-ingested-events"), &answer.json()["sessionId"]), (Some("1"), &json!("s")));
    }
    for table in ["heat_session", "heat_event", "heat_user", "dictionary", "heat_tail"] {
        assert_eq!(hearth.count_rows(table), 0, "{table}");
    }
    let request = Request::ingest(&hearth.project.key, batch("s", &[click("a", 0)]).to_string());
    hearth.send(&request.clone().header("dnt", "0")).ok();
    assert_eq!(hearth.count_rows("heat_event"), 1);
    hearth.send(&request.header("dnt", "1").body("{}")).refused(400, "invalid_payload");
}

#[test]
fn an_owner_may_choose_not_to_look_at_such_wishes() {
    let hearth = Hearth::with(&["privacy.respect_dnt=false", "privacy.respect_gpc=false"]);
    let request = Request::ingest(&hearth.project.key, batch("s", &[click("a", 0)]).to_string());
    hearth.send(&request.header("dnt", "1").header("sec-gpc", "1")).ok();
    assert_eq!(hearth.count_rows("heat_event"), 1);
}

fn ip_hash(hearth: &Hearth, session: &str) -> Value {
    hearth.ingest(&batch(session, &[click("a", 0)])).ok();
    hearth.get(format!("/api/sessions/{session}")).ok().json()["session"]["ipHash"].clone()
}

#[test]
fn an_address_is_a_hash_that_changes_with_the_day() {
    let mut hearth = Hearth::start();
    let today = ip_hash(&hearth, "s1");
    assert!(
        today.as_str().unwrap().len() == 32 && today.as_str().unwrap().bytes().all(|byte| byte.is_ascii_hexdigit())
    );
    assert_eq!(ip_hash(&hearth, "s2"), today);
    hearth.restart();
    assert_eq!(ip_hash(&hearth, "s3"), today, "the salt of the day survives");
    hearth.clock.advance_ms(DAY_MS);
    let tomorrow = ip_hash(&hearth, "s4");
    assert_ne!(tomorrow, today);
    let elsewhere = Hearth::start();
    assert_ne!(ip_hash(&elsewhere, "s1"), today, "another installation, another salt");
}

#[test]
fn an_address_may_be_kept_not_at_all() {
    let hearth = Hearth::with(&["privacy.address=none"]);
    assert_eq!(ip_hash(&hearth, "s1"), Value::Null);
    assert_eq!(hearth.get_own("sessions/s1").ok().json()["session"]["address_hash"], Value::Null);
}

#[test]
fn a_trusted_proxy_says_whose_address_it_is() {
    let hearth = Hearth::with(&["server.trusted_proxies=127.0.0.1"]);
    let hash = |session: &str, forwarded: &str| {
        let request = Request::ingest(&hearth.project.key, batch(session, &[click("a", 0)]).to_string());
        hearth.send(&request.header("x-forwarded-for", forwarded)).ok();
        hearth.get(format!("/api/sessions/{session}")).ok().json()["session"]["ipHash"].to_string()
    };
    let hashes = [hash("a", "203.0.113.1"), hash("b", "203.0.113.2"), hash("c", "198.51.100.9, 203.0.113.1")];
    assert_eq!(hashes[0], hashes[2], "the hop that the proxy itself saw");
    assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), 2);
}

#[test]
fn queries_of_paths_are_kept_as_the_owner_says() {
    const PATH: &str = "/p?token=secret&utm_source=x#frag";
    for (settings, kept) in [
        (vec![], PATH),
        (vec!["privacy.path_query=strip"], "/p"),
        (vec!["privacy.path_query=allow_list"], "/p?utm_source=x"),
        (vec!["privacy.path_query=allow_list", "privacy.path_query_allow=token"], "/p?token=secret"),
    ] {
        let hearth = Hearth::with(&settings);
        let view = event("pageview", "v", 0, &json!({"path": PATH, "from": PATH, "to": PATH}));
        hearth.ingest(&batch("s", &[view])).ok();
        let told = hearth.get_own("events").ok().json()["events"][0].clone();
        assert_eq!((&told["path"], &told["to"], &told["detail"]["from"]), (&json!(kept), &json!(kept), &json!(kept)));
        let session = hearth.get("/api/sessions/s").ok().json();
        assert_eq!((&session["session"]["firstPath"], &session["events"][0]["path"]), (&json!(kept), &json!(kept)));
    }
}

#[test]
fn meta_is_cleaned_at_the_top_or_everywhere() {
    let meta = json!({"value": "v", "text": "t", "content": "c", "keep": {"value": "deep", "list": [{"text": "deeper"}], "x": 1}});
    let sent = batch("s", &[with(click("a", 0), &json!({"meta": meta}))]);
    let kept = |settings: &[&str]| {
        let hearth = Hearth::with(settings);
        hearth.ingest(&sent).ok();
        let row: Value =
            serde_json::from_str(hearth.get_heat("events").ok().json()["events"][0]["metaJson"].as_str().unwrap())
                .unwrap();
        row["meta"].clone()
    };
    assert_eq!(kept(&[]), json!({"keep": {"value": "deep", "list": [{"text": "deeper"}], "x": 1}}));
    assert_eq!(kept(&["privacy.deep_clean_meta=true"]), json!({"keep": {"list": [{}], "x": 1}}));
}

#[test]
fn what_was_typed_is_never_stored() {
    let hearth = Hearth::start();
    let typed = event("input", "a", 0, &json!({"action": "change", "masked": "*hunter2*"}));
    let masked = event("input", "b", 1, &json!({"action": "change", "masked": "****"}));
    let answer = hearth.ingest(&batch("s", &[typed, masked])).ok();
    assert_eq!(answer.header("x-ingested-events"), Some("2"));
    let told = hearth.get_own("events").ok();
    assert_eq!(told.json()["events"].as_array().unwrap().len(), 1);
    assert!(!told.text().contains("hunter2"));
    hearth
        .store()
        .read(|file| {
            let found: i64 =
                file.query_row("SELECT COUNT(*) FROM dictionary WHERE text LIKE '%hunter2%'", [], |row| row.get(0))?;
            assert_eq!(found, 0);
            Ok(())
        })
        .unwrap();
}
