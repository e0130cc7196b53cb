//! Requests as Datalyr SDKs send them (datalyr.md 4), and the projects that take them.

use hearth::store::{registry, workspaces};
use serde_json::{Value, json};

use crate::client::{Answer, Request};
use crate::installation::{Hearth, Project};

/// Where the page of [`web`] is from.
pub const ORIGIN: &str = "http://127.0.0.1:8790";

/// One event of shape T.
pub fn track(id: &str) -> Value {
    json!({
        "event": "signup_completed", "eventId": id, "userId": "user_123", "anonymousId": "anon_9c54",
        "properties": {"plan": "pro", "secret_value": "do-not-echo-me"},
        "context": {"library": "@datalyr/api", "version": "1.3.1", "source": "api", "schema_version": 1},
        "timestamp": "2026-11-20T09:59:00.000Z",
    })
}

/// One event of shape R, of an app that names a workspace.
pub fn raw(id: &str, workspace: &str) -> Value {
    json!({
        "workspaceId": workspace, "visitorId": "0e5b7b3c-1c1e-4e55-8d2b-3d4a44f3a001", "anonymousId": "anon_7",
        "sessionId": "sess_1795168740000_a", "eventId": id, "eventName": "screen_opened", "eventData": {"screen": "home"},
        "source": "mobile_app", "timestamp": "2026-11-20T09:59:00.000Z",
    })
}

/// A batch of shape W with one event for each id.
pub fn web(workspace: &str, ids: &[&str]) -> Value {
    let event = |id: &&str| {
        json!({
            "workspace_id": workspace, "event_id": id, "event_name": "pageview", "event_data": {"path": "/landing"},
            "source": "web", "timestamp": "2026-11-20T09:59:00.000Z", "visitor_id": "anon_w", "anonymous_id": "anon_w",
            "distinct_id": "anon_w", "session_id": "sess_w", "user_id": null, "sdk_name": "datalyr-web-sdk",
        })
    };
    let events: Vec<_> = ids.iter().map(event).collect();
    json!({"events": events, "batchId": "b", "timestamp": "2026-11-20T10:00:00.000Z"})
}

/// A `POST` of JSON.
pub fn post(target: &str, body: &Value) -> Request {
    Request::new("POST", target).header("content-type", "application/json").body(body.to_string())
}

/// A `POST` with a key, as servers send it.
pub fn keyed(target: &str, key: &str, body: &Value) -> Request {
    post(target, body).header("x-api-key", key)
}

/// A batch that a page of `origin` posts.
pub fn paged(origin: &str, body: &Value) -> Request {
    post("/", body).header("origin", origin).header("x-batch-size", "1")
}

/// Asserts a refusal of these doors by its status and code, and that it is whole.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str) {
    let body = answer.json();
    assert_eq!((answer.status, &body["error"]["code"]), (status, &code.into()), "{}", answer.text());
    assert_eq!(body["success"], false);
    assert!(body["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
    assert_eq!(body["request_id"].as_str(), answer.header("x-request-id"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let wait: Option<u32> = answer.header("retry-after").map(|wait| wait.parse().unwrap());
    assert_eq!(wait.is_some_and(|wait| (1..=30).contains(&wait)), status == 429, "{wait:?}");
}

impl Hearth {
    /// The workspace id of the first project.
    pub fn workspace(&self) -> String {
        self.store().read(|file| Ok(registry::projects(file)?[0].workspace_id.clone().unwrap())).unwrap()
    }

    /// Names a project and lists the origins of its pages, as `hearth project set` does.
    pub fn set_workspace(&self, project: &Project, workspace: &str, origins: &[&str]) {
        let file = self.file();
        let id = registry::find_project_named(&file, &project.id).unwrap().unwrap();
        workspaces::set_workspace_id(&file, id, workspace).unwrap();
        workspaces::set_origins(&file, id, &origins.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    }

    /// How many app events a project has.
    pub fn count_events(&self, project: &Project) -> i64 {
        let file = self.file();
        let id = registry::find_project_named(&file, &project.id).unwrap().unwrap();
        let count = "SELECT COUNT(*) FROM track_event WHERE project_id = ?1";
        file.query_row(count, [id.0], |row| row.get(0)).unwrap()
    }
}
