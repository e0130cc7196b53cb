//! Visits from outside: events in by the doors, visits out by the API.

use std::time::{Duration, Instant};

use hearth::domain::visit::{GoalKind, VisitsFrom};
use hearth::query::visits::first_data::{DataSpan, DataSpans, data_spans};
use hearth::store::project_settings::{self, ProjectSettings};
use hearth::store::{goals, registry};
use serde_json::{Value, json};

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{NOW_MS, batch, event, with};
use crate::track_erase_world::{MARK, erasing, let_erase, tell};
use crate::track_payload::{keyed, post};
use crate::traffic_model::{request, store};

const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";

const MINUTE_MS: i64 = 60_000;

/// A page view `minute` minutes before now, as our tracker tells it.
fn view(id: &str, minute: i64, path: &str, meta: &Value) -> Value {
    let own = json!({"ts": NOW_MS - minute * MINUTE_MS, "path": path, "from": "", "to": path, "meta": meta,
        "device": {"ua": CHROME, "platform": "x", "language": "de"}});
    with(event("pageview", id, 0, &json!({})), &own)
}

fn custom(id: &str, minute: i64, name: &str) -> Value {
    let own = json!({"ts": NOW_MS - minute * MINUTE_MS, "name": name, "props": {},
        "device": {"ua": CHROME, "platform": "x", "language": "de"}});
    with(event("custom", id, 0, &json!({})), &own)
}

/// Makes the visits of everything that was sent: a Hearth that stops leaves nothing due.
fn settle(hearth: &mut Hearth) {
    hearth.restart();
    assert_eq!(hearth.count_rows("visit_due"), 0);
}

fn totals(hearth: &Hearth, query: &str) -> Value {
    hearth.get_own(&format!("visits/totals?{query}")).ok().json()["totals"].clone()
}

fn entries(hearth: &Hearth, query: &str) -> Vec<(String, u64)> {
    let list = hearth.get_own(&format!("visits/breakdown?{query}")).ok().json();
    let entries = list["entries"].as_array().unwrap().iter();
    entries.map(|entry| (entry["value"].as_str().unwrap().to_owned(), entry["visits"].as_u64().unwrap())).collect()
}

#[test]
fn what_browsers_send_becomes_visits() {
    let mut hearth = Hearth::start();
    let came = json!({"referrer": "https://www.google.com/search", "host": "Shop.example", "title": "Shop",
        "query": "utm_source=News&utm_campaign=spring&gclid=1"});
    hearth
        .ingest(&batch(
            "s-1",
            &[
                view("1", 200, "/landing?x=1", &came),
                view("2", 199, "/shop", &json!({"host": "shop.example"})),
                custom("3", 198, "signup"),
                // More than half an hour later: another visit, which came by itself.
                view("4", 100, "/shop", &json!({"host": "shop.example"})),
            ],
        ))
        .ok();
    settle(&mut hearth);
    let list = hearth.get_own("visits?period=today").ok().json();
    let visits = list["visits"].as_array().unwrap();
    assert_eq!(visits.len(), 2);
    assert_eq!(
        visits[1],
        json!({
            "source": "browser", "session": "s-1", "user": null, "started_at": NOW_MS - 200 * MINUTE_MS,
            "ended_at": NOW_MS - 198 * MINUTE_MS, "entry_page": "/landing", "exit_page": "/shop", "views": 2, "events": 1,
            "channel": "paid_search", "referrer": "google.com", "campaign": "spring", "device": "desktop",
            "browser": "Chrome", "os": "Windows",
        })
    );
    assert_eq!((&visits[0]["channel"], &visits[0]["views"]), (&json!("direct"), &json!(1)));
    let all = totals(&hearth, "period=today");
    assert_eq!((&all["visits"], &all["visitors"], &all["views"]), (&json!(2), &json!(1), &json!(3)));
    assert_eq!((&all["bounces"], &all["bounce_rate"], &all["duration_ms"]), (&json!(1), &json!(0.5), &json!(120_000)));
    assert_eq!(totals(&hearth, "period=today&f=page:is:/landing")["views"], 1);
    assert_eq!(
        entries(&hearth, "by=page&period=today&sort=visits"),
        [("/shop".to_owned(), 2), ("/landing".to_owned(), 1)]
    );
    assert_eq!(entries(&hearth, "by=host&period=today"), [("shop.example".to_owned(), 2)]);
    assert_eq!(entries(&hearth, "by=source&period=today&sort=value"), [(String::new(), 1), ("News".to_owned(), 1)]);
    assert_eq!(entries(&hearth, "by=click_id&period=today&f=click_id:is_not:"), [("gclid".to_owned(), 1)]);
}

#[test]
fn a_visit_grows_with_what_comes_later_or_out_of_order() {
    let mut hearth = Hearth::start();
    hearth.ingest(&batch("s", &[view("2", 50, "/b", &json!({}))])).ok();
    settle(&mut hearth);
    hearth.ingest(&batch("s", &[view("1", 70, "/a", &json!({}))])).ok();
    hearth.ingest(&batch("s", &[view("3", 40, "/c", &json!({})), view("4", 5, "/d", &json!({}))])).ok();
    // Years ahead of us: no browser knows that.
    hearth.ingest(&batch("s", &[view("5", -3_000_000, "/e", &json!({}))])).ok();
    settle(&mut hearth);
    let list = hearth.get_own("visits?period=today").ok().json();
    let told: Vec<_> =
        list["visits"].as_array().unwrap().iter().map(|visit| (&visit["entry_page"], &visit["views"])).collect();
    assert_eq!(told, [(&json!("/d"), &json!(1)), (&json!("/a"), &json!(3))]);
}

#[test]
fn users_are_one_visitor_whatever_they_use() {
    let mut hearth = Hearth::start();
    for (session, user) in [("s-1", Some("ann")), ("s-2", Some("ann")), ("s-3", Some("bob")), ("s-4", None)] {
        let mut body = batch(session, &[view(session, 20, "/", &json!({}))]);
        if let Some(user) = user {
            body["user"] = json!({"id": user});
        }
        hearth.ingest(&body).ok();
    }
    let app = json!({
        "event": "pageview", "eventId": "e-1", "userId": "ann", "anonymousId": "anon_1",
        "properties": {"screen": "Home", "platform": "ios", "userId": "ann"},
        "context": {"library": "@datalyr/react-native", "version": "1.7.18", "source": "mobile_app", "session_id": "sess_1"},
        "timestamp": "2026-11-20T09:40:00.000Z",
    });
    hearth.send(&keyed("/track", &hearth.project.key, &app)).ok();
    let server = json!({
        "event": "paid", "eventId": "e-2", "userId": "carl", "properties": {},
        "context": {"library": "@datalyr/api", "version": "1.3.1", "source": "api", "session_id": "sess_2"},
        "timestamp": "2026-11-20T09:40:00.000Z",
    });
    hearth.send(&keyed("/track", &hearth.project.key, &server)).ok();
    settle(&mut hearth);
    let all = totals(&hearth, "period=today");
    assert_eq!((&all["visits"], &all["visitors"]), (&json!(5), &json!(3)), "servers do not visit");
    let list = hearth.get_own("visits?period=today&f=device:is:phone").ok().json();
    let visit = &list["visits"][0];
    assert_eq!(
        (&visit["user"], &visit["entry_page"], &visit["source"]),
        (&json!("ann"), &json!("Home"), &json!("app"))
    );
    assert_eq!(visit["os"], "iOS");
}

#[test]
fn two_sdks_on_a_page_are_not_counted_twice() {
    let mut hearth = Hearth::start();
    let page = |event: &str, path: &str, second: u32| {
        json!({
            "workspace_id": hearth.workspace(), "event_id": format!("{event}-{second}"), "event_name": event,
            "event_data": {"url": format!("https://www.shop.example{path}"), "path": path.split('?').next().unwrap(),
                "referrer": "https://t.co/x", "utm_source": "twitter", "utm_medium": "social", "source": "twitter",
                "device_fingerprint": {"userAgent": PHONE}},
            "source": "web", "timestamp": format!("2026-11-20T09:30:{second:02}.000Z"), "visitor_id": "anon_w",
            "anonymous_id": "anon_w", "session_id": "sess_w", "user_id": null, "sdk_name": "datalyr-web-sdk",
        })
    };
    let events = json!({"events": [page("pageview", "/a?utm_source=twitter&utm_medium=social", 0), page("added", "/a", 5)],
        "batchId": "b", "timestamp": "2026-11-20T09:31:00.000Z"});
    hearth.send(&post("/", &events).header("x-batch-size", "2")).ok();
    settle(&mut hearth);
    let list = hearth.get_own("visits?period=today").ok().json();
    let visit = &list["visits"][0];
    assert_eq!((&visit["source"], &visit["channel"]), (&json!("web"), &json!("organic_social")), "{visit}");
    assert_eq!((&visit["views"], &visit["events"], &visit["device"]), (&json!(1), &json!(1), &json!("phone")));
    assert_eq!((&visit["referrer"], &visit["entry_page"]), (&json!("t.co"), &json!("/a")));
    assert_eq!(entries(&hearth, "by=host&period=today"), [("shop.example".to_owned(), 1)]);

    hearth.ingest(&batch("s", &[view("1", 20, "/", &json!({}))])).ok();
    settle(&mut hearth);
    let count = |hearth: &Hearth| totals(hearth, "period=today")["visits"].clone();
    assert_eq!(count(&hearth), 1, "the browser's own events say it already");
    for (visits_from, expected) in [(VisitsFrom::Web, 1), (VisitsFrom::All, 2), (VisitsFrom::Browser, 1)] {
        let file = hearth.file();
        let project = registry::find_project_named(&file, &hearth.project.id).unwrap().unwrap();
        let settings = ProjectSettings { time_zone: "UTC".to_owned(), visits_from };
        project_settings::set(&file, project, &settings).unwrap();
        assert_eq!(count(&hearth), expected, "{visits_from:?}");
    }
}

#[test]
fn goals_pages_and_the_moment_are_told() {
    let mut hearth = Hearth::start();
    let events = [
        view("1", 4, "/", &json!({"referrer": "https://blog.example/post"})),
        view("2", 3, "/welcome/a", &json!({})),
        custom("3", 2, "signup"),
    ];
    hearth.ingest(&batch("s-1", &events)).ok();
    hearth.ingest(&batch("s-2", &[view("4", 20, "/", &json!({}))])).ok();
    let file = hearth.file();
    let project = registry::find_project_named(&file, &hearth.project.id).unwrap().unwrap();
    goals::add(&file, project, ("Welcome", GoalKind::Page, "/welcome*"), 0).unwrap();
    goals::add(&file, project, ("Sign-up", GoalKind::Event, "signup"), 0).unwrap();
    goals::add(&file, project, ("Never", GoalKind::Event, "sign"), 0).unwrap();
    settle(&mut hearth);
    let counted = hearth.get_own("goals?period=today").ok().json();
    let told: Vec<_> = counted["goals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|goal| {
            (goal["name"].as_str().unwrap(), goal["visits"].as_u64().unwrap(), goal["completions"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(told, [("Never", 0, 0), ("Sign-up", 1, 1), ("Welcome", 1, 1)]);
    assert_eq!(counted["totals"]["visits"], 2);

    let page = hearth.get_own("visits/page?page=/&period=today").ok().json();
    assert_eq!((&page["totals"]["views"], &page["entries"], &page["exits"]), (&json!(2), &json!(2), &json!(1)));
    assert_eq!(page["average_time_ms"], 30_000);
    let ends = json!([{"page": null, "views": 1}, {"page": "/welcome/a", "views": 1}]);
    assert_eq!(page["next"], ends);

    let now = hearth.get_own("visits/now").ok().json();
    assert_eq!(now["visitors"], 1);
    assert_eq!(now["pages"], json!([{"value": "/welcome/a", "visitors": 1}]));
    assert_eq!(now["referrers"], json!([{"value": "blog.example", "visitors": 1}]));
    let minutes = now["views_per_minute"].as_array().unwrap();
    assert_eq!((minutes.len(), &minutes[29 - 4], &minutes[29 - 20]), (30, &json!(1), &json!(1)));
}

#[test]
fn pages_of_visits_follow_one_another() {
    let mut hearth = Hearth::start();
    for at in 0..7 {
        hearth.ingest(&batch(&format!("s-{at}"), &[view("1", 10 + at, "/", &json!({}))])).ok();
    }
    settle(&mut hearth);
    let (mut cursor, mut sessions) = (String::new(), Vec::new());
    loop {
        let answer = hearth.get_own(&format!("visits?period=today&limit=3{cursor}")).ok();
        let page = answer.json();
        sessions.extend(
            page["visits"].as_array().unwrap().iter().map(|visit| visit["session"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        assert!(answer.header("link").unwrap().contains(next));
        cursor = format!("&cursor={next}");
    }
    assert_eq!(sessions, (0..7).map(|at| format!("s-{at}")).collect::<Vec<_>>());
}

#[test]
fn a_list_is_also_a_csv_whose_cells_are_no_formulas() {
    let mut hearth = Hearth::start();
    let meta = json!({"host": "shop.example"});
    hearth.ingest(&batch("s-1", &[view("1", 20, "=1+1", &meta), view("2", 10, "/shop", &meta)])).ok();
    settle(&mut hearth);
    let answer = hearth.get_own("visits/breakdown?by=page&sort=value&format=csv").ok();
    assert!(answer.header("content-type").unwrap().starts_with("text/csv"));
    let lines: Vec<_> = answer.text().lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "value,visitors,visits,views,events,bounces,bounce_rate,average_duration_ms,views_per_visit");
    assert_eq!(lines[1..], ["/shop,1,1,1,0,0,0,600000,1".to_owned(), "'=1+1,1,1,1,0,0,0,600000,1".to_owned()]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let hearth = Hearth::start();
    for (target, code) in [
        ("visits?cursor=x", "invalid_cursor"),
        ("visits?period=never", "invalid_parameter"),
        ("visits?f=status:is:404", "invalid_parameter"),
        ("visits/breakdown", "invalid_parameter"),
        ("visits/breakdown?by=colour", "invalid_parameter"),
        ("visits/breakdown?by=page&sort=beauty", "invalid_parameter"),
        ("visits/page", "invalid_parameter"),
        ("visits/totals?tz=Mars/Olympus", "invalid_parameter"),
    ] {
        hearth.get_own(target).refused(400, code);
    }
    let target = format!("/api/v1/projects/{}/visits/totals", hearth.project.id);
    hearth.send(&Request::get(target)).refused(401, "missing_read_token");
    let other = hearth.add_project("Other");
    let target = format!("/api/v1/projects/{}/goals", other.id);
    hearth.send(&Request::get(target).bearer(&hearth.project.token)).refused(404, "project_not_found");
}

#[test]
fn zones_and_comparisons_are_those_of_the_view() {
    let mut hearth = Hearth::start();
    // 2026-11-20T00:30 in Berlin, and a week before.
    hearth.ingest(&batch("s-1", &[view("1", 10 * 60 + 30, "/", &json!({}))])).ok();
    hearth.ingest(&batch("s-2", &[view("1", 24 * 60 + 10 * 60 + 30, "/", &json!({}))])).ok();
    settle(&mut hearth);
    let visits = |query: &str| totals(&hearth, query)["visits"].clone();
    assert_eq!((visits("period=today"), visits("period=today&tz=Europe/Berlin")), (json!(0), json!(1)));
    let body = hearth.get_own("visits/totals?period=today&tz=Europe/Berlin&compare=previous").ok().json();
    assert_eq!((&body["grain"], &body["time_zone"]), (&json!("hour"), &json!("Europe/Berlin")));
    assert_eq!((body["series"].as_array().unwrap().len(), &body["series"][0]["visits"]), (24, &json!(1)));
    assert_eq!(body["compared"]["totals"]["visits"], 1);
    assert_eq!(body["compared"]["to"], body["from"]);
}

/// Waits until something is so that the writer does by itself.
fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn visits_are_made_and_days_are_sealed_while_the_server_runs() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s-1", &[view("1", 10, "/a", &json!({}))])).ok();
    wait_for("the visit is made", || hearth.count_rows("visit_due") == 0);
    assert_eq!((totals(&hearth, "period=today")["visits"].clone(), hearth.count_rows("visit_chunk")), (json!(1), 0));

    // The day is over: its visits are sealed, and counted as before.
    hearth.clock.advance_ms(24 * 60 * MINUTE_MS);
    wait_for("the day is sealed", || hearth.count_rows("visit_chunk") > 0);
    assert_eq!(totals(&hearth, "period=yesterday")["views"], 1);

    // Something of it arrives late: the day is open again, until that has come to rest.
    hearth.ingest(&batch("s-1", &[view("2", 5, "/b", &json!({}))])).ok();
    wait_for("the visit is made again", || hearth.count_rows("visit_due") == 0);
    assert_eq!((totals(&hearth, "period=yesterday")["views"].clone(), hearth.count_rows("visit_chunk")), (json!(2), 0));
    hearth.clock.advance_ms(2 * MINUTE_MS);
    wait_for("the day is sealed again", || hearth.count_rows("visit_chunk") > 0);
    assert_eq!(totals(&hearth, "period=yesterday")["views"], 2);
}

#[test]
fn a_session_with_very_many_events_is_made_again_once_a_minute() {
    let hearth = Hearth::start();
    let events = |from: i64, count: i64| {
        let event = |at: i64| {
            let name = json!({"ts": NOW_MS - 60_000 + at, "name": "step", "props": {}});
            with(event("custom", &format!("e-{at}"), 0, &json!({})), &name)
        };
        (from..from + count).map(event).collect::<Vec<_>>()
    };
    for part in 0..13 {
        hearth.ingest(&batch("s", &events(part * 400, 400))).ok();
    }
    wait_for("the visit is made", || hearth.count_rows("visit_due") == 0);
    hearth.ingest(&batch("s", &events(10_000, 1))).ok();
    // Other sessions do not wait for it.
    hearth.ingest(&batch("other", &[view("1", 1, "/", &json!({}))])).ok();
    wait_for("the other's visit is made", || totals(&hearth, "period=today")["visits"] == 2);
    assert_eq!(hearth.count_rows("visit_due"), 1);
    hearth.clock.advance_ms(61_000);
    wait_for("the visit is made again", || hearth.count_rows("visit_due") == 0);
    let all = totals(&hearth, "period=today");
    assert_eq!((&all["events"], &all["visits"]), (&json!(13 * 400 + 1), &json!(2)), "also those beyond the marks");
}

#[test]
fn visits_of_a_file_from_before_are_made_from_its_events() {
    let mut hearth = Hearth::start();
    hearth.ingest(&batch("s-1", &[view("1", 10, "/a", &json!({}))])).ok();
    hearth.stop();
    let file = hearth.file();
    // As the schema stood before it knew visits, and what the migration then does.
    file.execute_batch("DROP TABLE visit; DROP TABLE visit_due; DROP TABLE visit_day; DROP TABLE visit_chunk").unwrap();
    file.execute_batch(include_str!("../../src/store/migrations/V6__visits.sql")).unwrap();
    file.execute_batch("ALTER TABLE visit ADD COLUMN country INTEGER NOT NULL DEFAULT 0").unwrap();
    drop(file);
    hearth.restart();
    settle(&mut hearth);
    assert_eq!(totals(&hearth, "period=today")["visits"], 1);
}

#[test]
fn erasing_somebody_takes_away_their_visits_and_nobody_elses() {
    let mut hearth = Hearth::with(&["privacy.address=hashed"]);
    let mut twin = Hearth::with(&["privacy.address=hashed"]);
    for world in [&hearth, &twin] {
        world.set_workspace(&world.project, "ws_same", &[]);
    }
    let_erase(&hearth);
    for (mark, n) in [("bob", 1), (MARK, 2), ("cyd", 3)] {
        tell(&hearth, mark, n);
        if mark != MARK {
            tell(&twin, mark, n);
        }
    }
    settle(&mut hearth);
    settle(&mut twin);
    let project = registry::find_project_named(&hearth.file(), &hearth.project.id).unwrap().unwrap();
    let settings = ProjectSettings { time_zone: "UTC".to_owned(), visits_from: VisitsFrom::All };
    for world in [&hearth, &twin] {
        project_settings::set(&world.file(), project, &settings).unwrap();
    }
    let told = |world: &Hearth| world.get_own("visits?period=all&limit=500").ok().json()["visits"].clone();
    assert_ne!(told(&hearth), told(&twin));
    hearth.send(&erasing(&hearth, &hearth.project, "user:zqx_user")).ok();
    settle(&mut hearth);
    assert_eq!(told(&hearth), told(&twin));
    assert!(told(&twin).as_array().unwrap().len() > 3);
}

#[test]
fn it_is_known_from_when_to_when_there_are_data() {
    let hearth = Hearth::start();
    let project = registry::find_project_named(&hearth.file(), &hearth.project.id).unwrap().unwrap();
    let spans = || hearth.store().read(|file| data_spans(file, project, NOW_MS)).unwrap();
    assert_eq!((spans(), spans().all(), spans().first_ms(NOW_MS)), (DataSpans::default(), None, NOW_MS));
    let events = [
        view("1", 90, "/", &json!({})),
        view("2", 7, "/", &json!({})),
        // No browser knows these.
        view("3", -3_000, "/", &json!({})),
        with(view("4", 0, "/", &json!({})), &json!({"ts": 5})),
    ];
    hearth.ingest(&batch("s", &events)).ok();
    let app = json!({
        "event": "opened", "eventId": "e-1", "anonymousId": "anon_1", "properties": {},
        "context": {"library": "@datalyr/api", "version": "1.3.1", "source": "api"}, "timestamp": "2026-11-19T09:40:00.000Z",
    });
    hearth.send(&keyed("/track", &hearth.project.key, &app)).ok();
    store(&hearth, vec![request(&hearth, "GET", "/", 200, 1_000)]);
    let span = |first_ms, last_ms| Some(DataSpan { first_ms, last_ms });
    let then_ms = NOW_MS - 24 * 60 * MINUTE_MS - 20 * MINUTE_MS;
    let expected = DataSpans {
        browser: span(NOW_MS - 90 * MINUTE_MS, NOW_MS - 7 * MINUTE_MS),
        track: span(then_ms, then_ms),
        traffic: span(NOW_MS, NOW_MS),
    };
    assert_eq!(spans(), expected);
    assert_eq!((spans().all(), spans().first_ms(NOW_MS)), (span(then_ms, NOW_MS), then_ms));
}
