//! Lists of what apps have said: events, sessions, totals, quarantine, pairings.

use hearth::domain::Batch;
use hearth::domain::track::{EventKind, Pairing, PairingKind, QuarantineReason, Quarantined, TrackBatch, TrackEvent};
use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::track_attribution_world::{DAY_MS, HOUR_MS, MINUTE_MS, ask, each, event, met, of, paid, store};
use crate::traffic_model::row_id;

/// Stores what two visitors did: pages, a purchase, a hidden event, a mark.
fn fill(hearth: &Hearth) {
    let view = |id: &str, anonymous: &str, session: &str, minute: i64| TrackEvent {
        kind: EventKind::PageView,
        id: Some(id.into()),
        ..of(event("pageview", NOW_MS + minute * MINUTE_MS), None, Some(anonymous), Some(session))
    };
    let other = |id: &str, name: &str, session: &str, minute: i64| TrackEvent {
        id: Some(id.into()),
        ..of(event(name, NOW_MS + minute * MINUTE_MS), None, Some("A"), Some(session))
    };
    store(hearth, vec![paid(other("e4", "purchase", "s1", 3), Some(5_500_000), "USD")]);
    store(hearth, vec![met(view("e1", "A", "s1", 0), 7, NOW_MS), view("e2", "A", "s1", 1), view("e3", "B", "s2", 2)]);
    store(hearth, vec![TrackEvent { is_hidden: true, ..other("e5", "$att_status", "s1", 4) }]);
    store(hearth, vec![TrackEvent { kind: EventKind::SessionMark, ..other("e6", "session_start", "s3", 5) }]);
    let sold = of(event("sold", NOW_MS + DAY_MS), Some("u"), None, None);
    store(hearth, vec![TrackEvent { channel: "api".into(), id: Some("e7".into()), ..sold }]);
    store(hearth, vec![TrackEvent { id: Some("e0".into()), ..event("nobody", NOW_MS - 1) }]);
}

/// The ids of the events that a filter lets through, over pages of two.
fn follow(hearth: &Hearth, filter: &str) -> Vec<String> {
    let mut target = format!("/api/v1/projects/{}/track/events?limit=2&order=asc&{filter}", hearth.project.id);
    let mut found = Vec::new();
    loop {
        let page = hearth.get(&target).ok();
        let body = page.json();
        found.extend(each(&body["events"], "event_id").iter().map(|id| id.as_str().unwrap().to_owned()));
        let Some(link) = page.header("link") else {
            assert!(body["next_cursor"].is_null());
            return found;
        };
        target = link.replace('<', "").replace(">; rel=\"next\"", "");
    }
}

#[test]
fn events_are_found_by_what_they_are() {
    let mut hearth = Hearth::start();
    fill(&hearth);
    for restart in [true, false] {
        for (filter, wanted) in [
            ("", "e0 e1 e2 e3 e4 e6 e7"),
            ("hidden=true", "e0 e1 e2 e3 e4 e5 e6 e7"),
            ("name=pageview", "e1 e2 e3"),
            ("kind=page_view", "e1 e2 e3"),
            ("kind=session_mark", "e6"),
            ("channel=api", "e7"),
            ("channel=nowhere", ""),
            ("session=s1", "e1 e2 e4"),
            ("session=s1&hidden=true", "e1 e2 e4 e5"),
            ("session=s1&person=anonymous:B", ""),
            ("session=nowhere", ""),
            ("person=anonymous:A", "e1 e2 e4 e6"),
            ("person=u", "e7"),
            ("event_id=e4", "e4"),
            ("event_id=e4&person=anonymous:B", ""),
            ("event_id=E4", ""),
        ] {
            assert_eq!(follow(&hearth, filter).join(" "), wanted, "{filter}");
        }
        let range = format!("from={}&to={}", NOW_MS + MINUTE_MS, NOW_MS + 3 * MINUTE_MS);
        assert_eq!(follow(&hearth, &range), ["e2", "e3", "e4"]);
        assert_eq!(follow(&hearth, &format!("session=s1&{range}")), ["e2", "e4"]);
        let newest = ask(&hearth, "track/events?session=s1");
        assert_eq!(each(&newest["events"], "event_id"), ["e4", "e2", "e1"]);
        if restart {
            hearth.restart();
        }
    }
    hearth.get_own("track/events?person=nobody").refused(404, "person_not_found");
    hearth.get_own("track/events?kind=walk").refused(400, "invalid_parameter");
    let csv = hearth.get_own("track/events?format=csv&event_id=e4").ok().text();
    assert!(csv.contains("\r\n") && csv.contains(",5.5,USD,"), "{csv}");
}

#[test]
fn an_api_event_has_a_session_of_its_hour_that_is_no_visit() {
    let hearth = Hearth::start();
    let sold = |minute| TrackEvent {
        channel: "api".into(),
        ..of(event("sold", NOW_MS + minute * MINUTE_MS), Some("u"), None, None)
    };
    store(&hearth, vec![sold(5), sold(55), sold(65)]);
    let events = ask(&hearth, "persons/u/events?order=asc");
    let sessions = each(&events["events"], "session_id");
    assert!(sessions[0].as_str().unwrap().starts_with("syn_"));
    assert_eq!(sessions[0], sessions[1]);
    assert_ne!(sessions[1], sessions[2]);
    assert_eq!(each(&events["events"], "is_synthetic_session"), [true; 3]);
    assert_eq!(ask(&hearth, "track/totals")["visits"], 0);
    assert_eq!(ask(&hearth, "track/sessions"), json!({"sessions": [], "next_cursor": null}));
    assert_eq!(ask(&hearth, "persons/u")["sessions"], 0);
}

#[test]
fn a_session_has_what_counts_and_whose_it_is() {
    let hearth = Hearth::start();
    fill(&hearth);
    let first = ask(&hearth, "track/sessions/s1");
    let touch = first["touch"].clone();
    assert_eq!((&touch["campaign"], &touch["session_id"]), (&json!("c7"), &json!("s1")));
    assert_eq!(
        first,
        json!({
            "session_id": "s1", "channel": "web", "started_at": NOW_MS, "ended_at": NOW_MS + 3 * MINUTE_MS, "events": 3,
            "page_views": 2, "person_ids": ["anonymous:A"], "touch": touch
        })
    );
    let second = ask(&hearth, "track/sessions/s2");
    assert_eq!(second["touch"], Value::Null);
    assert_eq!(ask(&hearth, "track/sessions"), json!({"sessions": [second, first], "next_cursor": null}));
    assert_eq!(ask(&hearth, "track/sessions?person=B")["sessions"], json!([second]));
    assert_eq!(ask(&hearth, &format!("track/sessions?to={NOW_MS}"))["sessions"], json!([first]));
    let page = ask(&hearth, "track/sessions?limit=1&person=anonymous:A");
    assert_eq!((&page["sessions"], &page["next_cursor"]), (&json!([first]), &Value::Null));
    let page = ask(&hearth, "track/sessions?limit=1");
    let rest = ask(&hearth, &format!("track/sessions?cursor={}", page["next_cursor"].as_str().unwrap()));
    assert_eq!((&page["sessions"], &rest["sessions"]), (&json!([second]), &json!([first])));
    // It has nothing but a mark.
    for none in ["s3", "nowhere", "%ff"] {
        hearth.get_own(&format!("track/sessions/{none}")).refused(404, "session_not_found");
    }
    let csv = hearth.get_own("track/sessions?format=csv&limit=1").ok().text();
    assert!(csv.ends_with("\r\ns2,web,1795168920000,1795168920000,1,1,anonymous:B,,,,,,\r\n"), "{csv}");
    store(&hearth, vec![of(event("login", NOW_MS + 2 * MINUTE_MS), Some("u"), Some("A"), Some("s1"))]);
    assert_eq!(ask(&hearth, "track/sessions/s1")["person_ids"], json!(["user:u"]));
}

#[test]
fn totals_are_of_the_day_on_which_it_happened() {
    let hearth = Hearth::start();
    fill(&hearth);
    let (from, to) = (NOW_MS, NOW_MS + HOUR_MS);
    let totals = ask(&hearth, &format!("track/totals?from={from}&to={to}"));
    let name = |name: &str, count| json!({"name": name, "count": count});
    assert_eq!(
        totals,
        json!({
            "from": from, "to": to, "events": 5, "page_views": 3, "visits": 2, "conversions": 1,
            "revenue": [{"currency": "USD", "amount": 5.5, "count": 1}],
            "names": [name("pageview", 3), name("purchase", 1), name("session_start", 1)], "quarantined": 0
        })
    );
    let all = ask(&hearth, "track/totals");
    assert_eq!((&all["from"], &all["to"], &all["events"]), (&Value::Null, &Value::Null, &json!(7)));
    let empty = ask(&hearth, &format!("track/totals?from={}", NOW_MS + 2 * DAY_MS));
    assert_eq!((&empty["events"], &empty["page_views"], &empty["revenue"]), (&json!(0), &json!(0), &json!([])));
}

#[test]
fn what_is_no_event_waits_in_quarantine() {
    let hearth = Hearth::start();
    let bodies = ["{\"a\":1}", "=1+1", "[]"];
    for (n, body) in (0..).zip(bodies) {
        let batch = TrackBatch {
            project: row_id(&hearth, &hearth.project),
            received_at_ms: NOW_MS + n,
            remembered_for_ms: None,
            address_hash: None,
            country: hearth::domain::country::Country::UNKNOWN,
            max_quarantined: 2,
            events: Vec::new(),
            quarantined: vec![Quarantined { reason: QuarantineReason::NoName, body: body.into() }],
        };
        hearth.runtime.block_on(hearth.store().submit(Batch::Track(Box::new(batch)))).unwrap();
    }
    let list = ask(&hearth, "track/quarantine");
    assert_eq!(each(&list["quarantined"], "body"), ["[]", "=1+1"]);
    assert_eq!(each(&list["quarantined"], "reason"), ["no_event_name"; 2]);
    assert_eq!(each(&list["quarantined"], "received_at"), [NOW_MS + 2, NOW_MS + 1]);
    let page = ask(&hearth, "track/quarantine?limit=1");
    let rest = ask(&hearth, &format!("track/quarantine?cursor={}", page["next_cursor"].as_str().unwrap()));
    assert_eq!(each(&rest["quarantined"], "body"), ["=1+1"]);
    let early = ask(&hearth, &format!("track/quarantine?to={}", NOW_MS + 1));
    assert_eq!(each(&early["quarantined"], "body"), ["=1+1"]);
    assert_eq!(ask(&hearth, "track/totals")["quarantined"], 3);
    assert_eq!(ask(&hearth, &format!("track/totals?from={NOW_MS}"))["quarantined"], 2);
    assert!(hearth.get_own("track/quarantine?format=csv").ok().text().ends_with(",no_event_name,'=1+1\r\n"));
}

#[test]
fn a_pairing_leads_to_its_visitor() {
    let hearth = Hearth::start();
    let paired = |kind, value: &str, anonymous: &str| TrackEvent {
        pairing: Some(Pairing { kind, value: value.into() }),
        ..of(event("$stripe_checkout_session", NOW_MS), None, Some(anonymous), None)
    };
    let cart = TrackEvent { kind: EventKind::Signal, ..paired(PairingKind::ShopifyCart, "cart_1", "S") };
    store(&hearth, vec![paired(PairingKind::StripeCheckoutSession, "cs_1", "A"), cart]);
    store(&hearth, vec![of(event("login", NOW_MS), Some("u"), Some("A"), None)]);
    let found = |kind: &str, value: &str| ask(&hearth, &format!("track/pairings?kind={kind}&value={value}"));
    let pairing = |kind: &str, value: &str, person: Value, anonymous: &str| json!({"pairings": [{"kind": kind, "value": value, "time": NOW_MS, "person_id": person, "anonymous_id": anonymous}]});
    let stripe = found("stripe_checkout_session", "cs_1");
    assert_eq!(stripe, pairing("stripe_checkout_session", "cs_1", json!("user:u"), "A"));
    assert_eq!(found("shopify_cart", "cart_1"), pairing("shopify_cart", "cart_1", Value::Null, "S"));
    assert_eq!(found("shopify_cart", "cs_1"), json!({"pairings": []}));
    assert_eq!(ask(&hearth, "track/totals")["events"], 2);
    for wrong in ["", "?kind=shopify_cart", "?value=x", "?kind=cart&value=x"] {
        hearth.get_own(&format!("track/pairings{wrong}")).refused(400, "invalid_parameter");
    }
}
