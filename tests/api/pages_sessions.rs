//! Sessions: the list, and one session told by all three protocols in one order.

use hearth::domain::track::TrackEvent;
use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::{NOW_MS, THEN_MS, batch, click_at, event, movement, with};
use crate::track_attribution_world::{event as app_event, of, store};
use crate::traffic_model::{self, request, user};

const HOSTILE: &str = "<script>alert(1)</script>";

/// A session that a browser, an app's events and the proxy told of.
fn fill(hearth: &Hearth) {
    let came = json!({"from": "", "to": "/shop", "meta": {"host": "shop.test", "title": HOSTILE,
        "query": "utm_source=news&utm_campaign=autumn&x=1", "referrer": "https://other.test/page"}});
    let click = |id: &str, ms, x, selector: &str| with(click_at(id, ms, x, 100), &json!({"selector": selector}));
    let events = [
        event("pageview", "v", 0, &came),
        movement("m", 1_000, &[(1, 1, 0), (2, 2, 500)]),
        event("scroll", "s", 2_000, &json!({"scrollY": 100, "scrollDepthPct": 40})),
        movement("n", 3_000, &[(3, 3, 0)]),
        click("a", 5_000, 10, "button"),
        click("b", 5_300, 12, "button"),
        click("c", 5_900, 14, "button"),
        click("d", 20_000, 300, "main > div.card"),
        event("custom", "e", 30_000, &json!({"name": "added", "props": {"sku": HOSTILE}})),
        click("f", 40_000, 300, "main > div.card"),
        event(
            "input",
            "i",
            41_000,
            &json!({"action": "change", "selector": "input", "inputType": "text", "length": 1, "masked": "*"}),
        ),
    ];
    let mut told = batch("both", &events);
    told["session"]["lastSeenAt"] = json!(THEN_MS + 41_000);
    told["user"] = json!({"id": "ann"});
    hearth.ingest(&told).ok();
    hearth.clock.advance_ms(THEN_MS + 35_000 - NOW_MS);
    let mut failed = request(hearth, "GET", "/api/cart", 500, 1_500_000);
    failed.session_id = Some("both".into());
    let mut of_user = request(hearth, "GET", "/api/me", 200, 1_000);
    of_user.user = Some(user("ann"));
    let mut of_other_session = request(hearth, "GET", "/elsewhere", 200, 1_000);
    (of_other_session.user, of_other_session.session_id) = (Some(user("ann")), Some("another".into()));
    traffic_model::store(hearth, vec![failed, of_user, of_other_session]);
    hearth.clock.advance_ms(NOW_MS - THEN_MS - 35_000);
    store(
        hearth,
        vec![TrackEvent {
            is_hidden: false,
            ..of(app_event("purchase", THEN_MS + 38_000), Some("ann"), None, Some("both"))
        }],
    );
}

fn moments(hearth: &Hearth, query: &str) -> Vec<Value> {
    let answer = hearth.get_own(&format!("sessions/both/moments?{query}")).ok().json();
    answer["moments"].as_array().unwrap().clone()
}

fn kinds(moments: &[Value]) -> Vec<&str> {
    moments.iter().map(|moment| moment["kind"].as_str().unwrap()).collect()
}

#[test]
fn three_protocols_tell_of_one_session_in_one_order() {
    let hearth = Hearth::start();
    fill(&hearth);
    let answer = hearth.get_own("sessions/both/moments").ok().json();
    assert_eq!((&answer["user_id"], &answer["referrer"]), (&json!("ann"), &json!("https://other.test/page")));
    assert_eq!(answer["campaign"], json!([["utm_source", "news"], ["utm_campaign", "autumn"]]));
    let all = moments(&hearth, "");
    assert_eq!(
        kinds(&all),
        [
            "page_view",
            "moves",
            "scrolls",
            "click",
            "click",
            "click",
            "click",
            "custom",
            "request",
            "request",
            "event",
            "click",
            "input"
        ]
    );
    assert_eq!((&all[1]["count"], &all[1]["until"]), (&json!(3), &json!(THEN_MS + 3_000)), "moves are summed up");
    let marks: Vec<_> =
        all.iter().filter(|moment| moment["kind"] == "click").map(|click| click["mark"].as_str()).collect();
    // The last click is followed by an input.
    assert_eq!(marks, [Some("rage_click"), Some("rage_click"), Some("rage_click"), Some("dead_click"), None]);
    let routes: Vec<_> = all.iter().filter_map(|moment| moment["route"].as_str()).collect();
    assert_eq!(routes, ["/api/cart", "/api/me"], "a request of another session of the user is not of this one");
}

#[test]
fn groups_and_pages_are_parts_of_the_whole() {
    let hearth = Hearth::start();
    fill(&hearth);
    let all = moments(&hearth, "");
    assert_eq!(kinds(&moments(&hearth, "group=requests")), ["request", "request"]);
    assert_eq!(kinds(&moments(&hearth, "group=movement")), ["moves", "scrolls"]);
    let mut parts = Vec::new();
    let mut cursor = String::new();
    loop {
        let part = hearth.get_own(&format!("sessions/both/moments?limit=3&cursor={cursor}")).ok().json();
        let found = part["moments"].as_array().unwrap();
        assert!(found.len() <= 3);
        parts.extend(found.clone());
        match part["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(parts.iter().filter(|moment| moment["kind"] == "click").count(), 5);
    let places = |moments: &[Value]| -> Vec<Value> {
        let solid = moments.iter().filter(|moment| !["moves", "scrolls"].contains(&moment["kind"].as_str().unwrap()));
        solid.map(|moment| json!([moment["ts"], moment["kind"], moment["route"]])).collect()
    };
    assert_eq!(places(&parts), places(&all), "nothing is told twice and nothing is left out");
    hearth.get_own("sessions/both/moments?group=all").refused(400, "invalid_parameter");
    hearth.get_own("sessions/nobody/moments").refused(404, "session_not_found");
}

#[test]
fn a_session_s_page_says_what_the_api_says() {
    let hearth = Hearth::start();
    fill(&hearth);
    let page = |rest: &str| hearth.page(format!("/p/{}/sessions/session?id=both{rest}", hearth.project.id)).ok().text();
    let shown = page("");
    let summary = "1 page view, 5 clicks (3 of rage, 1 dead), 2 events and 2 requests, 1 of them failed, in 41 s.";
    assert!(shown.contains(summary), "{shown}");
    assert!(!shown.contains(HOSTILE));
    assert_eq!(shown.matches("rage click</span>").count(), 3);
    assert!(shown.contains("people/person?id=user%3Aann"));
    assert!(shown.contains("/sessions/both/replay"));
    let requests = page("&group=requests");
    assert!(requests.contains("/api/cart") && !requests.contains("dead click</span>"));
    let later = page(&format!("&after={}", THEN_MS + 39_000));
    assert!(later.contains("main &#62; div.card") || later.contains("main &gt; div.card"));
    assert!(!later.contains("rage click</span>"));
    assert_eq!(hearth.page(format!("/p/{}/sessions/session?id=nobody", hearth.project.id)).status, 404);
    assert_eq!(hearth.page(format!("/p/{}/sessions/session", hearth.project.id)).status, 404);
    assert_eq!(hearth.page(format!("/p/{}/sessions/session?id=both&after=NaN", hearth.project.id)).status, 400);
}

#[test]
fn a_session_known_to_the_proxy_alone_has_a_page() {
    let hearth = Hearth::start();
    let mut made = request(&hearth, "GET", "/", 404, 1_000);
    made.session_id = Some("cookie/1 ü".into());
    traffic_model::store(&hearth, vec![made]);
    let path = format!("/p/{}/sessions/session?id=cookie%2F1+%C3%BC", hearth.project.id);
    let shown = hearth.page(path).ok().text();
    assert!(shown.contains("0 page views, 0 clicks, 0 events and 1 request, 1 of them failed, in 0 s."), "{shown}");
    assert!(shown.contains("There is nothing to play"));
    assert_eq!(hearth.get_own("sessions/cookie%2F1%20%C3%BC/replay").ok().json()["moves"], json!([]));
}

#[test]
fn a_player_gets_times_after_the_beginning() {
    let hearth = Hearth::start();
    fill(&hearth);
    let film = hearth.get_own("sessions/both/replay").ok().json();
    assert_eq!((&film["started_at"], &film["duration_ms"]), (&json!(THEN_MS), &json!(41_000)));
    assert_eq!(film["moves"], json!([[1_000, 1, 1], [1_500, 2, 2], [3_000, 3, 3]]));
    assert_eq!(film["clicks"][0], json!({"t": 5_000, "x": 10, "y": 100, "selector": "button"}));
    assert_eq!(film["scrolls"], json!([[2_000, 100]]));
    assert_eq!(film["errors"], json!([{"t": 35_000, "status": 500, "route": "/api/cart"}]));
    assert_eq!(film["pages"][0], json!({"t": 0, "path": "/shop", "window": [1366, 768], "height": null}));
    assert_eq!((&film["is_cut"], &film["stride"]), (&json!(false), &json!(1)));
}

#[test]
fn visits_are_listed_with_their_errors() {
    let mut hearth = Hearth::start();
    let list =
        |hearth: &Hearth, query: &str| hearth.page(format!("/p/{}/sessions?{query}", hearth.project.id)).ok().text();
    assert!(list(&hearth, "").contains("No visits yet"));
    fill(&hearth);
    // A Hearth that stops has made all visits.
    hearth.restart();
    let shown = list(&hearth, "f=device:is_not:bot");
    assert!(shown.contains("sessions/session?id=both") && shown.contains(">ann</a>"), "{shown}");
    assert!(shown.contains("<span class=\"badge bad\">1</span>"), "{shown}");
    assert!(list(&hearth, "f=page:is:/nowhere").contains("Nothing passes these filters"));
    assert!(list(&hearth, "from=2020-01-01&to=2020-01-02").contains("Nothing in this period"));
    assert!(list(&hearth, "after=0.0.browser").contains("no older sessions"));
}
