//! Persons: who is who, whatever came first, and what is known of them (datalyr.md 7.4).

use hearth::domain::track::{EventKind, Identifier, IdentifierKind, Statement, TrackEvent, Trait};
use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::track_attribution_world::{HOUR_MS, MINUTE_MS, ask, each, event, met, of, paid, store};

/// An event that identifies its user and says something of it.
fn identify(user: &str, anonymous: Option<&str>, traits: &[(&str, &str)], time_ms: i64) -> TrackEvent {
    let mut identified = of(event("$identify", time_ms), Some(user), anonymous, None);
    identified.kind = EventKind::Identify;
    identified.statements.push(Statement::Proven { user: user.into() });
    identified.traits =
        traits.iter().map(|(key, value)| Trait { key: (*key).into(), value: (*value).into() }).collect();
    identified
}

fn alias(absorbed: &str, survivor: &str, time_ms: i64) -> TrackEvent {
    let mut alias = of(event("$alias", time_ms), Some(survivor), None, None);
    alias.kind = EventKind::Alias;
    alias.statements.push(Statement::Same { survivor: survivor.into(), absorbed: absorbed.into() });
    alias
}

fn tie(from: (IdentifierKind, &str), to: (IdentifierKind, &str)) -> Statement {
    let identifier = |(kind, value): (IdentifierKind, &str)| Identifier { kind, value: value.into() };
    Statement::Tie { from: identifier(from), to: identifier(to) }
}

fn person(hearth: &Hearth, name: &str) -> Value {
    ask(hearth, &format!("persons/{}", name.replace(':', "%3A").replace('@', "%40")))
}

/// `kind:id` of every id of a person.
fn ids(person: &Value) -> Vec<String> {
    let ids = person["ids"].as_array().unwrap().iter();
    ids.map(|id| format!("{}:{}", id["kind"].as_str().unwrap(), id["id"].as_str().unwrap())).collect()
}

fn listed(hearth: &Hearth) -> Vec<String> {
    let list = ask(hearth, "persons");
    each(&list["persons"], "person_id").iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_a_browser_did_before_is_its_users() {
    let hearth = Hearth::start();
    for n in 0..3 {
        store(&hearth, vec![of(event("pageview", NOW_MS - HOUR_MS + n), None, Some("A"), Some("s"))]);
    }
    assert_eq!(listed(&hearth), ["anonymous:A"]);
    store(&hearth, vec![identify("user_1", Some("A"), &[("email", "\"Jane@Example.com\"")], NOW_MS)]);
    assert_eq!(listed(&hearth), ["user:user_1"]);
    for name in ["user:user_1", "anonymous:A", "user_1", "A", "email: jane@example.COM "] {
        let found = person(&hearth, &name.replace(' ', "%20"));
        assert_eq!((&found["person_id"], &found["events"]), (&json!("user:user_1"), &json!(4)), "{name}");
        assert_eq!(ids(&found), ["user:user_1", "anonymous:A"]);
        assert_eq!(found["sessions"], 1);
        assert_eq!(found["first_seen_at"], NOW_MS - HOUR_MS);
        assert_eq!(found["last_seen_at"], NOW_MS);
        assert_eq!(found["traits"], json!({"email": "Jane@Example.com"}));
    }
    let events = ask(&hearth, "persons/anonymous%3AA/events?order=asc");
    assert_eq!(each(&events["events"], "person_id"), vec!["user:user_1"; 4]);
    for name in ["user:A", "nobody", "device:A", "email:other@example.com", "external:x:user_1", "%ff", "user:"] {
        hearth.get_own(&format!("persons/{name}")).refused(404, "person_not_found");
        hearth.get_own(&format!("persons/{name}/events")).refused(404, "person_not_found");
        hearth.get_own(&format!("persons/{name}/timeline")).refused(404, "person_not_found");
    }
    let other = hearth.add_project("other");
    let theirs = crate::client::Request::get(format!("/api/v1/projects/{}/persons/user_1", other.id));
    hearth.send(&theirs.bearer(&other.token)).refused(404, "person_not_found");
}

#[test]
fn only_an_alias_makes_two_users_one() {
    let hearth = Hearth::start();
    let shared = |user, time_ms| identify(user, Some("shared"), &[("email", &format!("\"{user}@x.org\""))], time_ms);
    store(&hearth, vec![shared("b", NOW_MS - 10), shared("a", NOW_MS - 20), shared("c", NOW_MS)]);
    assert_eq!(listed(&hearth).len(), 3);
    for user in ["a", "b", "c"] {
        let found = person(&hearth, user);
        assert_eq!(found["traits"], json!({"email": format!("{user}@x.org")}));
        assert_eq!((&found["events"], &found["person_id"]), (&json!(1), &json!(format!("user:{user}"))));
    }
    assert_eq!(person(&hearth, "anonymous:shared")["person_id"], "user:c");
    for _ in 0..2 {
        store(&hearth, vec![alias("a", "b", NOW_MS + 1)]);
    }
    let found = person(&hearth, "a");
    assert_eq!((&found["person_id"], &found["events"]), (&json!("user:b"), &json!(4)));
    assert_eq!(ids(&found), ["user:b", "user:a", "anonymous:shared"]);
    assert_eq!(found["traits"], json!({"email": "b@x.org"}));
    store(&hearth, vec![alias("b", "a", NOW_MS + 2)]);
    assert_eq!(person(&hearth, "b")["person_id"], "user:a");
    assert_eq!(listed(&hearth).len(), 2);
}

#[test]
fn a_shared_browser_is_each_ones_at_its_time() {
    let hearth = Hearth::start();
    let view = |time_ms| of(event("pageview", time_ms), None, Some("kiosk"), None);
    for minute in [50, 5, 25, 35] {
        store(&hearth, vec![view(NOW_MS + minute * MINUTE_MS)]);
    }
    store(&hearth, vec![identify("late", Some("kiosk"), &[], NOW_MS + 30 * MINUTE_MS)]);
    store(&hearth, vec![identify("early", Some("kiosk"), &[], NOW_MS + 10 * MINUTE_MS)]);
    let minutes = |user: &str| {
        let events = ask(&hearth, &format!("persons/{user}/events?name=pageview&order=asc"));
        let times = each(&events["events"], "time").into_iter();
        times.map(|time| (time.as_i64().unwrap() - NOW_MS) / MINUTE_MS).collect::<Vec<_>>()
    };
    assert_eq!((minutes("early"), minutes("late")), (vec![5, 25], vec![35, 50]));
    assert_eq!(person(&hearth, "early")["last_seen_at"], NOW_MS + 25 * MINUTE_MS);
    assert_eq!(person(&hearth, "late")["first_seen_at"], NOW_MS + 30 * MINUTE_MS);
    assert_eq!(person(&hearth, "late")["events"], 3);
    let all = ask(&hearth, "track/events?name=pageview&order=asc");
    assert_eq!(each(&all["events"], "person_id"), ["user:early", "user:early", "user:late", "user:late"]);
    assert_eq!(listed(&hearth), ["user:early", "user:late"]);
}

#[test]
fn devices_and_external_ids_lead_to_persons_and_a_device_is_no_user() {
    let hearth = Hearth::start();
    let (user, anonymous, device, external) =
        (IdentifierKind::User, IdentifierKind::Anonymous, IdentifierKind::Device, IdentifierKind::External);
    let mut opened = of(event("app_open", NOW_MS), None, Some("M"), None);
    opened.device = Some("D".into());
    opened.statements.push(tie((device, "D"), (anonymous, "M")));
    opened.statements.push(tie((anonymous, "M"), (user, "D-AS-USER")));
    store(&hearth, vec![opened]);
    assert_eq!(listed(&hearth), ["anonymous:M"]);
    assert_eq!(ids(&person(&hearth, "device:D")), ["anonymous:M", "device:D"]);
    hearth.get_own("persons/user%3AD-AS-USER").refused(404, "person_not_found");

    let bound = |time_ms| {
        let mut bound = of(event("$provider_identity_bound", time_ms), Some("u"), Some("M"), None);
        bound.statements.push(tie((external, "revenuecat:rc_9"), (user, "u")));
        bound
    };
    store(&hearth, vec![bound(NOW_MS + 1), bound(NOW_MS + 2)]);
    for name in ["external:revenuecat:rc_9", "device:D", "anonymous:M", "user:u"] {
        let found = person(&hearth, name);
        assert_eq!(ids(&found), ["user:u", "anonymous:M", "device:D", "external:revenuecat:rc_9"], "{name}");
        assert_eq!(found["events"], 3);
    }
    let mut moved = of(event("$provider_identity_bound", NOW_MS + 3), Some("v"), None, None);
    moved.statements.push(tie((external, "revenuecat:rc_9"), (user, "v")));
    store(&hearth, vec![moved]);
    assert_eq!(person(&hearth, "external:revenuecat:rc_9")["person_id"], "user:v");
    assert_eq!(ids(&person(&hearth, "u")), ["user:u", "anonymous:M", "device:D"]);
}

#[test]
fn a_person_has_its_latest_traits_its_money_and_its_touches() {
    let hearth = Hearth::start();
    let late = [("plan", "\"pro\""), ("email", "\"j@x.org\"")];
    store(
        &hearth,
        vec![identify("j", None, &late, NOW_MS - 10), identify("j", None, &[("plan", "\"free\"")], NOW_MS - 20)],
    );
    let buy =
        |micros, currency: &str| paid(of(event("purchase", NOW_MS - 5), Some("j"), None, Some("s")), micros, currency);
    store(&hearth, vec![buy(Some(49_990_000), "USD"), buy(Some(10_000), "USD"), buy(None, "EUR")]);
    store(&hearth, vec![met(of(event("pageview", NOW_MS - 9), Some("j"), None, Some("s")), 4, NOW_MS - 9)]);
    store(
        &hearth,
        vec![TrackEvent { is_hidden: true, ..of(event("$att_status", NOW_MS), Some("j"), None, Some("t")) }],
    );
    let mut mark = of(event("session_start", NOW_MS - 30), Some("j"), None, Some("t"));
    mark.kind = EventKind::SessionMark;
    store(&hearth, vec![mark]);
    let found = person(&hearth, "j");
    assert_eq!(found["traits"], json!({"plan": "pro", "email": "j@x.org"}));
    assert_eq!((&found["events"], &found["sessions"]), (&json!(7), &json!(1)));
    assert_eq!((&found["first_seen_at"], &found["last_seen_at"]), (&json!(NOW_MS - 30), &json!(NOW_MS - 5)));
    assert_eq!(
        found["revenue"],
        json!([{"currency": "EUR", "amount": 0, "count": 1}, {"currency": "USD", "amount": 50, "count": 2}])
    );
    assert_eq!((&found["first_touch"]["campaign"], &found["last_touch"]["campaign"]), (&json!("c4"), &json!("c4")));
    let listed = ask(&hearth, "persons");
    let mut short = found;
    for left_out in ["events", "sessions", "revenue"] {
        short.as_object_mut().unwrap().remove(left_out);
    }
    assert_eq!(listed, json!({"persons": [short], "next_cursor": null}));
}

#[test]
fn persons_are_listed_newest_first_in_pages_and_as_csv() {
    let hearth = Hearth::start();
    for n in 0..7 {
        store(&hearth, vec![identify(&format!("u{n}"), None, &[("email", "\"=1+1@x.org\"")], NOW_MS + n)]);
    }
    let mut found = Vec::new();
    let mut target = format!("/api/v1/projects/{}/persons?limit=3", hearth.project.id);
    for _ in 0..3 {
        let page = hearth.get(&target).ok();
        found.extend(each(&page.json()["persons"], "person_id").iter().map(|id| id.as_str().unwrap().to_owned()));
        if let Some(link) = page.header("link") {
            target = link.replace('<', "").replace(">; rel=\"next\"", "");
        }
    }
    assert_eq!(found, (0..7).rev().map(|n| format!("user:u{n}")).collect::<Vec<_>>());
    let csv = hearth.get_own("persons?format=csv&limit=1").ok();
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    assert!(csv.header("link").is_some());
    let time = NOW_MS + 6;
    let line = format!("user:u6,user:u6,'=1+1@x.org,{time},{time},,,\"{{\"\"email\"\":\"\"=1+1@x.org\"\"}}\"\r\n");
    let head = "person_id,ids,email,first_seen_at,last_seen_at,first_touch_source,last_touch_source,traits\r\n";
    assert_eq!(csv.text(), format!("{head}{line}"));
    hearth.get_own("persons?cursor=x").refused(400, "invalid_cursor");
    hearth.get_own("persons?limit=0").refused(400, "invalid_parameter");
}
