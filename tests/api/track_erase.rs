//! Erasing and exporting a person (GDPR articles 15 and 17): nothing of it remains, and nobody else notices.

use hearth::store::heat::index::merge_tail;
use serde_json::{Value, json};

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::retention_world::FOR_EVER;
use crate::track_erase_world::{MARK, bytes_on_disk, count, erasing, let_erase, named_requests, said, send, tell};
use crate::track_payload::keyed;

/// What may be asked about others, and about all.
const QUESTIONS: [&str; 22] = [
    "persons/user:bob_user/export",
    "persons/user:cyd_user/export",
    "persons/user:bob_user/touches",
    "persons/user:cyd_user/journey",
    "conversions",
    "revenue",
    "attribution",
    "attribution?by=campaign",
    "track/events?hidden=true&limit=1000",
    "traffic/users",
    "traffic/users/bob_user",
    "totals",
    "sessions",
    "events?limit=500",
    "events?type=move",
    "sessions/heat-bob",
    "sessions/heat-bob/timeline",
    "sessions/heat-cyd/timeline",
    "sessions/heat-shared/timeline",
    "sessions/heat-zqx",
    "persons/user:zqx_user/export",
    "persons/email:zqx@mail.example/export",
];

const HEATMAPS: [&str; 6] = [
    "heatmap?path=/shop",
    "heatmap?path=/shop&type=all",
    "heatmap?path=/shop&type=move",
    "heatmap?path=/shop&type=scroll&resolution=40",
    "heatmap?type=all&viewportMode=filter",
    "heatmap?path=/shop&type=click&from=0&to=1795168740150",
];

/// Answers of the whole project, without what depends on the order in which rows were numbered.
pub fn answers(hearth: &Hearth) -> Vec<(String, u16, Value)> {
    let mut answers = Vec::new();
    for question in QUESTIONS {
        let answer = hearth.get_own(question);
        answers.push((question.to_owned(), answer.status, without_numbers(answer.json())));
    }
    for question in HEATMAPS {
        let answer = hearth.get_heat(question);
        answers.push((question.to_owned(), answer.status, without_numbers(answer.json())));
    }
    answers
}

/// Takes away what the file or the request made up: row numbers, random ids, times of rows that are counted on.
fn without_numbers(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            let is_event = members.contains_key("eventId") || members.contains_key("event_id");
            for name in [
                "seq",
                "address_hash",
                "event_id",
                "user_id",
                "project_id",
                "projectId",
                "request_id",
                "instance",
                "next_cursor",
            ] {
                if members.get(name).is_some_and(|value| !matches!(name, "event_id" | "user_id") || is_uuid(value)) {
                    members.remove(name);
                }
            }
            if is_event || members.get("id").is_some_and(|id| id.is_i64() || is_uuid(id)) {
                members.remove("id");
            }
            for member in members.values_mut() {
                *member = without_numbers(member.take());
            }
        }
        Value::Array(items) => {
            for item in items.iter_mut() {
                *item = without_numbers(item.take());
            }
        }
        // Made up from the installation's secret.
        Value::String(text) if text.starts_with("syn_") => "syn".clone_into(text),
        _ => {}
    }
    value
}

fn is_uuid(value: &Value) -> bool {
    value.as_str().is_some_and(|text| uuid::Uuid::try_parse(text).is_ok())
}

pub fn merge(hearth: &Hearth) {
    let mut file = hearth.file();
    let transaction = file.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    merge_tail(&transaction).unwrap();
    transaction.commit().unwrap();
}

/// A Hearth whose sessions and workspace are called the same as another's.
pub fn start() -> Hearth {
    let hearth = Hearth::with(&[&["privacy.address=hashed"][..], &FOR_EVER].concat());
    hearth.set_workspace(&hearth.project, "ws_same", &[]);
    let_erase(&hearth);
    hearth
}

#[test]
fn an_erased_person_was_never_there_and_others_notice_nothing() {
    for is_merged in [false, true] {
        let mut hearth = start();
        let twin = start();
        for (mark, n) in [("bob", 1), (MARK, 2), ("cyd", 3)] {
            tell(&hearth, mark, n);
            if mark != MARK {
                tell(&twin, mark, n);
            }
        }
        if is_merged {
            merge(&hearth);
        }
        assert_eq!(named_requests(&hearth), 6);
        assert!(hearth.get_own("persons/user:zqx_old/export").ok().text().contains("Jane zqx"));

        let answer = hearth.send(&erasing(&hearth, &hearth.project, "user:zqx_user")).ok().json();
        let expected = json!({
            "events": 9, "conversions": 1, "touches": 1, "heat_rows": 9, "heat_sessions": 2, "requests": 3,
        });
        assert_eq!(answer, json!({"erased": expected}));
        hearth.send(&erasing(&hearth, &hearth.project, "user:zqx_user")).refused(404, "person_not_found");
        assert_eq!(named_requests(&hearth), 4);

        let (told, expected) = (answers(&hearth), answers(&twin));
        for (told, expected) in told.iter().zip(&expected) {
            assert_eq!(told, expected, "merged: {is_merged}");
        }
        hearth.stop();
        let bytes = bytes_on_disk(&hearth);
        assert!(count(&bytes, "bob_user") > 0);
        assert_eq!(count(&bytes, MARK), 0, "merged: {is_merged}");
        let check: String = hearth.file().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
    }
}

#[test]
fn the_log_is_cut_while_the_server_runs() {
    let hearth = start();
    tell(&hearth, MARK, 1);
    assert!(count(&bytes_on_disk(&hearth), MARK) > 0);
    hearth.send(&erasing(&hearth, &hearth.project, "anonymous:anon_zqx-1")).ok();
    assert_eq!(count(&bytes_on_disk(&hearth), MARK), 0);
}

#[test]
fn what_an_erased_person_did_before_stays_away_and_what_it_does_later_does_not() {
    let hearth = start();
    tell(&hearth, MARK, 1);
    tell(&hearth, "bob", 2);
    let before = hearth.count_events(&hearth.project);
    let erased = hearth.send(&erasing(&hearth, &hearth.project, "external:revenuecat:rc-zqx")).ok().json();
    let left = hearth.count_events(&hearth.project);
    assert_eq!(erased["erased"]["events"], before - left);

    let user = json!({"userId": "zqx_user"});
    // A retry, the same events told anew, and one that only names the other id.
    send(&hearth, &said("purchase", "zqx-6", 6, &user, &json!({"value": 11})));
    send(&hearth, &said("purchase", "zqx-anew", 6, &user, &json!({"value": 11})));
    send(&hearth, &said("opened", "zqx-other", 7, &json!({"anonymousId": "anon_zqx-1"}), &json!({})));
    let alias = json!({"userId": "new_user", "previousId": "zqx_old"});
    send(&hearth, &said("$alias", "zqx-alias", 7, &json!({"userId": "new_user"}), &alias));
    assert_eq!(hearth.count_events(&hearth.project), left);
    hearth.get_own("persons/user:zqx_user/export").refused(404, "person_not_found");

    hearth.clock.advance_ms(60_000);
    let later = json!({"timestamp": "2026-11-20T10:00:30.000Z"});
    let event = crate::payload::with(said("purchase", "zqx-later", 0, &user, &json!({"value": 12})), &later);
    hearth.send(&keyed("/track", &hearth.project.key, &event)).ok();
    assert_eq!(hearth.count_events(&hearth.project), left + 1);
    let document = hearth.get_own("persons/user:zqx_user/export").ok().json();
    let events = document["events"].as_array().unwrap();
    assert_eq!((events.len(), &events[0]["event_id"], &document["traits"]), (1, &json!("zqx-later"), &json!([])));
}

#[test]
fn a_browser_of_two_persons_stays_the_others() {
    let hearth = start();
    for (user, minute) in [("zqx_user", 10), ("bob_user", 20)] {
        let who = json!({"userId": user, "anonymousId": "anon_shared-1"});
        send(&hearth, &said("$identify", &format!("i-{user}"), minute, &who, &json!({"plan": user})));
    }
    for minute in [5, 15, 25] {
        let who = json!({"anonymousId": "anon_shared-1"});
        send(&hearth, &said("opened", &format!("o-{minute}"), minute, &who, &json!({"minute": minute})));
    }
    let minutes = |person: &str| -> Vec<Value> {
        let document = hearth.get_own(&format!("persons/{person}/export")).ok().json();
        let events = document["events"].as_array().unwrap().iter();
        events.map(|event| event["properties"]["minute"].clone()).filter(|minute| !minute.is_null()).collect()
    };
    assert_eq!((minutes("user:zqx_user"), minutes("user:bob_user")), (vec![json!(5), json!(15)], vec![json!(25)]));
    let erased = hearth.send(&erasing(&hearth, &hearth.project, "zqx_user")).ok().json();
    assert_eq!(erased["erased"]["events"], 3);
    assert_eq!(minutes("user:bob_user"), [25]);
    assert_eq!(minutes("anonymous:anon_shared-1"), [25]);
    // It is not suppressed: it is somebody's.
    send(&hearth, &said("opened", "o-26", 26, &json!({"anonymousId": "anon_shared-1"}), &json!({"minute": 26})));
    assert_eq!(minutes("user:bob_user"), [25, 26]);
}

#[test]
fn whom_only_browsers_or_requests_know_can_be_exported_and_erased() {
    let hearth = start();
    let click = crate::payload::click("a", 0);
    let batch = crate::payload::with(crate::payload::batch("s", &[click]), &json!({"user": {"id": "zqx@heat"}}));
    hearth.ingest(&batch).ok();
    for person in ["user:zqx%40heat", "zqx%40heat"] {
        let document = hearth.get_own(&format!("persons/{person}/export")).ok().json();
        assert_eq!(document["ids"], json!([{"kind": "user", "id": "zqx@heat"}]));
        assert_eq!(document["heat_sessions"][0]["events"][0]["event_id"], "a");
        assert_eq!(document["heat_users"][0]["external_id"], "zqx@heat");
        assert_eq!((&document["events"], &document["requests"]), (&json!([]), &json!([])));
    }
    let erased = hearth.send(&erasing(&hearth, &hearth.project, "user:zqx@heat")).ok().json();
    assert_eq!((&erased["erased"]["heat_rows"], &erased["erased"]["heat_sessions"]), (&json!(1), &json!(1)));
    hearth.get_own("persons/zqx%40heat/export").refused(404, "person_not_found");
    assert_eq!(hearth.get_own("totals").ok().json()["rows"]["click"], 0);
}

#[test]
fn an_export_is_whole_however_large() {
    let hearth = start();
    let who = json!({"userId": "u"});
    for n in 0..650 {
        send(&hearth, &said("step", &format!("e-{n}"), n % 50, &who, &json!({"n": n})));
    }
    let clicks: Vec<_> = (0..450).map(|n| crate::payload::click(&format!("c-{n}"), n)).collect();
    for part in clicks.chunks(50) {
        let batch = crate::payload::with(crate::payload::batch("s", part), &json!({"user": {"id": "u"}}));
        hearth.ingest(&batch).ok();
    }
    let named = || hearth::domain::traffic::TrafficRecord {
        user: Some(crate::traffic_model::user("u")),
        ..crate::traffic_model::request(&hearth, "GET", "/", 200, 1)
    };
    crate::traffic_model::store(&hearth, (0..450).map(|_| named()).collect());
    let document = hearth.get_own("persons/u/export").ok().json();
    let length = |list: &Value| list.as_array().unwrap().len();
    assert_eq!(length(&document["events"]), 650);
    let mut numbers: Vec<_> =
        document["events"].as_array().unwrap().iter().map(|event| event["properties"]["n"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 650, "each once");
    assert_eq!((length(&document["heat_sessions"]), length(&document["heat_sessions"][0]["events"])), (1, 450));
    assert_eq!(length(&document["requests"]), 450);
    assert_eq!((&document["person_id"], &document["exported_at"]), (&json!("user:u"), &json!(NOW_MS)));
}

#[test]
fn erasing_needs_a_token_that_may() {
    let hearth = Hearth::start();
    tell(&hearth, "bob", 1);
    hearth.send(&erasing(&hearth, &hearth.project, "user:bob_user")).refused(403, "erase_not_allowed");
    let path = format!("/api/v1/projects/{}/persons/user:bob_user", hearth.project.id);
    hearth.send(&Request::new("DELETE", path.clone())).refused(401, "missing_read_token");
    let_erase(&hearth);
    let other = hearth.add_project("other");
    hearth.send(&erasing(&hearth, &other, "user:bob_user")).refused(404, "project_not_found");
    hearth.send(&erasing(&hearth, &hearth.project, "user:nobody")).refused(404, "person_not_found");
    hearth.get_own("persons/user:nobody/export").refused(404, "person_not_found");
    hearth.send(&erasing(&hearth, &hearth.project, "user:bob_user")).ok();

    let open = Hearth::with(&["heat.open_reads=true"]);
    tell(&open, "bob", 1);
    let path = format!("/api/v1/projects/{}/persons/user:bob_user", open.project.id);
    open.send(&Request::new("DELETE", path)).refused(403, "erase_not_allowed");
}
