//! What brought whom, and what was paid: `/touches`, `/journey`, `/conversions`, `/revenue`, `/attribution`.

use hearth::domain::track::{Statement, TrackEvent, Trait};
use hearth::query::track::lookups;
use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::track_attribution_world::{DAY_MS, HOUR_MS, MINUTE_MS, ask, each, event, met, of, paid, store};
use crate::traffic_model::row_id;

/// A page view of an anonymous visitor in a session, that says what brought it.
fn landing(visitor: &str, session: &str, campaign: i64, time_ms: i64) -> TrackEvent {
    met(of(event("pageview", time_ms), None, Some(visitor), Some(session)), campaign, time_ms - 100)
}

/// A page view that says nothing.
fn direct(visitor: &str, session: &str, time_ms: i64) -> TrackEvent {
    of(event("pageview", time_ms), None, Some(visitor), Some(session))
}

/// A purchase that a server tells.
fn purchase(user: &str, visitor: Option<&str>, micros: i64, time_ms: i64) -> TrackEvent {
    let bought = TrackEvent { channel: "api".into(), ..event("purchase", time_ms) };
    paid(of(bought, Some(user), visitor, None), Some(micros), "USD")
}

fn campaigns(touches: &Value) -> Vec<&Value> {
    each(touches, "campaign")
}

/// Credit by key: conversions and dollars.
fn credit(answer: &Value, model: &str) -> Vec<(Value, f64, f64)> {
    let rows = answer["rows"].as_array().unwrap().iter();
    let told = rows.map(|row| {
        let share = &row["models"][model];
        let dollars = share["revenue"].as_array().unwrap().first().map_or(0.0, |sum| sum["amount"].as_f64().unwrap());
        (row["key"].clone(), share["conversions"].as_f64().unwrap(), dollars)
    });
    told.filter(|(_, conversions, dollars)| *conversions != 0.0 || *dollars != 0.0).collect()
}

#[test]
fn a_journey_has_each_visit_once_and_memories_never() {
    let hearth = Hearth::start();
    let start = NOW_MS - 10 * DAY_MS;
    store(
        &hearth,
        vec![
            // Backwards: the order of arrival does not matter.
            purchase("u", Some("v"), 20_000_000, start + 5 * DAY_MS),
            met(direct("v", "s3", start + 4 * DAY_MS), 1, start + 2 * MINUTE_MS),
            landing("v", "s2", 4, start + 2 * DAY_MS),
            met(direct("v", "s1", start + 3 * MINUTE_MS), 1, start + 2 * MINUTE_MS),
            landing("v", "s1", 2, start + 5 * MINUTE_MS),
            landing("v", "s1", 1, start),
        ],
    );
    let touches = ask(&hearth, "persons/user:u/touches");
    assert_eq!(campaigns(&touches["touches"]), ["c1", "c2", "c4"]);
    let journey = ask(&hearth, "persons/anonymous:v/journey");
    assert_eq!(campaigns(&journey["touchpoints"]), ["c1", "c4"]);
    assert_eq!((&journey["first_touch"]["campaign"], &journey["last_touch"]["campaign"]), (&json!("c1"), &json!("c4")));
    assert_eq!(journey["lyr"], "L4");
    assert_eq!(
        journey["first_touch"],
        json!({
            "time": start - 100, "session_id": "s1", "anonymous_id": "v", "source": "s1", "medium": null, "campaign": "c1",
            "term": null, "content": null, "click_id_type": "fbclid", "click_id": "c1", "lyr": null,
            "landing_page": "https://shop.example/", "referrer": null,
            "parameters": {"utm_campaign": "c1", "fbclid": "c1", "_fbp": "fb.1"},
        })
    );
    let before = ask(&hearth, &format!("persons/v/journey?at={}", start + DAY_MS));
    assert_eq!((campaigns(&before["touchpoints"]), &before["lyr"]), (vec![&json!("c1")], &Value::Null));
    assert_eq!(before["last_touch"]["campaign"], "c2");
    let short = ask(&hearth, "persons/v/journey?window_days=9");
    assert_eq!(campaigns(&short["touchpoints"]), ["c4"]);
    let nothing = ask(&hearth, "persons/v/journey?window_days=0.5");
    assert_eq!(nothing, json!({"first_touch": null, "last_touch": null, "touchpoints": [], "lyr": null}));
    for rest in ["persons/nobody/journey", "persons/user:v/touches", "conversions?person=user:v"] {
        hearth.get_own(rest).refused(404, "person_not_found");
    }
    hearth.get_own("persons/u/journey?window_days=0").refused(400, "invalid_parameter");
    hearth.get_own("persons/u/journey?format=xml").refused(400, "invalid_parameter");
}

#[test]
fn a_journey_shows_its_last_thirty_touchpoints() {
    let hearth = Hearth::start();
    let visits = (0..40).map(|n| landing("v", &format!("s{n}"), n + 1, NOW_MS - (40 - n) * DAY_MS));
    store(&hearth, visits.chain([purchase("u", Some("v"), 1, NOW_MS)]).collect());
    let journey = ask(&hearth, "persons/user:u/journey");
    let shown: Vec<_> = (11..=40).map(|n| json!(format!("c{n}"))).collect();
    assert_eq!(campaigns(&journey["touchpoints"]), shown.iter().collect::<Vec<_>>());
    assert_eq!(journey["first_touch"]["campaign"], "c1");
    assert_eq!(ask(&hearth, "conversions")["conversions"][0]["touchpoints"], 40);
}

#[test]
fn a_servers_purchase_inherits_what_brought_the_browser() {
    let hearth = Hearth::start();
    store(
        &hearth,
        vec![
            landing("v", "s1", 4, NOW_MS - 3 * DAY_MS),
            landing("v", "s2", 1, NOW_MS - 2 * DAY_MS),
            purchase("u", Some("v"), 49_990_000, NOW_MS - DAY_MS),
            // Nobody's.
            paid(event("purchase", NOW_MS), None, "EUR"),
        ],
    );
    let listed = ask(&hearth, "conversions");
    let [nobodys, bought] = &listed["conversions"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!(
        (&nobodys["person_id"], &nobodys["first_touch"], &nobodys["touchpoints"]),
        (&Value::Null, &Value::Null, &json!(0))
    );
    assert_eq!((&nobodys["amount"], &nobodys["currency"]), (&Value::Null, &json!("EUR")));
    assert_eq!(
        (&bought["person_id"], &bought["name"], &bought["channel"]),
        (&json!("user:u"), &json!("purchase"), &json!("api"))
    );
    assert_eq!(
        (&bought["amount"], &bought["currency"], &bought["is_revenue"]),
        (&json!(49.99), &json!("USD"), &json!(true))
    );
    assert_eq!((&bought["time"], &bought["touchpoints"]), (&json!(NOW_MS - DAY_MS), &json!(2)));
    assert_eq!((&bought["first_touch"]["campaign"], &bought["last_touch"]["campaign"]), (&json!("c4"), &json!("c1")));
    // The last touch has no link tag; the one that was said before it goes on.
    assert_eq!(bought["last_touch"]["lyr"], "L4");
    for (filter, expected) in [
        ("person=user:u", 1),
        ("person=anonymous:v", 1),
        ("currency=EUR", 1),
        ("currency=XXX", 0),
        ("name=purchase", 2),
        ("name=refund", 0),
        ("revenue=true", 2),
        (&format!("from={}", NOW_MS - DAY_MS), 2),
        (&format!("from={}", NOW_MS - DAY_MS + 1), 1),
        (&format!("to={}", NOW_MS - DAY_MS), 1),
        (&format!("to={}&person=u", NOW_MS - DAY_MS - 1), 0),
    ] {
        assert_eq!(
            ask(&hearth, &format!("conversions?{filter}"))["conversions"].as_array().unwrap().len(),
            expected,
            "{filter}"
        );
    }
    let narrow = ask(&hearth, "conversions?person=u&window_days=1.5");
    assert_eq!(
        (&narrow["conversions"][0]["touchpoints"], &narrow["conversions"][0]["first_touch"]["campaign"]),
        (&json!(1), &json!("c1"))
    );
}

#[test]
fn conversions_come_in_pages() {
    let hearth = Hearth::start();
    let bought = |n: i64| purchase(if n % 2 == 0 { "u" } else { "w" }, (n % 4 == 0).then_some("v"), n, NOW_MS + n / 3);
    store(&hearth, (0..30).map(bought).collect());
    for (filter, takes) in
        [("", (|_| true) as fn(i64) -> bool), ("&person=u", |n| n % 2 == 0), ("&name=purchase&revenue=true", |_| true)]
    {
        let mut seqs = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = ask(&hearth, &format!("conversions?limit=7{filter}{cursor}"));
            seqs.extend(each(&page["conversions"], "seq").into_iter().map(|seq| seq.as_i64().unwrap()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seqs, (0..30).rev().filter(|n| takes(*n)).map(|n| n + 1).collect::<Vec<_>>(), "{filter}");
    }
    hearth.get_own("conversions?cursor=x").refused(400, "invalid_cursor");
    hearth.get_own("conversions?limit=1001").refused(400, "invalid_parameter");
}

#[test]
fn revenue_is_told_by_currency_and_never_converted() {
    let hearth = Hearth::start();
    let of_day = |name: &str, channel: &str, day: i64, micros: Option<i64>, currency: &str| {
        paid(TrackEvent { channel: channel.into(), ..event(name, NOW_MS + day * DAY_MS) }, micros, currency)
    };
    let mut signup = event("signup", NOW_MS);
    signup.conversion =
        Some(hearth::domain::track::Conversion { is_revenue: false, amount_micros: Some(1), currency: "USD".into() });
    store(
        &hearth,
        vec![
            of_day("purchase", "web", 0, Some(49_990_000), "USD"),
            of_day("purchase", "api", 0, Some(10_000), "USD"),
            of_day("order_paid", "api", 1, Some(-20_000_000), "USD"),
            of_day("purchase", "web", 1, None, "USD"),
            of_day("purchase", "web", 1, Some(5_000_000), "EUR"),
            signup,
        ],
    );
    let by = |by: &str| ask(&hearth, &format!("revenue?by={by}"));
    let days = by("day");
    assert_eq!(days, ask(&hearth, "revenue"));
    assert_eq!(
        days,
        json!({"from": null, "to": null, "by": "day", "revenue": [
            {"currency": "EUR", "amount": 5, "count": 1, "rows": [{"key": "2026-11-21", "amount": 5, "count": 1}]},
            {"currency": "USD", "amount": 30, "count": 4, "rows": [
                {"key": "2026-11-20", "amount": 50, "count": 2}, {"key": "2026-11-21", "amount": -20, "count": 2},
            ]},
        ]})
    );
    let dollars = |answer: &Value| answer["revenue"][1]["rows"].clone();
    assert_eq!(
        dollars(&by("name")),
        json!([{"key": "purchase", "amount": 50, "count": 3}, {"key": "order_paid", "amount": -20, "count": 1}])
    );
    assert_eq!(
        dollars(&by("channel")),
        json!([{"key": "web", "amount": 49.99, "count": 2}, {"key": "api", "amount": -19.99, "count": 2}])
    );
    let today = ask(&hearth, &format!("revenue?from={NOW_MS}&to={}", NOW_MS + DAY_MS - 1));
    assert_eq!((&today["from"], &today["revenue"][0]["amount"]), (&json!(NOW_MS), &json!(50)));
    hearth.get_own("revenue?by=person").refused(400, "invalid_parameter");
    hearth.get_own("revenue?from=2&to=1").refused(400, "invalid_parameter");
}

#[test]
fn models_stand_side_by_side() {
    let hearth = Hearth::start();
    let day = |n: i64| NOW_MS + n * DAY_MS;
    store(
        &hearth,
        vec![
            landing("v", "s1", 1, day(-21)),
            landing("v", "s2", 2, day(-14)),
            landing("v", "s3", 4, day(-7)),
            direct("v", "s4", day(-1)),
            purchase("u", Some("v"), 70_000_000, NOW_MS),
            purchase("stranger", None, 5_000_000, NOW_MS),
        ],
    );
    let answer = ask(&hearth, "attribution?by=campaign");
    assert_eq!(
        (&answer["by"], &answer["window_days"], &answer["others"]),
        (&json!("campaign"), &json!(90), &Value::Null)
    );
    assert_eq!(answer["totals"], json!({"conversions": 2, "revenue": [{"currency": "USD", "amount": 75}]}));
    let row = |key: &str, conversions: f64, dollars: f64| (json!(key), conversions, dollars);
    let nobody = (Value::Null, 1.0, 5.0);
    assert_eq!(credit(&answer, "first"), [row("c1", 1.0, 70.0), nobody.clone()]);
    assert_eq!(credit(&answer, "last"), [(Value::Null, 2.0, 75.0)]);
    assert_eq!(credit(&answer, "last_non_direct"), [row("c4", 1.0, 70.0), nobody.clone()]);
    let mut linear = credit(&answer, "linear");
    assert_eq!(linear.pop(), Some(nobody.clone()));
    linear.sort_by_key(|row| row.0.to_string());
    assert_eq!(
        linear,
        [row("c1", 0.333_334, 23.333_334), row("c2", 0.333_333, 23.333_333), row("c4", 0.333_333, 23.333_333)]
    );
    let mut position = credit(&answer, "position");
    position.sort_by_key(|row| row.0.to_string());
    assert_eq!(position, [row("c1", 0.4, 28.0), row("c2", 0.2, 14.0), row("c4", 0.4, 28.0), nobody.clone()]);
    let mut decay = credit(&answer, "time_decay");
    decay.sort_by_key(|row| row.0.to_string());
    assert_eq!(decay, [row("c1", 0.142_857, 10.0), row("c2", 0.285_714, 20.0), row("c4", 0.571_429, 40.0), nobody]);

    let one = ask(&hearth, "attribution?by=campaign&model=linear&limit=1");
    assert_eq!(one["models"], json!(["linear"]));
    assert_eq!((one["rows"].as_array().unwrap().len(), &one["others"]["keys"]), (2, &json!(2)));
    let sum: f64 = credit(&one, "linear").iter().map(|row| row.1).sum();
    let others = &one["others"]["models"]["linear"];
    assert!((sum + others["conversions"].as_f64().unwrap() - 2.0).abs() < 1e-9, "{one}");
    assert_eq!(ask(&hearth, "attribution?name=signup")["totals"], json!({"conversions": 0, "revenue": []}));
    let narrow = ask(&hearth, "attribution?by=campaign&window_days=10&model=linear");
    assert_eq!(credit(&narrow, "linear")[0], row("c4", 1.0, 70.0));
    for (by, key) in [
        ("source", "s1"),
        ("click_id_type", "fbclid"),
        ("click_id", "c4"),
        ("landing_page", "https://shop.example/"),
        ("lyr", "L4"),
        ("medium", ""),
    ] {
        let answer = ask(&hearth, &format!("attribution?by={by}&model=last_non_direct"));
        assert_eq!(credit(&answer, "last_non_direct")[0], row(key, 1.0, 70.0), "{by}");
    }
    for rest in ["by=person", "model=best", "window_days=9999", "limit=0", "revenue=yes"] {
        hearth.get_own(&format!("attribution?{rest}")).refused(400, "invalid_parameter");
    }
}

#[test]
fn the_last_visit_is_the_one_of_the_conversion_or_the_one_before_it() {
    let hearth = Hearth::start();
    let at = |hours: i64| NOW_MS - DAY_MS + hours * HOUR_MS;
    let bought_in = |session: Option<&str>, hours: i64| {
        paid(of(event("purchase", at(hours)), Some("u"), Some("v"), session), Some(1_000_000), "USD")
    };
    store(&hearth, vec![landing("v", "s1", 1, at(0)), bought_in(Some("s1"), 1), bought_in(None, 2)]);
    let last = || credit(&ask(&hearth, "attribution?by=campaign&model=last"), "last");
    assert_eq!(last(), [(json!("c1"), 2.0, 2.0)]);
    // A direct visit in between; what it remembers makes it none of another kind.
    store(&hearth, vec![met(direct("v", "s2", at(3)), 1, at(0)), bought_in(Some("s2"), 4), bought_in(None, 5)]);
    assert_eq!(last(), [(json!("c1"), 2.0, 2.0), (Value::Null, 2.0, 2.0)]);
    // What the purchase itself says, without a session.
    store(&hearth, vec![met(bought_in(None, 6), 2, at(6)), bought_in(None, 8)]);
    assert_eq!(last(), [(json!("c1"), 2.0, 2.0), (json!("c2"), 2.0, 2.0), (Value::Null, 2.0, 2.0)]);
}

#[test]
fn an_app_borrows_a_browsers_touches() {
    let hearth = Hearth::start();
    let matched = TrackEvent {
        statements: vec![Statement::WebMatch { anonymous: "v".into() }],
        ..of(event("$web_attribution_matched", NOW_MS - DAY_MS), None, Some("app"), Some("m1"))
    };
    let by_user =
        met(of(event("pageview", NOW_MS - 2 * DAY_MS), Some("u"), Some("v"), Some("s2")), 2, NOW_MS - 2 * DAY_MS);
    let elsewhere =
        met(of(event("pageview", NOW_MS - 2 * DAY_MS), Some("u"), Some("w"), Some("s3")), 5, NOW_MS - 2 * DAY_MS);
    let bought = paid(of(event("purchase", NOW_MS), None, Some("app"), Some("m1")), Some(1_000_000), "USD");
    store(&hearth, vec![bought, landing("v", "s1", 1, NOW_MS - 3 * DAY_MS), by_user, elsewhere, matched]);
    assert_eq!(campaigns(&ask(&hearth, "persons/anonymous:app/touches")["touches"]), ["c1", "c2"]);
    assert_eq!(campaigns(&ask(&hearth, "persons/user:u/touches")["touches"]), ["c1", "c2", "c5"]);
    let conversion = &ask(&hearth, "conversions?person=app")["conversions"][0];
    assert_eq!(
        (&conversion["person_id"], &conversion["last_touch"]["campaign"]),
        (&json!("anonymous:app"), &json!("c2"))
    );
}

#[test]
fn nobody_inherits_from_who_used_the_same_browser() {
    let hearth = Hearth::start();
    store(
        &hearth,
        vec![
            landing("shared", "s1", 1, NOW_MS - 5 * DAY_MS),
            of(event("$identify", NOW_MS - 4 * DAY_MS), Some("a"), Some("shared"), Some("s1")),
            of(event("$identify", NOW_MS - 2 * DAY_MS), Some("b"), Some("shared"), Some("s2")),
            landing("shared", "s3", 2, NOW_MS - DAY_MS),
            purchase("a", None, 1_000_000, NOW_MS),
            purchase("b", None, 2_000_000, NOW_MS),
        ],
    );
    assert_eq!(campaigns(&ask(&hearth, "persons/user:a/touches")["touches"]), ["c1"]);
    assert_eq!(campaigns(&ask(&hearth, "persons/user:b/touches")["touches"]), ["c2"]);
    let answer = ask(&hearth, "attribution?by=campaign&model=linear");
    assert_eq!(credit(&answer, "linear"), [(json!("c1"), 1.0, 1.0), (json!("c2"), 1.0, 2.0)]);
}

#[test]
fn an_app_is_told_by_email_what_brought_its_visitor() {
    let hearth = Hearth::start();
    let project = row_id(&hearth, &hearth.project);
    let find = |email: &str, window_ms: i64| {
        hearth.store().read(|file| lookups::by_email(file, project, email, NOW_MS, window_ms)).unwrap()
    };
    let identify = |user: &str, email: &str, event: TrackEvent| TrackEvent {
        traits: vec![Trait { key: "email".into(), value: json!(email).to_string().into() }],
        statements: [event.statements.clone(), vec![Statement::Proven { user: user.into() }]].concat(),
        ..event
    };
    let plain = |user, visitor, time_ms| of(event("$identify", time_ms), Some(user), Some(visitor), None);
    store(
        &hearth,
        vec![
            landing("v", "s1", 4, NOW_MS - 3 * DAY_MS),
            landing("v", "s2", 1, NOW_MS - 2 * DAY_MS),
            identify("u", "A@b.co", plain("u", "v", NOW_MS - DAY_MS)),
            // Had the address before; not the one any more.
            identify("u", "old@b.co", plain("u", "v", NOW_MS - 2 * DAY_MS)),
            identify("w", "none@b.co", plain("w", "x", NOW_MS)),
        ],
    );
    for email in [" A@B.co ", "old@b.co"] {
        let found = find(email, 30 * DAY_MS).unwrap();
        let told: Vec<_> = found.iter().map(|(key, text)| (*key, text.as_str())).collect();
        assert_eq!(
            told,
            [
                ("_fbp", "fb.1"),
                ("fbclid", "c1"),
                ("fbp", "fb.1"),
                ("lyr", "L4"),
                ("timestamp", "2026-11-18T09:59:59.900Z"),
                ("user_id", "u"),
                ("utm_campaign", "c1"),
                ("visitor_id", "v"),
            ]
        );
    }
    for (email, window_ms) in
        [("none@b.co", 30 * DAY_MS), ("unknown@b.co", 30 * DAY_MS), ("", 30 * DAY_MS), ("a@b.co", DAY_MS)]
    {
        assert_eq!(find(email, window_ms), None, "{email}");
    }
}

#[test]
fn lists_come_as_csv() {
    let hearth = Hearth::start();
    let start = NOW_MS - 2 * DAY_MS;
    let mut second = landing("v", "s2", 2, start + DAY_MS);
    if let Some(touch) = &mut second.touch {
        touch.source = Some("=HYPERLINK(1)".into());
    }
    let foreign = paid(of(event("purchase", NOW_MS), Some("u"), None, Some("s2")), None, "EUR");
    store(&hearth, vec![landing("v", "s1", 4, start), second, purchase("u", Some("v"), -1_500_000, NOW_MS), foreign]);
    let csv = |rest: &str| {
        let answer = hearth.get_own(rest).ok();
        assert!(answer.header("content-type").unwrap().starts_with("text/csv"), "{rest}");
        answer.text().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let touch = |n: i64, time_ms: i64, session: &str, source: &str, lyr: &str| {
        format!(
            "{time_ms},{session},v,{source},,c{n},,,fbclid,c{n},{lyr},https://shop.example/,,\
             \"{{\"\"_fbp\"\":\"\"fb.1\"\",\"\"fbclid\"\":\"\"c{n}\"\",\"\"utm_campaign\"\":\"\"c{n}\"\"}}\""
        )
    };
    let touches = csv("persons/u/touches?format=csv");
    assert!(touches[0].starts_with("time,session_id,anonymous_id,source,"));
    assert_eq!(touches[1], touch(4, start - 100, "s1", "s1", "L4"));
    assert_eq!(touches[2], touch(2, start + DAY_MS - 100, "s2", "'=HYPERLINK(1)", ""));
    let journey = csv("persons/u/journey?format=csv");
    assert_eq!(journey[2], touch(2, start + DAY_MS - 100, "s2", "'=HYPERLINK(1)", "L4"));
    let conversions = csv("conversions?format=csv");
    assert!(conversions[0].starts_with(
        "event_id,seq,name,time,channel,person_id,session_id,is_revenue,amount,currency,touchpoints,first_touch_time,"
    ));
    // Its id was made up, since none was sent.
    let (_, foreign) = conversions[1].split_once(',').unwrap();
    assert!(
        foreign.starts_with(&format!("4,purchase,{NOW_MS},web,user:u,s2,true,,EUR,2,{},s1,,c4,", start - 100)),
        "{conversions:?}"
    );
    assert!(conversions[2].contains(",true,-1.5,USD,2,") && conversions[2].contains(",user:u,syn_"), "{conversions:?}");
    assert_eq!(
        csv("revenue?format=csv&by=name"),
        ["currency,name,amount,count", "EUR,purchase,0,1", "USD,purchase,-1.5,1"]
    );
    assert_eq!(
        csv("attribution?format=csv&by=campaign&model=linear"),
        [
            "key,kind,model,conversions,currency,amount",
            "c2,touch,linear,1,EUR,0",
            "c2,touch,linear,,USD,-0.75",
            "c4,touch,linear,1,EUR,0",
            "c4,touch,linear,,USD,-0.75",
        ]
    );
    let page = hearth.get_own("conversions?format=csv&limit=1").ok();
    assert!(page.header("link").unwrap().contains("format=csv"), "{:?}", page.header("link"));
}
