//! Totals are exactly what the lists would count.

use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::{THEN_MS, batch, click, movement, one_of_each, with};

#[test]
fn totals_equal_what_the_lists_count() {
    let hearth = Hearth::start();
    hearth.ingest(&with(batch("s1", &one_of_each()), &json!({"user": {"id": "u1"}}))).ok();
    hearth
        .ingest(&with(
            batch("s2", &[movement("m", 5, &[(1, 1, 0), (1, 2, 1), (1, 3, 2)])]),
            &json!({"user": {"id": "u1"}}),
        ))
        .ok();
    hearth.ingest(&batch("s3", &[click("c", 7), click("c", 7)])).ok();
    for range in [String::new(), format!("from={THEN_MS}&to={}", THEN_MS + 6), format!("from={}", THEN_MS + 11)] {
        let totals = hearth.get_own(&format!("totals?{range}")).ok().json();
        for (kind, count) in totals["rows"].as_object().unwrap() {
            let listed = hearth.get_heat(&format!("events?type={kind}&limit=1&{range}")).ok();
            assert_eq!(listed.header("x-hearth-total"), Some(count.to_string().as_str()), "{kind} {range}");
        }
        let sessions = hearth.get_heat(&format!("sessions?{range}")).ok();
        assert_eq!(sessions.header("x-hearth-total"), Some(totals["sessions"].to_string().as_str()), "{range}");
    }
    let totals = hearth.get_own("totals").ok().json();
    assert_eq!((&totals["sessions"], &totals["users"]), (&json!(3), &json!(1)));
    assert_eq!(totals["rows"]["move"], 5, "each point is a row");
    assert_eq!(sum(&totals), 12);
}

#[test]
fn an_empty_project_has_zeros() {
    let hearth = Hearth::start();
    let totals = hearth.get_own("totals").ok().json();
    assert_eq!(totals["rows"].as_object().unwrap().len(), 7);
    assert_eq!((sum(&totals), &totals["sessions"], &totals["users"]), (0, &json!(0), &json!(0)));
}

fn sum(totals: &Value) -> u64 {
    totals["rows"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}
