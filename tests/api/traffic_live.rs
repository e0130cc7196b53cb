//! Polling for new requests: nothing is missed, nothing comes twice (traffic.md 3, live).

use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::traffic_model::{Random, request, row_id, store};

fn live(hearth: &Hearth, query: &str) -> Value {
    hearth.get(format!("/traffic-dashboard/api/live?{query}")).ok().json()
}

fn ids(body: &Value) -> Vec<i64> {
    body["requests"].as_array().unwrap().iter().map(|request| request["id"].as_i64().unwrap()).collect()
}

fn store_some(hearth: &Hearth, count: u64) {
    store(hearth, (0..count).map(|n| request(hearth, "GET", "/", 200, n)).collect());
}

#[test]
fn without_a_cursor_the_latest_come() {
    let hearth = Hearth::start();
    store_some(&hearth, 60);
    let body = live(&hearth, "");
    assert_eq!((ids(&body), &body["cursor"]), ((11..=60).rev().collect(), &json!(60)));
    assert_eq!(ids(&live(&hearth, "limit=2")), [60, 59]);
    assert_eq!(live(&hearth, "sinceId=60"), json!({"requests": [], "cursor": 60, "hasMore": false}));
}

#[test]
fn a_poller_gets_each_request_once_however_many_come_between() {
    let hearth = Hearth::start();
    let other = hearth.add_project("other");
    let theirs = row_id(&hearth, &other);
    let mut random = Random::new(21);
    store_some(&hearth, 3);
    let mut cursor = live(&hearth, "limit=1")["cursor"].as_i64().unwrap();
    let (mut seen, mut expected, mut stored) = (Vec::new(), Vec::new(), 3);
    for _ in 0..40 {
        let count = random.below(12);
        let records: Vec<_> = (0..count)
            .map(|_| {
                let mut record = request(&hearth, "GET", "/", 200, 1);
                stored += 1;
                if random.below(3) == 0 {
                    record.project = theirs;
                } else {
                    expected.push(stored);
                }
                record
            })
            .collect();
        store(&hearth, records);
        // The clock may even go back.
        hearth.clock.advance_ms(i64::try_from(random.below(2_000)).unwrap() - 900);
        let body = live(&hearth, &format!("limit=5&sinceId={cursor}"));
        let mut page = ids(&body);
        assert!(page.is_sorted_by(|a, b| a > b), "newest first");
        page.reverse();
        seen.extend(page);
        cursor = body["cursor"].as_i64().unwrap();
    }
    loop {
        let body = live(&hearth, &format!("limit=5&sinceId={cursor}"));
        let mut page = ids(&body);
        page.reverse();
        seen.extend(page);
        cursor = body["cursor"].as_i64().unwrap();
        if body["hasMore"] == false {
            break;
        }
    }
    assert_eq!(seen, expected);
}

#[test]
fn a_time_is_a_place_to_begin() {
    let hearth = Hearth::start();
    for _ in 0..4 {
        store_some(&hearth, 2);
        hearth.clock.advance_ms(1_000);
    }
    assert_eq!(ids(&live(&hearth, &format!("since={}", NOW_MS + 1_000))), [8, 7, 6, 5]);
    assert_eq!(ids(&live(&hearth, "since=2026-11-20T10:00:02.999Z")), [8, 7]);
    let first = live(&hearth, "since=0&limit=3");
    assert_eq!((ids(&first), &first["cursor"], &first["hasMore"]), (vec![3, 2, 1], &json!(3), &json!(true)));
    let nothing = live(&hearth, &format!("since={}", NOW_MS + 3_000));
    assert_eq!(nothing, json!({"requests": [], "cursor": 8, "hasMore": false}));
    assert_eq!(ids(&live(&hearth, "since=0&sinceId=7")), [8], "the cursor has precedence");
}

#[test]
fn a_cursor_of_another_file_goes_on_from_here() {
    let hearth = Hearth::start();
    store_some(&hearth, 2);
    assert_eq!(live(&hearth, "sinceId=999"), json!({"requests": [], "cursor": 2, "hasMore": false}));
    for wrong in ["sinceId=-1", "sinceId=x", "since=now", "limit=1001"] {
        let answer = hearth.get(format!("/traffic-dashboard/api/live?{wrong}"));
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_parameter")), "{wrong}");
    }
}
