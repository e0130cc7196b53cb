//! Who may see the dashboard of express-sequelize-traffic, and how it answers whatever is sent (traffic.md 3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::traffic_model::{request, row_id, store, user};

const QUESTIONS: [&str; 7] = ["config", "overview", "live", "routes", "users", "users/u", "errors"];

const ACCOUNT: [&str; 2] = ["traffic.dashboard.username=admin", "traffic.dashboard.password=pass:wörd"];

fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
}

fn ask(hearth: &Hearth, question: &str, authorization: Option<&str>) -> Answer {
    let get = Request::get(format!("/traffic-dashboard/api/{question}"));
    hearth.send(&match authorization {
        Some(field) => get.header("authorization", field),
        None => get,
    })
}

fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, &answer.json()["error"]), (status, &json!(error)), "{}", answer.text());
    assert!(answer.json()["message"].as_str().is_some_and(|message| !message.is_empty()));
}

fn with_a_user(settings: &[&str]) -> Hearth {
    let hearth = Hearth::with(settings);
    let mut record = request(&hearth, "GET", "/", 500, 1);
    record.user = Some(user("u"));
    store(&hearth, vec![record]);
    hearth
}

#[test]
fn a_password_opens_the_project_of_the_configuration() {
    let hearth = with_a_user(&ACCOUNT);
    for question in QUESTIONS {
        ask(&hearth, question, Some(&basic("admin", "pass:wörd"))).ok();
        let missing = ask(&hearth, question, None);
        refused(&missing, 401, "missing_credentials");
        assert_eq!(missing.header("www-authenticate"), Some("Basic realm=\"Hearth\", charset=\"UTF-8\""));
    }
    let token = format!("Bearer {}", hearth.project.token);
    refused(&ask(&hearth, "overview", Some(&token)), 401, "invalid_credentials");
    // Hearth's own API knows tokens only.
    let own = Request::get(format!("/api/v1/projects/{}/traffic", hearth.project.id));
    hearth.send(&own.header("authorization", basic("admin", "pass:wörd"))).refused(401, "missing_read_token");
}

#[test]
fn ten_wrong_passwords_are_enough() {
    let hearth = with_a_user(&ACCOUNT);
    for attempt in ["x", "", "pass", "Basic", "pass:word"] {
        refused(&ask(&hearth, "config", Some(&basic("admin", attempt))), 401, "invalid_credentials");
    }
    refused(&ask(&hearth, "config", Some("Basic")), 401, "missing_credentials");
    for field in ["Basic !", "basic YWRtaW4=", "Basic //8=", "bAsIc OjpAOg=="] {
        refused(&ask(&hearth, "config", Some(field)), 401, "invalid_credentials");
    }
    refused(&ask(&hearth, "config", Some(&basic("x", "y"))), 401, "invalid_credentials");
    let answer = ask(&hearth, "config", Some(&basic("admin", "pass:wörd")));
    refused(&answer, 429, "too_many_attempts");
    assert_eq!(answer.header("retry-after"), Some("60"));
    hearth.clock.advance_ms(60_001);
    ask(&hearth, "config", Some(&basic("admin", "pass:wörd"))).ok();
}

#[test]
fn without_a_password_read_tokens_decide() {
    let hearth = with_a_user(&[]);
    let other = hearth.add_project("other");
    for question in QUESTIONS {
        ask(&hearth, question, Some(&format!("Bearer {}", hearth.project.token))).ok();
        let mark = if question.contains('?') { '&' } else { '?' };
        ask(&hearth, &format!("{question}{mark}token={}", hearth.project.token), None).ok();
        let missing = ask(&hearth, question, None);
        refused(&missing, 401, "missing_read_token");
        assert_eq!(missing.header("www-authenticate"), Some("Bearer realm=\"Hearth\""));
        refused(&ask(&hearth, question, Some("Bearer hr_x")), 401, "invalid_read_token");
        refused(&ask(&hearth, question, Some(&basic("admin", "x"))), 401, "missing_read_token");
    }
    let theirs = ask(&hearth, "overview", Some(&format!("Bearer {}", other.token))).ok();
    assert_eq!(theirs.json()["totalRequests"], 0, "a token opens its own project");
    let open = Hearth::with(&["heat.open_reads=true"]);
    ask(&open, "overview", None).ok();
}

#[test]
fn the_project_of_the_configuration_may_be_named() {
    let mut hearth = Hearth::with(&ACCOUNT);
    let other = hearth.add_project("Shop");
    let mut theirs = request(&hearth, "GET", "/theirs", 200, 1);
    theirs.project = row_id(&hearth, &other);
    store(&hearth, vec![theirs, request(&hearth, "GET", "/mine", 200, 1), request(&hearth, "GET", "/mine", 200, 1)]);
    let count = |hearth: &Hearth| {
        let body = ask(hearth, "overview", Some(&basic("admin", "pass:wörd"))).ok().json();
        body["totalRequests"].as_u64().unwrap()
    };
    assert_eq!(count(&hearth), 2, "the oldest");
    hearth.restart_with(|config| config.traffic.project = "Shop".to_owned());
    assert_eq!(count(&hearth), 1);
    hearth.restart_with(|config| config.traffic.project = other.id.clone());
    assert_eq!(count(&hearth), 1);
}

#[test]
fn the_dashboard_may_be_elsewhere_or_nowhere() {
    let hearth = with_a_user(&["traffic.dashboard.mount_path=/ops/traffic"]);
    hearth.get("/ops/traffic/api/users/u").ok();
    assert_eq!(hearth.get("/traffic-dashboard/api/overview").status, 404);
    let document = hearth.get("/api/openapi.json").ok().json();
    assert!(document["paths"]["/ops/traffic/api/users/{userId}"]["get"].is_object());
    let hearth = with_a_user(&["traffic.dashboard.enabled=false"]);
    assert_eq!(hearth.get("/traffic-dashboard/api/overview").status, 404);
    let document = hearth.get("/api/openapi.json").ok().json();
    assert!(document["paths"]["/traffic-dashboard/api/overview"].is_null());
}

#[test]
fn the_configuration_tells_how_to_learn_of_requests() {
    let token = |hearth: &Hearth| format!("Bearer {}", hearth.project.token);
    let config = |settings: &[&str]| {
        let hearth = Hearth::with(settings);
        ask(&hearth, "config", Some(&token(&hearth))).ok().json()
    };
    assert_eq!(config(&[]), json!({"liveMode": "poll", "pollIntervalMs": 2_000}));
    assert_eq!(
        config(&["traffic.dashboard.live_mode=socket", "traffic.dashboard.poll_interval=500ms"]),
        json!({
            "liveMode": "socket", "pollIntervalMs": 500,
            "socket": {"path": "/traffic-dashboard/socket.io", "transports": ["polling", "websocket"]}
        })
    );
    let hearth = Hearth::with(&["traffic.dashboard.live_mode=socket-cluster", "traffic.dashboard.mount_path=/t"]);
    let cluster = hearth.get("/t/api/config").ok().json();
    assert_eq!(cluster["liveMode"], "socket-cluster");
    assert_eq!(cluster["socket"], json!({"path": "/t/socket.io", "transports": ["websocket"]}));
}

#[test]
fn head_answers_as_get_does_without_a_body() {
    let hearth = with_a_user(&[]);
    let own = format!("/api/v1/projects/{}/traffic", hearth.project.id);
    let own = ["", "/timeline", "/routes", "/route?route=/", "/requests", "/requests/1", "/requests/open", "/users"]
        .into_iter()
        .chain(["/users/u", "/errors"])
        .map(|rest| format!("{own}{rest}"));
    let mounted = QUESTIONS.into_iter().map(|question| format!("/traffic-dashboard/api/{question}"));
    let mut connection = hearth.connect();
    for target in own.chain(mounted) {
        let head = connection.send(&Request::new("HEAD", target.clone()).bearer(&hearth.project.token));
        let get = connection.send(&Request::get(target.clone()).bearer(&hearth.project.token)).ok();
        assert_eq!((head.status, head.header("content-length")), (200, get.header("content-length")), "{target}");
        for answer in [&head, &get] {
            assert_eq!(answer.header("content-type"), Some("application/json"), "{target}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{target}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{target}");
        }
        assert_eq!(connection.send(&Request::new("HEAD", target)).status, 401);
    }
}

#[test]
fn what_is_not_there_is_told_in_json() {
    let hearth = with_a_user(&[]);
    let get = |rest: &str| hearth.get(format!("/traffic-dashboard/api/{rest}"));
    refused(&get("users/nobody"), 404, "user_not_found");
    refused(&get("users/%"), 404, "user_not_found");
    refused(&get("users/%ff"), 404, "user_not_found");
    refused(&get("nothing"), 404, "not_found");
    refused(&get("users/a/b"), 404, "not_found");
    refused(&hearth.send(&Request::new("POST", "/traffic-dashboard/api/overview")), 404, "not_found");
    for (query, parameter) in [
        ("overview?from=x", "from"),
        ("routes?sort=average_duration_ms", "sort"),
        ("routes?sort=password", "sort"),
        ("users?order=desc&order=asc", "order"),
        ("users?page=0", "page"),
        ("errors?limit=9999", "limit"),
    ] {
        let answer = get(query);
        refused(&answer, 400, "invalid_parameter");
        assert!(answer.json()["message"].as_str().unwrap().contains(parameter), "{query}");
    }
}

/// Every byte escaped.
fn percent_encoded(text: &str) -> String {
    let hex = text
        .bytes()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)]));
    let digits: Vec<_> = hex.collect();
    digits.chunks(2).flat_map(|pair| ['%', pair[0], pair[1]]).collect()
}

#[test]
fn hostile_text_comes_back_as_it_is_and_only_as_json() {
    let hearth = Hearth::start();
    let long = "x".repeat(2_000);
    let texts = [
        "</script><script>alert(1)</script>",
        "\u{0}\u{1}\u{1b}[31m\r\nSet-Cookie: a=b",
        "' OR 1=1 --",
        "%2e%2e%2f{userId}",
        "\u{202e}ünï\u{1F525}",
        "..",
        &long,
    ];
    for text in texts {
        let mut record = request(&hearth, "GET", text, 404, 1);
        record.original_url = format!("{text}?{text}").into();
        record.user = Some(user(text));
        record.session_id = Some(text.into());
        record.user_agent = Some(text.into());
        record.host = text.into();
        store(&hearth, vec![record]);
    }
    let mounted = |rest: &str| hearth.get(format!("/traffic-dashboard/api/{rest}")).ok();
    for (n, text) in texts.into_iter().enumerate() {
        let escaped = percent_encoded(text);
        let answer = mounted(&format!("users/{escaped}"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("set-cookie"), None);
        let body = answer.json();
        assert_eq!((&body["user"]["userId"], &body["devices"][0]["userAgent"]), (&json!(text), &json!(text)));
        assert_eq!((&body["routes"][0]["route"], &body["sessions"][0]["sessionId"]), (&json!(text), &json!(text)));
        for (filter, name) in [("route", "route"), ("user", "user_id"), ("session", "session_id")] {
            let found = hearth.get_own(&format!("traffic/requests?{filter}={escaped}")).ok().json();
            let found = found["requests"].as_array().unwrap().clone();
            assert_eq!((found.len(), &found[0][name]), (1, &json!(text)));
            assert_eq!(found[0]["id"], n + 1);
        }
        let route = hearth.get_own(&format!("traffic/route?route={escaped}")).ok().json();
        assert_eq!((&route["requests"], &route["route"]), (&json!(1), &json!(text)));
    }
    assert_eq!(mounted("errors").json()["total"], texts.len());
    for (list, rest) in [("routes", "routes?sort=route"), ("users", "users?sort=userId")] {
        assert_eq!(mounted(rest).json()[list].as_array().unwrap().len(), texts.len());
    }
}

#[test]
fn every_question_has_a_name_of_its_own() {
    let document = Hearth::start().get("/api/openapi.json").ok().json();
    let paths = document["paths"].as_object().unwrap();
    let names: std::collections::BTreeSet<_> =
        paths.values().map(|item| item["get"]["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), paths.len());
    assert!(names.contains("get_api_v1_projects_project_traffic_requests_request"), "{names:?}");
}

#[test]
fn every_answer_has_the_fields_that_are_described() {
    let hearth = with_a_user(&[]);
    let document = hearth.get("/api/openapi.json").ok().json();
    let own = format!("/api/v1/projects/{}", hearth.project.id);
    let mut checked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if !path.contains("/traffic") || path.ends_with("/route") {
            continue;
        }
        let target = path.replace("/api/v1/projects/{project}", &own);
        let target = target.replace("{request}", "1").replace("{user}", "u").replace("{userId}", "u");
        let answer = hearth.get(target).ok().json();
        let content = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        fits(&document, content, &answer, path);
        checked += 1;
    }
    assert_eq!(checked, 18);
}

/// Whether a value has exactly the fields that a schema describes, as deep as there are any.
fn fits(document: &serde_json::Value, schema: &serde_json::Value, value: &serde_json::Value, place: &str) {
    let mut fields = serde_json::Map::new();
    gather(document, schema, &mut fields);
    if let Some(object) = value.as_object().filter(|_| !fields.is_empty()) {
        for (name, value) in object {
            let schema = fields.get(name).unwrap_or_else(|| panic!("{place}: {name} is not described"));
            fits(document, schema, value, &format!("{place}.{name}"));
        }
        for name in fields.keys() {
            // Only this one is left out rather than null.
            assert!(object.contains_key(name) || name == "socket", "{place}: {name} is missing");
        }
    }
    if let Some(first) = value.as_array().and_then(|entries| entries.first()) {
        fits(document, &schema["items"], first, &format!("{place}[]"));
    }
}

/// The fields of a schema, through references and flattened parts.
fn gather(
    document: &serde_json::Value,
    schema: &serde_json::Value,
    fields: &mut serde_json::Map<String, serde_json::Value>,
) {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        gather(document, &document["components"]["schemas"][name], fields);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        gather(document, part, fields);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        fields.insert(name.clone(), field.clone());
    }
}
