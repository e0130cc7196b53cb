//! Hearth's own questions about proxied requests: filters, pages, one route, one user, what goes on.

use std::collections::{BTreeMap, BTreeSet};

use hearth::domain::clock::Clock;
use hearth::domain::traffic::TrafficRecord;
use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::traffic_model::{Model, method_name, request, store, user};

const DAY_MS: i64 = 86_400_000;

fn ask(hearth: &Hearth, rest: &str) -> Value {
    hearth.get_own(&format!("traffic{rest}")).ok().json()
}

/// The ids on all pages of a list of requests, `limit` a page.
fn follow(hearth: &Hearth, filter: &str, limit: usize) -> Vec<i64> {
    let mut target = format!("/api/v1/projects/{}/traffic/requests?limit={limit}&{filter}", hearth.project.id);
    let mut found = Vec::new();
    for _ in 0..1_000 {
        let answer = hearth.get(target).ok();
        let body = answer.json();
        let ids = body["requests"].as_array().unwrap().iter().map(|request| request["id"].as_i64().unwrap());
        found.extend(ids);
        let Some(link) = answer.header("link") else {
            assert!(body["next_cursor"].is_null());
            return found;
        };
        target = link.replace('<', "").replace(">; rel=\"next\"", "");
        assert!(target.ends_with(&format!("cursor={}", body["next_cursor"].as_str().unwrap())));
    }
    panic!("the pages never end");
}

/// A filter in the query, and whether it takes a request.
type Filter = (&'static str, fn(&TrafficRecord) -> bool);

const FILTERS: [Filter; 19] = [
    ("", |_| true),
    ("route=/users/:id", |record| &*record.route == "/users/:id"),
    ("route=%2Frare&method=GET", |record| &*record.route == "/rare" && &*record.method == "GET"),
    ("route=/rare&status=5xx", |record| &*record.route == "/rare" && record.status >= 500),
    ("route=/rare&errors=false", |record| &*record.route == "/rare" && record.status < 400),
    ("route=/rare&user=1", |record| &*record.route == "/rare" && is_of(record, "1")),
    ("method=BREW", |record| &*record.method == "BREW"),
    ("method=_OTHER", |record| method_name(&record.method) == "_OTHER"),
    ("status=404", |record| record.status == 404),
    ("status=2xx", |record| record.status / 100 == 2),
    ("errors=true", |record| record.status >= 400),
    ("errors=false&slow=true", |record| record.status < 400 && record.is_slow),
    ("slow=true", |record| record.is_slow),
    ("slow=false&status=304", |record| !record.is_slow && record.status == 304),
    ("user=1", |record| is_of(record, "1")),
    ("user=%C3%BCn%C3%AF/3&method=POST", |record| is_of(record, "ünï/3") && &*record.method == "POST"),
    ("session=s-2", |record| record.session_id.as_deref() == Some("s-2")),
    ("session=s-2&user=2&errors=true", |record| {
        record.session_id.as_deref() == Some("s-2") && is_of(record, "2") && record.status >= 400
    }),
    ("route=/nowhere", |_| false),
];

fn is_of(record: &TrafficRecord, id: &str) -> bool {
    record.user.as_ref().is_some_and(|user| &*user.id == id)
}

#[test]
fn every_filter_takes_what_it_should_in_pages_of_any_size() {
    let mut hearth = Hearth::start();
    let model = Model::fill(&hearth, 11, 100);
    let (from, to) = (NOW_MS + 40_000_000, NOW_MS + DAY_MS + 12_345);
    for restart in [true, false] {
        for (filter, takes) in FILTERS {
            let wanted = model.only(takes);
            assert_eq!(follow(&hearth, filter, 1_000), wanted.ids(), "{filter}");
            assert_eq!(follow(&hearth, filter, 7), wanted.ids(), "{filter}");
            let range = format!("{filter}&from={from}&to={to}");
            assert_eq!(follow(&hearth, &range, 20), wanted.minutes(from, to).ids(), "{range}");
        }
        if restart {
            hearth.restart();
        }
    }
}

#[test]
fn what_comes_in_meanwhile_shifts_no_page() {
    let hearth = Hearth::start();
    for n in 0..30 {
        store(&hearth, vec![request(&hearth, "GET", "/", 200, n)]);
    }
    let first = ask(&hearth, "/requests?limit=10");
    for _ in 0..5 {
        store(&hearth, vec![request(&hearth, "GET", "/", 200, 1)]);
    }
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ask(&hearth, &format!("/requests?limit=10&cursor={cursor}"));
    let ids = |page: &Value| {
        let requests = page["requests"].as_array().unwrap().iter();
        requests.map(|request| request["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), (21..=30).rev().collect::<Vec<_>>());
    assert_eq!(ids(&second), (11..=20).rev().collect::<Vec<_>>());
}

#[test]
fn one_request_is_found_by_its_id() {
    let hearth = Hearth::start();
    let mut record = request(&hearth, "GET", "/a", 204, 1_500);
    record.user = Some(user("u"));
    store(&hearth, vec![record]);
    let body = ask(&hearth, "/requests/1");
    assert_eq!(
        body,
        json!({
            "id": 1, "user_id": "u", "user_name": null, "user_email": null, "session_id": null, "method": "GET",
            "route": "/a", "original_url": "/a", "status_code": 204, "duration_ms": 1.5, "is_slow": false,
            "is_error": false, "ip": null, "user_agent": null, "start_time": NOW_MS - 2, "end_time": NOW_MS,
            "created_at": NOW_MS, "host": "app.test", "country": null, "bytes_in": 0, "bytes_out": 0, "time_to_first_byte_ms": null,
            "upstream_ms": null, "protocol": "http/1.1", "trace_id": null, "referrer": null, "failure": null
        })
    );
    assert_eq!(ask(&hearth, "/requests")["requests"], json!([body]));
    for id in ["2", "0", "-1", "x", "99999999999999999999"] {
        hearth.get_own(&format!("traffic/requests/{id}")).refused(404, "request_not_found");
    }
    let other = hearth.add_project("other");
    let theirs = crate::client::Request::get(format!("/api/v1/projects/{}/traffic/requests/1", other.id));
    hearth.send(&theirs.bearer(&other.token)).refused(404, "request_not_found");
}

#[test]
fn one_route_is_all_that_is_known_of_it() {
    let mut hearth = Hearth::start();
    let model = Model::fill(&hearth, 12, 100);
    for restart in [true, false] {
        for method in [None, Some("GET"), Some("_OTHER"), Some("PATCH")] {
            let part = model.only(|record| {
                &*record.route == "/users/:id" && method.is_none_or(|method| method_name(&record.method) == method)
            });
            let query = method.map_or_else(String::new, |method| format!("&method={method}"));
            let body = ask(&hearth, &format!("/route?route=/users/:id{query}"));
            assert_eq!((&body["requests"], &body["route"]), (&json!(part.count()), &json!("/users/:id")));
            assert_eq!((&body["error_count"], &body["slow_count"]), (&json!(part.errors()), &json!(part.slow())));
            let average = if part.count() == 0 { Value::Null } else { part.average_ms() };
            assert_eq!(body["average_duration_ms"], average);
            let classes = part.count_by(|record| Some(format!("{}xx", record.status / 100)));
            assert_eq!(body["status_classes"], json!(classes));
            let methods: BTreeMap<_, _> = body["methods"]
                .as_array()
                .unwrap()
                .iter()
                .map(|route| (route["method"].as_str().unwrap().to_owned(), route["requests"].as_u64().unwrap()))
                .collect();
            assert_eq!(methods, part.count_by(|record| Some(method_name(&record.method).to_owned())));
            let latest = body["latest_requests"].as_array().unwrap().iter();
            let latest: Vec<_> = latest.map(|request| request["id"].as_i64().unwrap()).collect();
            assert_eq!(latest, part.ids().into_iter().take(50).collect::<Vec<_>>());
            let buckets = body["timeline"]["buckets"].as_array().unwrap();
            assert_eq!(buckets.iter().map(|bucket| bucket["requests"].as_u64().unwrap()).sum::<u64>(), part.count());
        }
        if restart {
            hearth.restart();
        }
    }
    hearth.get_own("traffic/route").refused(400, "invalid_parameter");
}

#[test]
fn a_timeline_has_each_bucket_with_its_requests() {
    let mut hearth = Hearth::start();
    let model = Model::fill(&hearth, 13, 60);
    for restart in [true, false] {
        for (grain, length_ms, range) in [
            ("hour", 3_600_000, String::new()),
            ("day", DAY_MS, String::new()),
            ("minute", 60_000, format!("&from={}&to={}", NOW_MS, NOW_MS + 36_000_000)),
            ("hour", 3_600_000, "&route=/api/products".to_owned()),
            ("day", DAY_MS, "&route=/rare&method=GET".to_owned()),
        ] {
            let body = ask(&hearth, &format!("/timeline?grain={grain}{range}"));
            let mut part = model.only(|record| {
                (!range.contains("products") || &*record.route == "/api/products")
                    && (!range.contains("rare") || (&*record.route == "/rare" && &*record.method == "GET"))
            });
            if range.contains("from") {
                part = part.minutes(NOW_MS, NOW_MS + 36_000_000);
            }
            let told: BTreeMap<_, _> = body["buckets"]
                .as_array()
                .unwrap()
                .iter()
                .map(|bucket| (bucket["start"].as_i64().unwrap(), bucket["requests"].as_u64().unwrap()))
                .collect();
            let counted = part.count_by(|record| Some(record.created_at_ms.div_euclid(length_ms) * length_ms));
            assert_eq!((&body["grain"], told), (&json!(grain), counted), "{grain} {range}");
        }
        if restart {
            hearth.restart();
        }
    }
}

#[test]
fn a_grain_fits_its_range() {
    let hearth = Hearth::start();
    store(&hearth, vec![request(&hearth, "GET", "/", 200, 1)]);
    let grain = || ask(&hearth, "/timeline")["grain"].as_str().unwrap().to_owned();
    assert_eq!((grain(), &ask(&hearth, "/timeline?grain=auto")["grain"]), ("minute".to_owned(), &json!("minute")));
    hearth.clock.advance_ms(DAY_MS);
    store(&hearth, vec![request(&hearth, "GET", "/", 200, 1)]);
    let now_ms = hearth.clock.now_ms();
    let day = format!("/timeline?from={}&to={now_ms}", now_ms - DAY_MS);
    assert_eq!(ask(&hearth, &day)["grain"], "hour");
    let years = format!("from={}&to={now_ms}", now_ms - 4 * 365 * DAY_MS);
    assert_eq!(ask(&hearth, &format!("/timeline?grain=day&{years}"))["grain"], "day");
    // Before the first request there is nothing to be drawn, and so no minute too many.
    assert_eq!(ask(&hearth, &format!("/timeline?grain=minute&{years}"))["grain"], "minute");
    hearth.clock.advance_ms(30 * DAY_MS);
    hearth.get_own("traffic/timeline?grain=minute").refused(400, "invalid_parameter");
    hearth.get_own("traffic/timeline?grain=week").refused(400, "invalid_parameter");
    assert_eq!(ask(&hearth, "/timeline")["grain"], "day");
}

#[test]
fn both_doors_tell_the_same() {
    let hearth = Hearth::start();
    Model::fill(&hearth, 14, 60);
    let other = |rest: &str| hearth.get(format!("/traffic-dashboard/api/{rest}")).ok().json();
    let (own, mount) = (ask(&hearth, ""), other("overview"));
    for (snake, camel) in [
        ("requests", "totalRequests"),
        ("average_duration_ms", "averageDurationMs"),
        ("slow_count", "slowRequestCount"),
        ("error_count", "errorRequestCount"),
        ("unique_users", "uniqueUsers"),
        ("active_users", "activeUsersLastFiveMinutes"),
    ] {
        assert_eq!(own[snake], mount[camel], "{snake}");
    }
    for (own, mount) in [
        (&own["top_routes"], &mount["topRoutes"]),
        (&own["slowest_routes"], &mount["slowestRoutes"]),
        (&own["latest_requests"], &mount["latestRequests"]),
        (&ask(&hearth, "/routes?sort=p95_ms")["routes"], &other("routes?sort=p95Ms")["routes"]),
        (&ask(&hearth, "/users")["users"], &other("users")["users"]),
        (&ask(&hearth, "/errors?sort=duration_ms")["errors"], &other("errors?sort=durationMs")["errors"]),
        (&ask(&hearth, "/users/2")["error_routes"], &other("users/2")["errorRoutes"]),
        (&ask(&hearth, "/users/2")["sessions"], &other("users/2")["sessions"]),
    ] {
        assert!(!own.as_array().unwrap().is_empty());
        assert_eq!(in_camel_case(own), in_milliseconds(mount));
    }
}

/// Objects with their fields named as under the mount path, which knows no countries.
fn in_camel_case(value: &Value) -> Value {
    match value {
        Value::Array(entries) => entries.iter().map(in_camel_case).collect(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| *name != "country")
            .map(|(name, value)| (camel_case(name), in_camel_case(value)))
            .collect(),
        other => other.clone(),
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

/// Times as Hearth's own API tells them.
fn in_milliseconds(value: &Value) -> Value {
    match value {
        Value::Array(entries) => entries.iter().map(in_milliseconds).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), in_milliseconds(value))).collect(),
        Value::String(text) if text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok() => {
            json!(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
        }
        other => other.clone(),
    }
}

#[test]
fn parameters_that_mean_nothing_are_refused() {
    let hearth = Hearth::start();
    for (rest, parameter) in [
        ("?from=yesterday", "from"),
        ("?from=2&to=1", "from"),
        ("/routes?sort=requestz", "sort"),
        ("/routes?sort=averageDurationMs", "sort"),
        ("/routes?order=up", "order"),
        ("/routes?limit=0", "limit"),
        ("/routes?limit=1001", "limit"),
        ("/routes?page=0", "page"),
        ("/routes?page=18446744073709551615", "page"),
        ("/users?sort=email", "sort"),
        ("/users?page=-1", "page"),
        ("/errors?sort=route", "sort"),
        ("/errors?limit=1000&page=201", "page"),
        ("/requests?status=teapot", "status"),
        ("/requests?status=6xxx", "status"),
        ("/requests?slow=1", "slow"),
        ("/requests?errors=maybe", "errors"),
        ("/requests?route=a&route=b", "route"),
    ] {
        let answer = hearth.get_own(&format!("traffic{rest}")).refused(400, "invalid_parameter");
        assert!(answer.json()["detail"].as_str().unwrap().contains(parameter), "{rest}: {}", answer.text());
    }
    for cursor in ["x", "c0", "c3ff8000000000000-1", "c7ff0000000000000-1"] {
        hearth.get_own(&format!("traffic/requests?cursor={cursor}")).refused(400, "invalid_cursor");
    }
    hearth.get_own("traffic/users/nobody").refused(404, "user_not_found");
    hearth.get_own("traffic/users/%ff").refused(404, "user_not_found");
    hearth.get_own("traffic/nothing").refused(404, "not_found");
}

#[test]
fn nothing_goes_on_where_there_is_no_proxy() {
    let hearth = Hearth::start();
    assert_eq!(ask(&hearth, "/requests/open"), json!({"requests": [], "total": 0}));
    let status = hearth.get("/api/v1/status").ok().json();
    let mut proxy = status["proxy"].as_object().unwrap().clone();
    assert_eq!(proxy.remove("upstreams"), Some(json!([])));
    let counts =
        ["connections", "requests", "violations", "recorded", "ignored", "dropped_queue_full", "dropped_store", "open"];
    assert_eq!(proxy.keys().map(String::as_str).collect::<BTreeSet<_>>(), counts.into_iter().collect());
    assert!(proxy.values().all(|count| *count == 0));
}
