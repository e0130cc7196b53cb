//! Heatmaps of other viewports than the one drawn for (heat-collector.md 6, D1, D18).

use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::{batch, click_at, event, with};

/// Three clicks at the right of a wide viewport, one at the right of a narrow one.
fn two_viewports() -> Hearth {
    let hearth = Hearth::start();
    let narrow = json!({"viewport": {"w": 500, "h": 800}});
    let wide = json!({"viewport": {"w": 1000, "h": 800}});
    let clicks = [
        with(click_at("a", 0, 900, 100), &wide),
        with(click_at("b", 1, 900, 100), &wide),
        with(click_at("c", 2, 900, 100), &wide),
        with(click_at("d", 3, 450, 2_000), &narrow),
    ];
    hearth.ingest(&batch("s", &clicks)).ok();
    hearth
}

fn draw(hearth: &Hearth, question: &str) -> Value {
    hearth.get_heat(&format!("heatmap?resolution=10&{question}")).ok().json()
}

fn points(map: &Value) -> Vec<(i64, i64, i64)> {
    let number = |point: &Value, key: &str| point[key].as_i64().unwrap();
    let points = map["points"].as_array().unwrap().iter();
    points.map(|point| (number(point, "x"), number(point, "y"), number(point, "value"))).collect()
}

#[test]
fn viewports_are_mixed_as_the_original_does() {
    let hearth = two_viewports();
    for question in ["", "viewportMode=mix", "viewportMode=nonsense", "viewportMode=scale&viewportMode=scale"] {
        let map = draw(&hearth, question);
        assert_eq!((&map["meta"]["bucket"], &map["meta"]["renderHeight"]), (&json!("1000x800"), &json!(2000)));
        assert_eq!(points(&map), [(950, 100, 3), (450, 1900, 1)], "{question}");
    }
}

#[test]
fn a_filter_leaves_other_viewports_out() {
    let hearth = two_viewports();
    let map = draw(&hearth, "viewportMode=filter");
    assert_eq!((&map["meta"]["total"], &map["meta"]["renderHeight"]), (&json!(3), &json!(800)));
    assert_eq!(map["meta"]["typeBreakdown"], json!({"click": 3}));
    assert_eq!(points(&map), [(950, 120, 3)]);
    let narrow = draw(&hearth, "viewportMode=filter&viewportBucket=500x800");
    assert_eq!(points(&narrow), [(475, 1900, 1)]);
    let none = draw(&hearth, "viewportMode=filter&viewportBucket=7x7");
    assert_eq!((&none["meta"]["total"], points(&none)), (&json!(0), vec![]));
}

#[test]
fn scaling_stretches_x_to_the_width_drawn_for() {
    let hearth = two_viewports();
    let map = draw(&hearth, "viewportMode=scale");
    assert_eq!(map["meta"]["total"], 4);
    assert_eq!(points(&map), [(950, 100, 3), (950, 1900, 1)]);
    let narrow = draw(&hearth, "viewportMode=scale&viewportBucket=500x800");
    assert_eq!(points(&narrow), [(475, 100, 3), (475, 1900, 1)]);
}

#[test]
fn events_without_a_place_are_counted_and_not_plotted() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s", &[event("keyboard", "k", 0, &json!({"category": "other"}))])).ok();
    let answer = hearth.get_heat("heatmap").ok();
    assert_eq!((answer.header("x-resolved-type"), answer.header("x-requested-type")), (Some("all"), Some("click")));
    let map = answer.json();
    let meta = &map["meta"];
    assert_eq!((&meta["total"], &meta["plotted"], &meta["ignored"]), (&json!(1), &json!(0), &json!(1)));
    assert!(meta["warning"].as_str().unwrap().starts_with("Events matched the filter but none are plottable."));
    assert_eq!(points(&map), []);
}

#[test]
fn what_lies_in_the_servers_future_is_outside_until_asked_for() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s", &[click_at("fast clock", 120_000, 1, 1)])).ok();
    assert_eq!(draw(&hearth, "")["meta"]["total"], 0);
    assert_eq!(draw(&hearth, "to=Infinity")["meta"]["total"], 1);
    hearth.clock.advance_ms(60_000);
    assert_eq!(draw(&hearth, "")["meta"]["total"], 1);
    assert_eq!(hearth.get_heat("events").ok().header("x-hearth-total"), Some("1"));
}
