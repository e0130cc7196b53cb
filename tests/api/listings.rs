//! One batch, seen through every question of heat-collector's API (heat-collector.md 5).

use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::{THEN_MS, batch, click, movement, one_of_each, with};

#[test]
fn what_was_sent_is_listed_row_by_row() {
    let hearth = Hearth::start();
    let answer = hearth.ingest(&batch("s1", &one_of_each())).ok();
    assert_eq!(answer.header("x-ingested-events"), Some("7"));
    let answer = answer.json();
    assert_eq!((&answer["ok"], &answer["projectId"]), (&json!(true), &json!(hearth.project.id)));
    assert_eq!(answer["sessionId"], "s1");

    let listed = hearth.get_heat("events").ok();
    assert_eq!((listed.header("x-total-count"), listed.header("x-hearth-total")), (Some("8"), Some("8")));
    let rows = listed.json()["events"].as_array().unwrap().clone();
    let kinds: Vec<_> = rows.iter().map(|row| row["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["click", "move", "move", "scroll", "pageview", "custom", "input", "keyboard"]);
    let places: Vec<_> =
        rows.iter().map(|row| json!([row["x"], row["y"], row["scrollDepth"], row["selector"]])).collect();
    #[rustfmt::skip]
    assert_eq!(places, [
        json!([2, 2, null, "#buy"]), json!([5, 6, null, null]), json!([7, 8, null, null]),
        json!([null, null, 34, null]), json!([null, null, null, null]), json!([null, null, null, null]),
        json!([null, null, null, "input[name=q]"]), json!([null, null, null, null]),
    ]);
    for row in &rows {
        assert_eq!(row.as_object().unwrap().len(), 12);
        assert_eq!((&row["projectId"], &row["sessionId"]), (&json!(hearth.project.id), &json!("s1")));
    }
}

#[test]
fn the_session_and_its_rows_are_the_same_in_both_lists() {
    let hearth = Hearth::start();
    hearth.ingest(&with(batch("s1", &one_of_each()), &json!({"user": {"id": "u"}}))).ok();
    hearth.ingest(&batch("s2", &[click("other", 5)])).ok();

    let listed = hearth.get_heat("sessions").ok();
    assert_eq!(listed.header("x-hearth-total"), Some("2"));
    let item = listed.json()["sessions"][0].clone();
    let detail = hearth.get("/api/sessions/s1").ok();
    assert_eq!(detail.header("x-session-found"), Some("1"));
    let detail = detail.json();
    let session = &detail["session"];
    for (listed, told) in
        [("sessionId", "id"), ("userId", "userId"), ("startedAt", "startedAt"), ("firstPath", "firstPath")]
    {
        assert_eq!(item[listed], session[told], "{listed}");
    }
    assert!(session["userId"].is_string());
    assert_eq!((&item["eventCount"], &detail["meta"]["count"]), (&json!(8), &json!(8)));

    let all = hearth.get_heat("events").ok().json();
    let of_session: Vec<_> = rows(&all).into_iter().filter(|row| row["sessionId"] == "s1").collect();
    assert_eq!(rows(&detail), of_session, "the same rows with the same ids");
    let of_user = hearth.get_heat(&format!("sessions?userId={}", session["userId"].as_str().unwrap())).ok().json();
    assert_eq!(of_user["sessions"], json!([item]));
}

#[test]
fn the_total_is_told_whatever_the_page() {
    let hearth = Hearth::start();
    let clicks: Vec<_> = (0..5).map(|n| click(&format!("c{n}"), n)).collect();
    hearth.ingest(&batch("s1", &clicks)).ok();
    hearth.ingest(&batch("s2", &[movement("m", 0, &[(1, 1, 0), (2, 2, 1)])])).ok();
    for (question, page, total) in [
        ("events?limit=2", "2", "7"),
        ("events?limit=2&offset=6", "1", "7"),
        ("events?limit=2&offset=7", "0", "7"),
        ("events?offset=1e300", "0", "7"),
        ("events?type=move", "2", "2"),
        ("events?type=click&limit=1", "1", "5"),
        ("events?path=/nowhere", "0", "0"),
        ("sessions?limit=1", "1", "2"),
        ("sessions?limit=1&offset=9", "0", "2"),
    ] {
        let answer = hearth.get_heat(question).ok();
        let counts = (answer.header("x-total-count"), answer.header("x-hearth-total"));
        assert_eq!(counts, (Some(page), Some(total)), "{question}");
    }
    for (question, page, total) in
        [("s1?limit=2", "2", "5"), ("s2?type=move&limit=1", "1", "2"), ("s1?type=all", "0", "0")]
    {
        let answer = hearth.get(format!("/api/sessions/{question}")).ok();
        let counts = (answer.header("x-total-count"), answer.header("x-hearth-total"));
        assert_eq!(counts, (Some(page), Some(total)), "{question}");
    }
}

#[test]
fn points_of_moves_stand_among_what_happened_meanwhile() {
    let hearth = Hearth::start();
    let events = [
        movement("m1", 100, &[(1, 1, 0), (2, 2, 50), (3, 3, -30)]),
        movement("m2", 120, &[(4, 4, 0)]),
        click("c", 150),
    ];
    hearth.ingest(&batch("s1", &events)).ok();
    let times = |answer: &Value| -> Vec<_> {
        rows(answer).iter().map(|row| (row["ts"].as_i64().unwrap() - THEN_MS, row["x"].as_i64().unwrap())).collect()
    };
    let expected = [(70, 3), (100, 1), (120, 4), (150, 2), (150, 10)];
    assert_eq!(times(&hearth.get_heat("events").ok().json()), expected);
    assert_eq!(times(&hearth.get("/api/sessions/s1").ok().json()), expected);
    assert_eq!(times(&hearth.get("/api/sessions/s1?limit=2&offset=2").ok().json()), expected[2..4]);
    let cut = format!("events?from={}&to={}", THEN_MS + 100, THEN_MS + 150);
    assert_eq!(times(&hearth.get_heat(&cut).ok().json()), expected[1..]);
}

#[test]
fn rows_of_equal_times_stand_in_order_of_insertion() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s1", &[click("first", 50)])).ok();
    hearth.ingest(&batch("s1", &[movement("second", 10, &[(1, 1, 0), (2, 2, 40)])])).ok();
    hearth.ingest(&batch("s1", &[click("third", 50)])).ok();
    let expected = json!([1, 10, 2, 10]);
    for target in [format!("/api/projects/{}/events", hearth.project.id), "/api/sessions/s1".to_owned()] {
        let listed = hearth.get(target.clone()).ok().json();
        assert_eq!(rows(&listed).iter().map(|row| row["x"].clone()).collect::<Value>(), expected, "{target}");
        let page = hearth.get(format!("{target}?limit=2&offset=1")).ok().json();
        assert_eq!(rows(&page), rows(&listed)[1..3], "{target}");
    }
}

#[test]
fn a_move_through_all_of_time_is_found_at_both_ends() {
    let hearth = Hearth::start();
    let far = 9_007_199_254_740_992_i64;
    let points = json!({"ts": -0.4, "points": [{"x": 1, "y": 1, "tsOffset": 0}, {"x": 2, "y": 2, "tsOffset": far}]});
    hearth.ingest(&batch("s1", &[with(movement("m", 0, &[]), &points)])).ok();
    for (range, x) in [(format!("from={far}"), 2), ("to=0".to_owned(), 1)] {
        let listed = hearth.get_heat(&format!("events?{range}")).ok();
        assert_eq!(listed.header("x-hearth-total"), Some("1"), "{range}");
        assert_eq!(rows(&listed.json()).iter().map(|row| row["x"].clone()).collect::<Vec<_>>(), [x], "{range}");
    }
}

#[test]
fn a_move_through_thousands_of_hours_does_not_stop_the_listings() {
    let hearth = Hearth::start();
    let points: Vec<_> = (0..20_000).map(|hour| (hour, hour, -hour * 3_600_000)).collect();
    hearth.ingest(&batch("s1", &[movement("m", 0, &points)])).ok();
    let last = hearth.get_heat("events?limit=10&offset=19990").ok();
    assert_eq!(last.header("x-hearth-total"), Some("20000"));
    assert_eq!(rows(&last.json()).iter().map(|row| row["x"].clone()).next_back(), Some(json!(0)));
    assert_eq!(rows(&hearth.get_own("events?limit=10").ok().json()).len(), 10);
}

#[test]
fn ids_of_events_survive_a_restart() {
    let mut hearth = Hearth::start();
    hearth.ingest(&batch("s1", &one_of_each())).ok();
    let before = hearth.get_heat("events").ok().json();
    hearth.restart();
    assert_eq!(hearth.get_heat("events").ok().json(), before);
    hearth.ingest(&batch("s1", &[click("after", 70)])).ok();
    let after = hearth.get_heat("events").ok().json();
    let ids: std::collections::HashSet<_> = rows(&after).iter().map(|row| row["id"].to_string()).collect();
    assert_eq!(ids.len(), 9, "none is given twice");
}

fn rows(answer: &Value) -> Vec<Value> {
    answer["events"].as_array().unwrap().clone()
}
