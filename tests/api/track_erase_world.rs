//! Persons that all three protocols know, for the tests of erasing.

use hearth::domain::traffic::{TrafficRecord, TrafficUser};
use serde_json::{Value, json};

use crate::client::Request;
use crate::installation::{Hearth, Project};
use crate::payload::{batch, click_at, event, movement, with};
use crate::track_payload::{keyed, post};
use crate::traffic_model::{request, row_id, store};

/// Stands in everything that only the first person has said; nothing of it may remain.
pub const MARK: &str = "zqx";

/// When the events of the tests happen, `minute` minutes after 09:00.
pub fn at(minute: u32) -> String {
    format!("2026-11-20T09:{minute:02}:00.000Z")
}

/// An event of a server or an app.
pub fn said(name: &str, id: &str, minute: u32, who: &Value, properties: &Value) -> Value {
    let body = json!({
        "event": name, "eventId": id, "properties": properties, "timestamp": at(minute),
        "context": {"library": "@datalyr/api", "version": "1.3.1", "source": "api"},
    });
    with(body, who)
}

/// A browser's event.
fn browsed(hearth: &Hearth, name: &str, id: &str, minute: u32, who: &Value, data: &Value) -> Value {
    let body = json!({
        "workspace_id": hearth.workspace(), "event_id": id, "event_name": name, "event_data": data, "source": "web",
        "timestamp": at(minute), "sdk_name": "datalyr-web-sdk", "user_id": null,
    });
    with(body, who)
}

/// Sends a body with the first project's key.
pub fn send(hearth: &Hearth, body: &Value) {
    hearth.send(&keyed("/track", &hearth.project.key, body)).ok();
}

/// Tells everything about a person, by all three protocols. `n` tells persons apart, `mark` is in all of their texts.
pub fn tell(hearth: &Hearth, mark: &str, n: u32) {
    tell_alone(hearth, mark, n);
    share_machine(hearth, mark, i64::from(n));
}

/// The same without the machine that all persons use.
pub fn tell_alone(hearth: &Hearth, mark: &str, n: u32) {
    let user = format!("{mark}_user");
    let visitor = format!("anon_{mark}-1");
    let browser = json!({"visitor_id": visitor, "anonymous_id": visitor, "session_id": format!("sess_{mark}")});
    let landing = json!({
        "url": format!("https://shop.example/?utm_source=s{n}&{mark}"), "utm_source": "spring", "utm_campaign": format!("c-{n}"),
        "fbclid": format!("F-{mark}"), "source": "facebook",
    });
    let events = [
        browsed(hearth, "pageview", &format!("{mark}-1"), n, &browser, &landing),
        browsed(hearth, "pageview", &format!("{mark}-2"), n + 1, &browser, &json!({"path": "/a"})),
        browsed(
            hearth,
            "$app_download_click",
            &format!("{mark}-3"),
            n + 2,
            &browser,
            &json!({"target_platform": "ios"}),
        ),
    ];
    hearth.send(&post("/", &json!({"events": events, "batchId": "b", "timestamp": "2026-11-20T10:00:00.000Z"}))).ok();
    let traits = json!({"email": format!("{mark}@mail.example"), "first_name": format!("Jane {mark}"), "plan": "pro"});
    send(
        hearth,
        &said("$identify", &format!("{mark}-4"), n + 3, &json!({"userId": user, "anonymousId": visitor}), &traits),
    );
    let old = format!("{mark}_old");
    let alias = json!({"userId": user, "previousId": old});
    send(hearth, &said("$alias", &format!("{mark}-5"), n + 4, &json!({"userId": user}), &alias));
    let purchase = json!({"value": 10 + n, "currency": "EUR", "order": format!("o-{mark}")});
    send(hearth, &said("purchase", &format!("{mark}-6"), n + 5, &json!({"userId": user}), &purchase));
    let bound = json!({"external_ids": {"revenuecat": format!("rc-{mark}")}, "provider_namespace": "revenuecat"});
    send(hearth, &said("$provider_identity_bound", &format!("{mark}-7"), n + 6, &json!({"userId": user}), &bound));
    let paired = json!({"stripe_session_id": format!("cs_test_{mark}")});
    send(hearth, &said("$stripe_checkout_session", &format!("{mark}-8"), n + 7, &json!({"userId": user}), &paired));
    let nameless = browsed(hearth, "", &format!("{mark}-9"), n + 8, &browser, &json!({}));
    let fine = browsed(hearth, "scrolled", &format!("{mark}-10"), n + 8, &browser, &json!({}));
    hearth.send(&post("/", &json!({"events": [fine, nameless], "batchId": "c"}))).ok();
    tell_heat(hearth, mark, i64::from(n));
    tell_requests(hearth, mark);
}

fn tell_heat(hearth: &Hearth, mark: &str, n: i64) {
    let user = json!({"user": {"id": format!("{mark}_user"), "traits": {"name": format!("Jane {mark}")}}});
    let session = format!("heat-{mark}");
    let points = [(5 * n, 6, 0), (7, 8 * n, 4_000_000), (9, 9, 4_000_010)];
    let known = [
        click_at(&format!("{mark}-c"), n, 10 * n, 20),
        movement(&format!("{mark}-m"), 3 * n, &points),
        event("scroll", &format!("{mark}-s"), 4 * n, &json!({"scrollY": 640.25, "scrollDepthPct": 10.0 * 3.0})),
        event("custom", &format!("{mark}-u"), 5 * n, &json!({"name": "added", "props": {"who": mark}})),
    ];
    hearth.ingest(&batch(&session, &[click_at(&format!("{mark}-b"), 0, 3, 4)])).ok();
    hearth.ingest(&with(batch(&session, &known), &user)).ok();
}

/// A machine that all persons use, one after the other.
fn share_machine(hearth: &Hearth, mark: &str, n: i64) {
    let user = json!({"user": {"id": format!("{mark}_user"), "traits": {"name": format!("Jane {mark}")}}});
    let shared = [click_at(&format!("{mark}-x"), 100 + n, 30 * n, 30), click_at(&format!("{mark}-y"), 200 + n, 31, 31)];
    hearth.ingest(&with(batch("heat-shared", &shared), &user)).ok();
}

fn tell_requests(hearth: &Hearth, mark: &str) {
    let person = TrafficUser {
        id: format!("{mark}_user").into(),
        name: Some(format!("Jane {mark}").into()),
        email: Some(format!("{mark}@mail.example").into()),
    };
    let plain = |name: Option<&TrafficUser>, session: &str| TrafficRecord {
        user: name.cloned(),
        session_id: Some(session.into()),
        original_url: format!("/users/42?{mark}").into(),
        ip: Some(format!("192.0.2.{mark}").into()),
        referrer: Some(format!("https://{mark}.example/").into()),
        trace_id: Some([7; 16]),
        ..request(hearth, "GET", "/users/:id", 200, 1_000)
    };
    let own = format!("traffic-{mark}");
    let records = vec![plain(None, &own), plain(Some(&person), &own), plain(Some(&person), "traffic-shared")];
    store(hearth, records);
}

/// Lets the first project's token erase, as `hearth token create --may-erase` does.
pub fn let_erase(hearth: &Hearth) {
    assert!(hearth.file().execute("UPDATE read_token SET may_erase = 1", []).unwrap() > 0);
}

/// A request to erase one of the first project's persons.
pub fn erasing(hearth: &Hearth, project: &Project, person: &str) -> Request {
    Request::new("DELETE", format!("/api/v1/projects/{}/persons/{person}", hearth.project.id)).bearer(&project.token)
}

/// Bytes of the closed file and what lies beside it.
pub fn bytes_on_disk(hearth: &Hearth) -> Vec<u8> {
    let directory = hearth.config.storage.path.parent().unwrap();
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    files.flat_map(|path| std::fs::read(path).unwrap()).collect()
}

/// How often a text is in bytes.
pub fn count(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).filter(|window| window.eq_ignore_ascii_case(text.as_bytes())).count()
}

/// How many requests of the first project name a user.
pub fn named_requests(hearth: &Hearth) -> i64 {
    let project = row_id(hearth, &hearth.project);
    let count = "SELECT COUNT(*) FROM traffic_request WHERE project_id = ?1 AND user_id IS NOT NULL";
    hearth.file().query_row(count, [project.0], |row| row.get(0)).unwrap()
}
