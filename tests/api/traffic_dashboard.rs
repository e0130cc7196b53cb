//! The API of express-sequelize-traffic under the mount path: numbers equal to counting by hand, before and after they
//! are rolled up.

use std::collections::{BTreeMap, BTreeSet};

use hearth::domain::clock::Clock;
use serde_json::{Value, json};

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::traffic_model::{Model, Random, request, row_id, store, user};

const DAY_MS: i64 = 86_400_000;

fn ask(hearth: &Hearth, rest: &str) -> Answer {
    hearth.get(format!("/traffic-dashboard/api/{rest}"))
}

/// Ranges as queries, each with the part of the model that it means: all, a day, a few odd minutes.
fn ranges(model: &Model) -> Vec<(String, Model, Model)> {
    let end = NOW_MS + 40 * DAY_MS;
    let mut ranges = vec![(String::new(), model.minutes(0, end), model.hours(0, end))];
    for (from, to) in [
        (NOW_MS, NOW_MS + DAY_MS),
        (NOW_MS + 12_345_678, NOW_MS + 98_765_432),
        (NOW_MS + DAY_MS + 59_999, NOW_MS + DAY_MS + 9_000_000),
    ] {
        ranges.push((format!("from={from}&to={to}"), model.minutes(from, to), model.hours(from, to)));
    }
    let from = NOW_MS + 3_600_000;
    ranges.push(("from=2026-11-20T11:00:00.000Z".to_owned(), model.minutes(from, end), model.hours(from, end)));
    ranges
}

/// Runs `check` while the newest rows are beyond the rollups, and again when none is.
fn twice(hearth: &mut Hearth, check: impl Fn(&Hearth)) {
    check(hearth);
    hearth.restart();
    let beyond = hearth.file().query_row(
        "SELECT COUNT(*) FROM traffic_request WHERE id > (SELECT rolled_up_id FROM traffic_progress)",
        [],
        |row| row.get::<_, i64>(0),
    );
    assert_eq!(beyond.unwrap(), 0, "closing rolls everything up");
    check(hearth);
}

#[test]
fn the_overview_is_what_counting_gives() {
    let mut hearth = Hearth::start();
    let model = Model::fill(&hearth, 1, 120);
    twice(&mut hearth, |hearth| {
        for (range, part, _) in ranges(&model) {
            let body = ask(hearth, &format!("overview?{range}")).ok().json();
            assert_eq!(body["totalRequests"], part.count(), "{range}");
            assert_eq!(body["averageDurationMs"], part.average_ms(), "{range}");
            assert_eq!(body["slowRequestCount"], part.slow(), "{range}");
            assert_eq!(body["errorRequestCount"], part.errors(), "{range}");
            assert_eq!(body["uniqueUsers"], part.users().len(), "{range}");
            let statuses: Vec<_> =
                part.statuses().iter().map(|(status, count)| json!({"statusCode": status, "count": count})).collect();
            assert_eq!(body["statusCodeSummary"], json!(statuses), "{range}");
            let latest: Vec<_> = part.ids().into_iter().take(20).collect();
            assert_eq!(ids(&body["latestRequests"]), latest, "{range}");
            check_timeline(&body["requestsTimeline"], &part);
            check_first_routes(&body, &part);
        }
    });
}

fn check_timeline(timeline: &Value, part: &Model) {
    let timeline = timeline.as_array().unwrap();
    let sum = |field: &str| timeline.iter().map(|bucket| bucket[field].as_u64().unwrap()).sum::<u64>();
    // Buckets at the ends are whole, even if the range is not.
    assert!(sum("requests") >= part.count());
    assert!(sum("errorCount") >= part.errors() && sum("slowCount") >= part.slow());
    assert!(timeline.is_sorted_by_key(|bucket| bucket["time"].as_str().unwrap().to_owned()));
    assert!(timeline.iter().all(|bucket| bucket["requests"].as_u64().unwrap() > 0));
}

fn check_first_routes(body: &Value, part: &Model) {
    let by_route = part.by_route();
    let top = body["topRoutes"].as_array().unwrap();
    let mut counts: Vec<_> = by_route.values().map(Model::count).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    counts.truncate(10);
    assert_eq!(top.iter().map(|route| route["requests"].as_u64().unwrap()).collect::<Vec<_>>(), counts);
    let slowest = body["slowestRoutes"].as_array().unwrap();
    let mut averages: Vec<_> = by_route.values().map(|part| part.average_ms().as_f64().unwrap()).collect();
    averages.sort_unstable_by(|a, b| b.total_cmp(a));
    averages.truncate(10);
    assert_eq!(slowest.iter().map(|route| route["averageDurationMs"].as_f64().unwrap()).collect::<Vec<_>>(), averages);
    for route in top.iter().chain(slowest) {
        check_route(route, &by_route[&key(route)]);
    }
}

fn key(route: &Value) -> (String, String) {
    (route["route"].as_str().unwrap().to_owned(), route["method"].as_str().unwrap().to_owned())
}

fn check_route(route: &Value, part: &Model) {
    let sum = |bytes: fn(&hearth::domain::traffic::TrafficRecord) -> u64| part.records.iter().map(bytes).sum::<u64>();
    assert_eq!(route["requests"], part.count());
    assert_eq!(route["averageDurationMs"], part.average_ms());
    assert_eq!(route["maxDurationMs"], part.max_ms());
    assert_eq!((&route["slowCount"], &route["errorCount"]), (&json!(part.slow()), &json!(part.errors())));
    assert_eq!(route["bytesIn"], sum(|record| record.bytes_in));
    assert_eq!(route["bytesOut"], sum(|record| record.bytes_out));
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let rate = part.errors() as f64 / part.count() as f64;
    assert!((route["errorRate"].as_f64().unwrap() - rate).abs() < 1e-6);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let apdex = part.records.iter().fold(0.0, |sum, record| match (record.status, record.duration_us) {
        (500.., _) | (_, 2_000_001..) => sum,
        (_, 500_001..) => sum + 0.5,
        _ => sum + 1.0,
    }) / part.count() as f64;
    assert!((route["apdex"].as_f64().unwrap() - apdex).abs() < 1e-6);
    for percent in [50, 75, 90, 95, 99] {
        let told = route[format!("p{percent}Ms")].as_f64().unwrap();
        let exact = part.quantile_ms(percent);
        // Which of two neighbours is meant when the rank lies between is up to the sketch.
        let near = [percent.saturating_sub(8), percent, (percent + 8).min(100)].map(|rank| part.quantile_ms(rank));
        let is_near = near[0] * 0.98 - 0.001 <= told && told <= near[2] * 1.02 + 0.001;
        assert!(is_near || part.count() < 20, "p{percent}: {told} for {exact} of {}", part.count());
    }
}

#[test]
fn every_route_is_listed_with_its_numbers() {
    let mut hearth = Hearth::start();
    let model = Model::fill(&hearth, 2, 120);
    twice(&mut hearth, |hearth| {
        for (range, part, _) in ranges(&model) {
            let by_route = part.by_route();
            let body = ask(hearth, &format!("routes?limit=1000&{range}")).ok().json();
            let routes = body["routes"].as_array().unwrap();
            assert_eq!((&body["total"], routes.len()), (&json!(by_route.len()), by_route.len()), "{range}");
            for route in routes {
                check_route(route, &by_route[&key(route)]);
            }
            let listed: BTreeSet<_> = routes.iter().map(key).collect();
            assert_eq!(listed, by_route.keys().cloned().collect(), "{range}");
        }
    });
}

#[test]
fn lists_are_sorted_and_cut_into_pages() {
    let hearth = Hearth::start();
    let model = Model::fill(&hearth, 3, 60);
    for (list, entries, fields) in [
        (
            "routes",
            model.by_route().len(),
            &["requests", "averageDurationMs", "p95Ms", "apdex", "errorRate", "bytesOut", "route", "method"][..],
        ),
        (
            "users",
            model.users().len(),
            &["requests", "averageDurationMs", "slowCount", "errorCount", "lastSeenAt", "userId"],
        ),
        ("errors", usize::try_from(model.errors()).unwrap(), &["createdAt", "durationMs", "statusCode"]),
    ] {
        for field in fields {
            for order in ["asc", "desc"] {
                let page = |page: usize| {
                    let body = ask(&hearth, &format!("{list}?sort={field}&order={order}&limit=3&page={page}")).ok();
                    body.json()[list].as_array().unwrap().clone()
                };
                let pages: Vec<_> = (1..=entries.div_ceil(3)).map(page).collect();
                assert!(pages.iter().rev().skip(1).all(|page| page.len() == 3), "{list} {field}");
                let whole: Vec<_> = pages.into_iter().flatten().collect();
                let texts: BTreeSet<_> = whole.iter().map(ToString::to_string).collect();
                assert_eq!((whole.len(), texts.len()), (entries, entries), "{list} {field}: each once");
                let is_sorted = whole.is_sorted_by(|a, b| {
                    let (a, b) = if order == "asc" { (a, b) } else { (b, a) };
                    match (&a[*field], &b[*field]) {
                        (Value::String(a), Value::String(b)) => a <= b,
                        (a, b) => a.as_f64().unwrap() <= b.as_f64().unwrap(),
                    }
                });
                assert!(is_sorted, "{list} by {field} {order}");
                assert_eq!(page(entries.div_ceil(3) + 1).len(), 0, "behind the end there is nothing");
            }
        }
    }
}

#[test]
fn every_user_is_listed_with_their_numbers() {
    let mut hearth = Hearth::start();
    let model = Model::fill(&hearth, 4, 120);
    twice(&mut hearth, |hearth| {
        for (range, _, part) in ranges(&model) {
            let body = ask(hearth, &format!("users?{range}")).ok().json();
            let users = body["users"].as_array().unwrap();
            let listed: BTreeSet<_> = users.iter().map(|user| user["userId"].as_str().unwrap().to_owned()).collect();
            assert_eq!((&body["total"], listed), (&json!(users.len()), part.users()), "{range}");
            for user in users {
                check_user(user, &part, &model);
            }
        }
    });
}

fn check_user(user: &Value, part: &Model, all: &Model) {
    let id = user["userId"].as_str().unwrap();
    let of_user =
        |record: &hearth::domain::traffic::TrafficRecord| record.user.as_ref().is_some_and(|user| &*user.id == id);
    let (part, all) = (part.only(of_user), all.only(of_user));
    assert_eq!(user["requests"], part.count(), "{id}");
    assert_eq!(user["averageDurationMs"], part.average_ms(), "{id}");
    assert_eq!((&user["slowCount"], &user["errorCount"]), (&json!(part.slow()), &json!(part.errors())), "{id}");
    assert_eq!(user["userName"], format!("Name {id}"));
    assert_eq!(user["userEmail"], if id == "1" { json!("one@example.org") } else { Value::Null });
    let seen = |ms: Option<i64>| jiff::Timestamp::from_millisecond(ms.unwrap()).unwrap();
    let told = |field: &str| user[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(told("firstSeenAt"), seen(all.records.iter().map(|record| record.created_at_ms).min()), "{id}");
    assert_eq!(told("lastSeenAt"), seen(all.records.iter().map(|record| record.created_at_ms).max()), "{id}");
}

#[test]
fn one_user_is_shown_with_what_they_did() {
    let mut hearth = Hearth::start();
    let model = Model::fill(&hearth, 5, 120);
    twice(&mut hearth, |hearth| {
        for (range, _, part) in ranges(&model) {
            for (id, escaped) in [("1", "1"), ("ünï/3", "%C3%BCn%c3%af%2F3")] {
                let of_user = part.only(|record| record.user.as_ref().is_some_and(|user| &*user.id == id));
                let body = ask(hearth, &format!("users/{escaped}?{range}")).ok().json();
                check_user(&body["user"], &part, &model);
                check_user_routes(&body["routes"], &of_user);
                check_user_routes(&body["slowRoutes"], &of_user.only(|record| record.is_slow));
                check_user_routes(&body["errorRoutes"], &of_user.only(|record| record.status >= 400));
                for (list, field, counts) in [
                    ("devices", "userAgent", of_user.count_by(|record| Some(record.user_agent.as_ref()?.to_string()))),
                    ("ipAddresses", "ip", of_user.count_by(|record| Some(record.ip.as_ref()?.to_string()))),
                    ("sessions", "sessionId", of_user.count_by(|record| Some(record.session_id.as_ref()?.to_string()))),
                ] {
                    let told: BTreeMap<_, _> = body[list]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|entry| (entry[field].as_str().unwrap().to_owned(), entry["requests"].as_u64().unwrap()))
                        .collect();
                    assert_eq!(told, counts, "{list} of {id} {range}");
                }
                assert_eq!(body["truncated"], false);
            }
        }
    });
}

fn check_user_routes(routes: &Value, part: &Model) {
    let by_route = part.by_route();
    let routes = routes.as_array().unwrap();
    assert_eq!(routes.len(), by_route.len());
    for route in routes {
        let part = &by_route[&key(route)];
        assert_eq!(route["requests"], part.count());
        assert_eq!(route["averageDurationMs"], part.average_ms());
        assert_eq!(route["maxDurationMs"], part.max_ms());
        assert_eq!((&route["slowCount"], &route["errorCount"]), (&json!(part.slow()), &json!(part.errors())));
    }
}

#[test]
fn errors_are_listed_with_their_number() {
    let mut hearth = Hearth::start();
    let model = Model::fill(&hearth, 6, 120);
    twice(&mut hearth, |hearth| {
        for (range, part, _) in ranges(&model) {
            let errors = part.only(|record| record.status >= 400);
            let body = ask(hearth, &format!("errors?limit=1000&{range}")).ok().json();
            assert_eq!((&body["total"], ids(&body["errors"])), (&json!(errors.count()), errors.ids()), "{range}");
            let oldest = ask(hearth, &format!("errors?limit=1000&order=asc&{range}")).ok().json();
            let mut forwards = errors.ids();
            forwards.reverse();
            assert_eq!(ids(&oldest["errors"]), forwards, "{range}");
            assert_eq!(body["truncated"], false);
        }
    });
}

fn ids(requests: &Value) -> Vec<i64> {
    requests.as_array().unwrap().iter().map(|request| request["id"].as_i64().unwrap()).collect()
}

#[test]
fn active_users_are_those_of_the_last_five_minutes() {
    let hearth = Hearth::start();
    let visit = |id: &str| {
        let mut record = request(&hearth, "GET", "/", 200, 1);
        record.user = Some(user(id));
        store(&hearth, vec![record]);
    };
    let active = || {
        let body = ask(&hearth, "overview?to=1").ok().json();
        assert_eq!(body["uniqueUsers"], 0, "the range does not matter");
        body["activeUsersLastFiveMinutes"].as_u64().unwrap()
    };
    visit("a");
    visit("a");
    hearth.clock.advance_ms(200_000);
    visit("b");
    store(&hearth, vec![request(&hearth, "GET", "/", 200, 1)]);
    assert_eq!(active(), 2, "nobody is not a user");
    hearth.clock.advance_ms(100_000);
    assert_eq!(active(), 2, "just five minutes");
    hearth.clock.advance_ms(1);
    assert_eq!(active(), 1);
    hearth.clock.advance_ms(200_000);
    assert_eq!(active(), 0);
}

#[test]
fn a_request_is_told_with_every_field() {
    let hearth = Hearth::start();
    let mut record = request(&hearth, "POST", "/users/:id", 502, 1_234_567);
    record.ended_at_ms -= 10;
    record.first_byte_us = Some(1_000);
    record.upstream_us = Some(999);
    record.original_url = "/users/42?tab=1".into();
    record.failure = Some(hearth::domain::traffic::Failure::UpstreamBroken);
    record.protocol = hearth::domain::traffic::Protocol::EventStream;
    (record.bytes_in, record.bytes_out) = (7, 8);
    record.user = Some(user("42"));
    record.session_id = Some("s".into());
    record.ip = Some("192.0.2.7".into());
    record.user_agent = Some("Browser/1".into());
    record.referrer = Some("https://example.org/from".into());
    record.trace_id = Some([0x0a; 16]);
    store(&hearth, vec![record]);
    let body = ask(&hearth, "live").ok().json();
    assert_eq!(
        body["requests"],
        json!([{
            "id": 1, "userId": "42", "userName": null, "userEmail": null, "sessionId": "s", "method": "POST",
            "route": "/users/:id", "originalUrl": "/users/42?tab=1", "statusCode": 502, "durationMs": 1234.567,
            "isSlow": true, "ip": "192.0.2.7", "userAgent": "Browser/1",
            "startTime": "2026-11-20T09:59:58.755Z", "endTime": "2026-11-20T09:59:59.990Z",
            "createdAt": "2026-11-20T10:00:00.000Z", "isError": true, "host": "app.test", "bytesIn": 7, "bytesOut": 8,
            "timeToFirstByteMs": 1, "upstreamMs": 0.999, "protocol": "event-stream",
            "traceId": "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", "referrer": "https://example.org/from",
            "failure": "upstream_broken"
        }])
    );
}

#[test]
fn an_empty_project_has_zeros() {
    let hearth = Hearth::start();
    let overview = ask(&hearth, "overview").ok().json();
    assert_eq!(
        overview,
        json!({
            "totalRequests": 0, "averageDurationMs": 0, "slowRequestCount": 0, "errorRequestCount": 0,
            "uniqueUsers": 0, "activeUsersLastFiveMinutes": 0, "topRoutes": [], "slowestRoutes": [],
            "statusCodeSummary": [], "latestRequests": [], "requestsTimeline": [], "from": null, "to": null
        })
    );
    assert_eq!(ask(&hearth, "routes").ok().json(), json!({"routes": [], "total": 0, "from": null, "to": null}));
    assert_eq!(ask(&hearth, "users").ok().json(), json!({"users": [], "total": 0, "from": null, "to": null}));
    let live = ask(&hearth, "live").ok().json();
    assert_eq!(live, json!({"requests": [], "cursor": 0, "hasMore": false}));
}

#[test]
fn ranges_are_told_as_they_were_rounded() {
    let hearth = Hearth::start();
    let told = |rest: &str| {
        let body = ask(&hearth, rest).ok().json();
        (body["from"].clone(), body["to"].clone())
    };
    let range = "from=2026-11-20T10:00:30Z&to=2026-11-20T10:05:30%2B00:00";
    let minutes = (json!("2026-11-20T10:00:00.000Z"), json!("2026-11-20T10:05:59.999Z"));
    for list in ["overview", "routes", "errors"] {
        assert_eq!(told(&format!("{list}?{range}")), minutes);
    }
    let hours = (json!("2026-11-20T10:00:00.000Z"), json!("2026-11-20T10:59:59.999Z"));
    assert_eq!(told(&format!("users?{range}")), hours);
    assert_eq!(told("routes?from=2026-11-20"), (json!("2026-11-20T00:00:00.000Z"), Value::Null));
    assert_eq!(told("errors?to=59999"), (Value::Null, json!("1970-01-01T00:00:59.999Z")));
}

#[test]
fn projects_are_apart() {
    let hearth = Hearth::start();
    let other = hearth.add_project("other");
    let mut theirs = request(&hearth, "GET", "/theirs", 500, 1);
    theirs.project = row_id(&hearth, &other);
    theirs.user = Some(user("them"));
    store(&hearth, vec![theirs.clone(), request(&hearth, "GET", "/mine", 500, 1)]);
    for list in ["overview", "live", "live?sinceId=0", "routes", "users", "errors"] {
        let mine = ask(&hearth, list).ok().text();
        assert!(!mine.contains("/theirs") && !mine.contains("them"), "{list}: {mine}");
        let get = Request::get(format!("/traffic-dashboard/api/{list}")).bearer(&other.token);
        assert!(!hearth.send(&get).ok().text().contains("/mine"), "{list}");
    }
    assert_eq!(ask(&hearth, "users/them").status, 404);
    assert_eq!(ask(&hearth, "overview").ok().json()["totalRequests"], 1);
}

#[test]
fn a_clock_that_is_set_back_changes_no_sum() {
    let mut hearth = Hearth::start();
    let mut random = Random::new(9);
    for _ in 0..20 {
        store(&hearth, vec![request(&hearth, "GET", "/", 404, 5)]);
        hearth.clock.advance_ms(i64::try_from(random.below(7_200_000)).unwrap() - 3_600_000);
    }
    let now_ms = hearth.clock.now_ms();
    twice(&mut hearth, |hearth| {
        for range in [String::new(), format!("?from={}&to={}", now_ms - DAY_MS, now_ms + DAY_MS)] {
            assert_eq!(ask(hearth, &format!("overview{range}")).ok().json()["totalRequests"], 20);
            assert_eq!(ask(hearth, &format!("errors{range}")).ok().json()["errors"].as_array().unwrap().len(), 20);
        }
    });
}
