//! Exports: every row once, whatever comes in meanwhile; who may have them, and what is refused.

use serde_json::{Value, json};

use hearth::domain::period::Interval;
use hearth::export::form::Form;
use hearth::export::kind::Kind;
use hearth::export::stream::{Export, Wanted};
use hearth::query::export::Scope;
use hearth::store::registry;

use crate::installation::Hearth;
use crate::payload::{NOW_MS, batch, click, movement, one_of_each};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter(|row| row["type"] == "heat_event").map(|row| row["event_id"].as_str().unwrap()).collect()
}

#[test]
fn each_row_is_exported_once_while_others_come_in() {
    let hearth = Hearth::start();
    // Longer than a page, at equal times; and more sessions than one.
    let many: Vec<_> = (0..900).map(|n| click(&format!("many-{n}"), n / 7)).collect();
    for part in many.chunks(100) {
        hearth.ingest(&batch("long", part)).ok();
    }
    for n in 0..20 {
        hearth.ingest(&batch(&format!("short {n}"), &[click(&format!("short-{n}"), 0)])).ok();
    }
    let project = hearth.store().read(|file| Ok(registry::projects(file)?[0].id)).unwrap();
    let scope = Scope { project, interval: Interval { from_ms: i64::MIN, to_ms: i64::MAX } };
    let wanted = Wanted { kind: Kind::Heat, scope, form: Form::Ndjson, filters: Vec::new() };
    let mut export = Export::new(wanted);
    let mut text = String::new();
    let mut pieces = 0;
    while let Some(piece) = hearth.store().read(|file| export.next(file)).unwrap() {
        text.push_str(&piece);
        pieces += 1;
        hearth.ingest(&batch("late", &[click(&format!("late-{pieces}"), pieces)])).ok();
        assert!(pieces < 100, "it never ends");
    }
    let rows = lines(&text);
    assert!(pieces > 1, "one piece is no stream");
    assert_eq!(export.rows(), rows.len() as u64);
    let found = ids(&rows);
    let known: Vec<_> = found.iter().filter(|id| !id.starts_with("late")).collect();
    let distinct: std::collections::BTreeSet<_> = found.iter().collect();
    assert_eq!((known.len(), distinct.len()), (920, found.len()));
}

#[test]
fn an_event_is_told_as_it_was_sent() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s", &one_of_each())).ok();
    let rows = lines(&hearth.get_own("export/heat").ok().text());
    assert_eq!(rows[0]["type"], "heat_session");
    assert_eq!(rows[0]["received"], "2026-11-20T10:00:00.000Z");
    let told = |id: &str| rows.iter().find(|row| row["event_id"] == id).unwrap();
    let moved = told("e-move");
    let start = moved["time_ms"].as_i64().unwrap();
    assert_eq!(moved["points"], json!([[start, 5, 6], [start + 4, 7, 8]]));
    assert_eq!((&told("e-scroll")["scroll_depth"], &told("e-scroll")["scroll_y"]), (&json!(34), &json!(640.25)));
    assert_eq!(told("e-custom")["target"], "added to cart");
    assert_eq!(told("e-custom")["detail"]["sku"], "A-1");
    let points = lines(&hearth.get_own("export/heatmap?filter=kind%3Dmove").ok().text());
    assert_eq!(points.len(), 2);
    assert_eq!(points[1]["viewport"], "1400x800");
}

#[test]
fn a_range_is_in_days_of_the_zone_and_what_is_wrong_is_refused() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s", &[click("today", 0), movement("yesterday", -86_400_000, &[(1, 2, 0)])])).ok();
    let count = |query: &str| ids(&lines(&hearth.get_own(&format!("export/heat?{query}")).ok().text())).len();
    assert_eq!(count(""), 2);
    assert_eq!(count("from=2026-11-20&to=2026-11-20"), 1);
    assert_eq!(count("to=2026-11-19"), 1);
    assert_eq!(count(&format!("from={}", NOW_MS + 1)), 0);
    for query in ["from=today", "format=xml", "filter=nothing", "filter=colour%3Dred", "from=2026-11-21&to=2026-11-19"]
    {
        hearth.get_own(&format!("export/heat?{query}")).refused(400, "invalid_parameter");
    }
    hearth.get_own("export/all?format=csv").refused(400, "invalid_parameter");
    hearth.get_own("export/everything").refused(404, "not_found");
}

#[test]
fn csv_has_a_header_and_defuses_what_others_have_sent() {
    let hearth = Hearth::start();
    let formula = crate::payload::event("custom", "e", 0, &json!({"name": "=1+1,\"x\""}));
    hearth.ingest(&batch("s", &[formula])).ok();
    let answer = hearth.get_own("export/heat?format=csv").ok();
    assert!(answer.header("content-disposition").unwrap().contains("heat.csv"));
    assert!(answer.text().starts_with("session_id,event_id,kind,time,time_ms,received,received_ms,path,"));
    assert!(answer.text().contains(",\"'=1+1,\"\"x\"\"\","), "{}", answer.text());
    let raw = hearth.get_own("export/heat?format=csv&raw=true").ok();
    assert!(raw.text().contains(",\"=1+1,\"\"x\"\"\","));
}
