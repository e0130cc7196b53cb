//! The pages about proxied requests: the numbers are those of the API, foreign text stays text, and empty pages say why.

use hearth::domain::clock::Clock;
use serde_json::Value;

use crate::client::Answer;
use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::traffic_model::{Model, request, store, user};

const DAY_MS: i64 = 86_400_000;

fn page(hearth: &Hearth, rest: &str) -> String {
    text(&hearth.page(format!("/p/{}/{rest}", hearth.project.id)).ok())
}

fn text(answer: &Answer) -> String {
    answer.text()
}

fn ask(hearth: &Hearth, rest: &str) -> Value {
    hearth.get_own(&format!("traffic{rest}")).ok().json()
}

/// The value of a figure.
fn figure<'a>(page: &'a str, name: &str) -> &'a str {
    let rest = page.split_once(&format!("<span class=\"name\">{name}</span>")).unwrap().1;
    let rest = rest.split_once("<span class=\"value\">").unwrap().1;
    rest.split_once('<').unwrap().0
}

#[test]
fn the_figures_are_those_of_the_api() {
    let hearth = Hearth::start();
    let model = Model::fill(&hearth, 7, 60);
    let period = format!("from={}&to={}", NOW_MS - DAY_MS, NOW_MS + 3 * DAY_MS);
    let summary = page(&hearth, &format!("traffic?{period}"));
    let series = ask(&hearth, &format!("/series?{period}"));
    assert_eq!(series["total"]["requests"], model.count());
    assert_eq!(series["total"]["error_count"], model.errors());
    assert_eq!(figure(&summary, "Requests"), model.count().to_string());
    assert_eq!(figure(&summary, "Slow"), model.slow().to_string());
    let overview = ask(&hearth, &format!("?from={}&to={}", NOW_MS - DAY_MS, NOW_MS + 3 * DAY_MS - 1));
    for field in ["requests", "p95_ms", "error_rate", "apdex", "bytes_out"] {
        assert_eq!(series["total"][field], overview[field], "{field}");
    }
    assert_eq!(figure(&summary, "Users"), overview["unique_users"].to_string());
    let apdex = format!("{:.2}", overview["apdex"].as_f64().unwrap());
    assert_eq!(figure(&summary, "Apdex"), apdex);
    for metric in ["errors", "latency", "statuses", "slow", "apdex", "bytes"] {
        assert!(page(&hearth, &format!("traffic?{period}&metric={metric}")).contains("data-chart"), "{metric}");
    }
    let filtered = page(&hearth, &format!("traffic?{period}&f=status:is:5xx"));
    let failed = model.only(|record| record.status >= 500).count();
    assert_eq!(figure(&filtered, "Requests"), failed.to_string());
}

#[test]
fn buckets_of_any_zone_add_up() {
    let hearth = Hearth::start();
    let model = Model::fill(&hearth, 3, 80);
    for (zone, grain) in [("UTC", "hour"), ("Asia/Kathmandu", "hour"), ("America/St_Johns", "day"), ("UTC", "month")] {
        let range = format!("from={}&to={}", NOW_MS - DAY_MS, NOW_MS + 3 * DAY_MS);
        let series = ask(&hearth, &format!("/series?{range}&tz={zone}&grain={grain}"));
        let buckets = series["buckets"].as_array().unwrap();
        for bucket in buckets {
            let (start, end) = (bucket["start"].as_i64().unwrap(), bucket["end"].as_i64().unwrap());
            let expected = model.only(|record| (start..end).contains(&record.created_at_ms));
            assert_eq!(bucket["requests"], expected.count(), "{zone} {start}");
            assert_eq!(bucket["error_count"], expected.errors(), "{zone} {start}");
            let server_errors = expected.only(|record| record.status / 100 == 5).count();
            assert_eq!(bucket["status_classes"]["5xx"].as_u64().unwrap_or(0), server_errors, "{zone} {start}");
        }
        assert_eq!(series["total"]["requests"], model.count());
    }
}

#[test]
fn filters_that_rollups_do_not_know_are_counted_one_by_one() {
    let hearth = Hearth::start();
    let model = Model::fill(&hearth, 5, 60);
    let range = format!("from={}&to={}", NOW_MS - DAY_MS, NOW_MS + 3 * DAY_MS);
    let count =
        |filter: &str| ask(&hearth, &format!("/series?{range}&f={filter}"))["total"]["requests"].as_u64().unwrap();
    assert_eq!(count("status:is:404"), model.only(|record| record.status == 404).count());
    assert_eq!(count("status:is_not:2xx"), model.only(|record| record.status / 100 != 2).count());
    assert_eq!(count("route:contains:USERS"), model.only(|record| record.route.contains("users")).count());
    assert_eq!(count("method:is_not:GET"), model.only(|record| &*record.method != "GET").count());
    let is_one =
        |record: &hearth::domain::traffic::TrafficRecord| record.user.as_ref().is_some_and(|user| &*user.id == "1");
    assert_eq!(count("user:is:1"), model.only(is_one).count());
    assert_eq!(count("user:is_not:1"), model.only(|record| !is_one(record)).count());
    let both = model.only(|record| is_one(record) && record.status / 100 == 2).count();
    assert_eq!(count("user:is:1&f=status:is:2xx"), both);
}

#[test]
fn every_page_shows_what_was_recorded_and_escapes_it() {
    let hearth = Hearth::start();
    let evil = "/<script>alert(1)</script>";
    let mut record = request(&hearth, "GET", evil, 502, 2_500_000);
    record.user = Some(user("\"><img src=x>"));
    record.session_id = Some("s-<b>".into());
    record.user_agent = Some("<i>agent</i>".into());
    record.failure = Some(hearth::domain::traffic::Failure::UpstreamClosed);
    (record.first_byte_us, record.upstream_us) = (Some(1_000_000), Some(2_000_000));
    let other = hearth::domain::traffic::TrafficRecord {
        original_url: "/before".into(),
        route: "/before".into(),
        ..record.clone()
    };
    store(&hearth, vec![other]);
    hearth.clock.advance_ms(1_000);
    record.ended_at_ms = hearth.clock.now_ms();
    store(&hearth, vec![record]);
    let encoded = "%2F%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let user = "%22%3E%3Cimg+src%3Dx%3E";
    for rest in [
        "traffic",
        "traffic/routes",
        &format!("traffic/route?route={encoded}&method=GET"),
        "traffic/slow",
        "traffic/errors",
        "traffic/users",
        &format!("traffic/user?id={user}"),
        "traffic/requests",
        &format!("traffic/requests?route={encoded}&slow=true&status=5xx&user={user}"),
        "traffic/requests/request?id=2",
        "live",
    ] {
        let page = page(&hearth, rest);
        assert!(!page.contains("<script>alert"), "{rest}");
        assert!(!page.contains("<img src=x"), "{rest}: {page}");
        assert!(!page.contains("<b>\"") && !page.contains("<i>agent"), "{rest}");
        assert_eq!(page.matches("<h1").count(), 1, "{rest}");
        if !rest.starts_with("traffic/user") {
            assert!(page.contains("&#60;script&#62;alert(1)"), "{rest}: {page}");
        }
    }
    let one = page(&hearth, "traffic/requests/request?id=2");
    for expected in ["the app closed before it answered", "2.50 s", "1.00 s", "/before", "−1.00 s", "this one"] {
        assert!(one.contains(expected), "{expected}");
    }
    assert_eq!(hearth.page(format!("/p/{}/traffic/requests/request?id=99", hearth.project.id)).status, 404);
    assert_eq!(hearth.page(format!("/p/{}/traffic/user?id=nobody", hearth.project.id)).status, 404);
}

#[test]
fn alike_errors_are_one_row() {
    let hearth = Hearth::start();
    for status in [404, 404, 404, 500, 200] {
        hearth.clock.advance_ms(60_000);
        store(&hearth, vec![request(&hearth, "GET", "/lost", status, 1_000)]);
    }
    let groups = ask(&hearth, "/errors/groups");
    let groups = groups["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2);
    let first = &groups[0];
    assert_eq!((first["status_code"].as_u64(), first["errors"].as_u64()), (Some(404), Some(3)));
    assert_eq!(first["first_seen_at"], NOW_MS + 60_000);
    assert_eq!(first["last_seen_at"], NOW_MS + 180_000);
    assert_eq!(first["latest_request"], 3);
    let page = page(&hearth, "traffic/errors?period=today");
    assert!(page.contains("3<span class=\"hidden-text\"> errors with 404"), "{page}");
}

#[test]
fn durations_are_in_steps() {
    let hearth = Hearth::start();
    for duration_us in [800, 800, 3_000, 40_000_000] {
        store(&hearth, vec![request(&hearth, "GET", "/a", 200, duration_us)]);
    }
    let route = ask(&hearth, "/route?route=/a");
    let count = |up_to: Value| {
        let steps = route["durations"].as_array().unwrap();
        steps.iter().find(|step| step["up_to_ms"] == up_to).unwrap()["requests"].as_u64().unwrap()
    };
    assert_eq!((count(1.into()), count(5.into()), count(Value::Null)), (2, 1, 1));
    let page = page(&hearth, "traffic/route?route=/a");
    assert!(page.contains("≤ 5 ms") && page.contains("&#62; 10 s"), "{page}");
}

#[test]
fn users_are_searched_and_sorted() {
    let hearth = Hearth::start();
    for (id, count) in [("ann", 1), ("bob", 3), ("Annette", 2)] {
        for _ in 0..count {
            let mut record = request(&hearth, "GET", "/", 200, 1_000);
            record.user = Some(user(id));
            store(&hearth, vec![record]);
        }
    }
    let found = ask(&hearth, "/users?search=ANN&sort=requests");
    let ids: Vec<_> = found["users"].as_array().unwrap().iter().map(|user| user["user_id"].as_str().unwrap()).collect();
    assert_eq!((ids, found["total"].as_u64()), (vec!["Annette", "ann"], Some(2)));
    let page = page(&hearth, "traffic/users?search=ann&sort=user_id&order=asc");
    assert!(page.contains(">Annette<") && page.contains(">ann<") && !page.contains(">bob<"), "{page}");
    assert!(page.contains("aria-sort=\"ascending\""));
}

#[test]
fn pages_of_requests_follow_each_other() {
    let hearth = Hearth::start();
    for n in 0..120 {
        hearth.clock.advance_ms(10);
        store(&hearth, vec![request(&hearth, "GET", &format!("/n/{n}"), 200, 1_000)]);
    }
    let (mut rest, mut found) = ("traffic/requests?period=today".to_owned(), 0);
    for _ in 0..3 {
        let page = page(&hearth, &rest);
        found += page.matches("<time datetime").count();
        let Some((before, _)) = page.split_once("\" rel=\"next\">Older") else { break };
        let href = before.rsplit_once("href=\"").unwrap().1.replace("&#38;", "&");
        rest = href.split_once("/p/").unwrap().1.split_once('/').unwrap().1.to_owned();
    }
    assert_eq!(found, 120);
}

#[test]
fn empty_pages_say_why() {
    let hearth = Hearth::start();
    let never = page(&hearth, "traffic");
    assert!(never.contains("No requests yet") && never.contains("hearth serve --upstream"), "{never}");
    store(&hearth, vec![request(&hearth, "GET", "/", 200, 1_000)]);
    hearth.clock.advance_ms(3 * DAY_MS);
    let later = page(&hearth, "traffic/routes?period=today");
    assert!(later.contains("Nothing in this period") && later.contains("The last day with requests"), "{later}");
    let filtered = page(&hearth, "traffic?period=7d&f=route:is:/nowhere");
    assert!(filtered.contains("Nothing passes these filters"), "{filtered}");
}

#[test]
fn the_live_view_shows_what_happened_last() {
    let hearth = Hearth::start();
    hearth.ingest(&crate::payload::batch("s-1", &crate::payload::one_of_each())).ok();
    let mut record = request(&hearth, "GET", "/buy", 503, 12_000);
    record.user = Some(user("u-1"));
    store(&hearth, vec![record]);
    let moment = hearth.get_own("live").ok().json();
    assert_eq!(moment["now"], hearth.clock.now_ms());
    let requests = moment["requests_per_minute"].as_array().unwrap();
    assert_eq!((requests.len(), requests.last().unwrap().as_u64()), (30, Some(1)));
    let events = moment["events"].as_array().unwrap();
    let told = events.iter().find(|event| event["kind"] == "request").unwrap();
    assert_eq!((told["status_code"].as_u64(), told["user_id"].as_str()), (Some(503), Some("u-1")));
    let page = page(&hearth, "live");
    assert!(page.contains("GET /buy") && page.contains(">503<") && page.contains("12 ms · u-1"), "{page}");
}
