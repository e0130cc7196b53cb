//! Heatmaps: what the pages show is what the API says, and nothing from outside is markup.

use serde_json::{Value, json};

use crate::client::Answer;
use crate::installation::Hearth;
use crate::payload::{batch, click_at, event, movement, with};

const HOSTILE: &str = "<script>alert(1)</script>";

/// Two visits to `/shop`: three clicks on a button, one on something hostile, moves, and one that scrolls.
fn fill(hearth: &Hearth) {
    let tall = json!({"meta": {"renderHeight": 2_000}, "viewport": {"w": 1_000, "h": 500}});
    let click = |id: &str, ms, x, selector: &str| {
        with(click_at(id, ms, x, 100), &with(tall.clone(), &json!({"selector": selector})))
    };
    let first = [
        click("a", 0, 500, "#buy"),
        click("b", 10_000, 510, "#buy"),
        with(movement("m", 20_000, &[(1, 40, 0), (2, 1_940, 3_000)]), &tall),
        with(event("scroll", "s", 30_000, &json!({"scrollY": 900, "scrollDepthPct": 70})), &tall),
    ];
    hearth.ingest(&batch("one", &first)).ok();
    let narrow = json!({"viewport": {"w": 400, "h": 500}});
    let second = [click("c", 0, 505, "#buy"), with(click("d", 5_000, 100, HOSTILE), &narrow)];
    hearth.ingest(&batch("two", &second)).ok();
    hearth.ingest(&batch("three", &[with(click_at("e", 0, 5, 5), &json!({"path": format!("/{HOSTILE}")}))])).ok();
}

fn page(hearth: &Hearth, rest: &str) -> Answer {
    hearth.page(format!("/p/{}/{rest}", hearth.project.id)).ok()
}

fn api(hearth: &Hearth, rest: &str) -> Value {
    hearth.get_own(rest).ok().json()
}

#[test]
fn pages_are_listed_by_what_they_have() {
    let hearth = Hearth::start();
    fill(&hearth);
    let list = api(&hearth, "heatmaps");
    let shop = json!({"path": "/shop", "clicks": 4, "moves": 2, "scrolls": 1, "page_views": 0});
    assert_eq!((&list["total"], &list["pages"][0]), (&json!(2), &shop));
    assert_eq!(list["pages"][1]["clicks"], 1);
    let shown = page(&hearth, "heatmaps").text();
    assert!(
        shown.contains("heatmaps/viewer?path=%2Fshop&amp;layer=click")
            || shown.contains("heatmaps/viewer?path=%2Fshop&#38;layer=click"),
        "{shown}"
    );
    assert!(shown.contains("1–2 of 2") && !shown.contains(HOSTILE));

    assert_eq!(api(&hearth, "heatmaps?search=SHOP")["total"], 1);
    assert_eq!(api(&hearth, "heatmaps?sort=scroll")["total"], 1);
    let none = page(&hearth, &format!("heatmaps?search={}", "%3Cb%3E")).text();
    assert!(none.contains("No page with “&#60;b&#62;”") || none.contains("No page with “&lt;b&gt;”"), "{none}");
    hearth.get_own("heatmaps?sort=custom").refused(400, "invalid_parameter");
    hearth.get_own("heatmaps?page=0").refused(400, "invalid_parameter");
}

#[test]
fn a_range_that_cuts_pieces_counts_only_what_is_inside() {
    let hearth = Hearth::start();
    fill(&hearth);
    let from = crate::payload::THEN_MS + 5_000;
    let list = api(&hearth, &format!("heatmaps?search=shop&from={from}&to={}", from + 15_000));
    let shop = json!({"path": "/shop", "clicks": 2, "moves": 1, "scrolls": 0, "page_views": 0});
    assert_eq!(list["pages"], json!([shop]));
}

#[test]
fn the_viewer_shows_what_the_api_says() {
    let hearth = Hearth::start();
    fill(&hearth);
    let told = api(&hearth, "heatmaps/page?path=/shop");
    assert_eq!((&told["sessions"], &told["clicks"], &told["height"]), (&json!(2), &json!(4), &json!(2_000)));
    let first = json!({"selector": "#buy", "clicks": 3, "sessions": 2, "around": [500, 100, 510, 100]});
    assert_eq!((&told["elements"][0], &told["element_count"]), (&first, &json!(2)));
    let bands = told["bands"].as_array().unwrap();
    let visits: Vec<u64> = bands.iter().map(|band| band["sessions"].as_u64().unwrap()).collect();
    // One saw 70 % of the page, the other what its window shows, a quarter.
    assert_eq!(visits, [[2; 5].as_slice(), &[1; 9], &[0; 6]].concat());
    let attention: Vec<f64> = bands.iter().map(|band| band["attention"].as_f64().unwrap()).collect();
    assert!((attention.iter().sum::<f64>() - 1.0).abs() < 1e-4, "{attention:?}");

    let map = api(&hearth, "heatmaps/map?path=/shop");
    assert_eq!((&map["total"], &map["bucket"], &map["type"]), (&json!(4), &json!("1000x500"), &json!("click")));
    assert_eq!(map["buckets"], json!([{"bucket": "1000x500", "points": 3}, {"bucket": "400x500", "points": 1}]));
    let sum: u64 = map["cells"].as_array().unwrap().iter().map(|cell| cell[2].as_u64().unwrap()).sum();
    assert_eq!(sum, 4);
    assert_eq!(api(&hearth, "heatmaps/map?path=/shop&bucket=400x500")["total"], 1);

    let shown = page(&hearth, "heatmaps/viewer?path=/shop").text();
    assert!(shown.contains("4 clicks on /shop; most of them, 75 % by 2 visits, on #buy."), "{shown}");
    assert!(shown.contains("class=\"h8\"") && !shown.contains(HOSTILE));
    for layer in ["move", "scroll", "attention"] {
        page(&hearth, &format!("heatmaps/viewer?path=/shop&layer={layer}"));
    }
    let scroll = page(&hearth, "heatmaps/viewer?path=/shop&layer=scroll").text();
    assert!(scroll.contains("Of 2 visits to /shop, 50 % saw the middle of the page and 0 % its end."), "{scroll}");
    let narrow = page(&hearth, "heatmaps/viewer?path=/shop&bucket=400x500").text();
    assert!(narrow.contains("1 click on /shop") || narrow.contains("1 clicks on /shop"));
}

#[test]
fn lists_are_csv_without_formulas() {
    let hearth = Hearth::start();
    let formula = with(click_at("f", 0, 1, 1), &json!({"path": "=1+1", "selector": "@evil"}));
    hearth.ingest(&batch("s", &[formula])).ok();
    assert!(hearth.get_own("heatmaps?format=csv").ok().text().contains("\r\n'=1+1,1,0,0,0\r\n"));
    assert_eq!(
        hearth.get_own("heatmaps/page?path=%3D1%2B1&format=csv").ok().text(),
        "selector,clicks,sessions\r\n'@evil,1,1\r\n"
    );
    let grid = hearth.get_own("heatmaps/map?path=%3D1%2B1&format=csv").ok().text();
    assert_eq!(grid.lines().count(), 2, "{grid}");
}

#[test]
fn odd_windows_and_places_draw_something() {
    let hearth = Hearth::start();
    let odd = [
        with(click_at("a", 0, 1, 999_999_999), &json!({"viewport": {"w": 1_000_000, "h": 1}})),
        with(click_at("b", 1, -5, -5), &json!({"meta": {"viewportBucket": "-7x1e9", "renderHeight": 1e300}})),
        with(click_at("c", 2, 5, 5), &json!({"meta": {"viewportBucket": "Infinityx5"}})),
    ];
    hearth.ingest(&batch("s", &odd)).ok();
    for bucket in ["", "-7x1e9", "Infinityx5", "1000000x0"] {
        assert_eq!(hearth.get_own(&format!("heatmaps/map?path=/shop&bucket={bucket}")).ok().status, 200);
        let shown = page(&hearth, &format!("heatmaps/viewer?path=/shop&bucket={bucket}")).text();
        assert!(shown.contains("viewBox=") && !shown.contains("NaN"), "{bucket}");
    }
}

#[test]
fn there_are_words_where_there_is_nothing() {
    let hearth = Hearth::start();
    assert!(page(&hearth, "heatmaps").text().contains("No clicks and page views yet"));
    fill(&hearth);
    assert!(page(&hearth, "heatmaps?from=2020-01-01&to=2020-01-02").text().contains("Nothing in this period"));
    assert!(page(&hearth, "heatmaps/viewer?path=/nowhere").text().contains("Nothing in this period"));
    assert_eq!(hearth.page(format!("/p/{}/heatmaps/viewer", hearth.project.id)).status, 404);
}
