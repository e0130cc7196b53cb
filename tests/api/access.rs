//! Who may read what (heat-collector.md D3): a token opens one project and never shows another.

use hearth::store::registry::{self, Secret};

use crate::client::Request;
use crate::installation::{Hearth, Project};
use crate::payload::{NOW_MS, batch, event};

/// A text that only the other project has.
const SECRET: &str = "belongs-to-the-other-project";

/// An installation with the other project, which has one session.
fn two_projects() -> (Hearth, Project) {
    let hearth = Hearth::start();
    let other = hearth.add_project("other");
    let secret = event("custom", SECRET, 0, &serde_json::json!({"name": SECRET, "path": SECRET}));
    hearth.ingest_to(&other, &batch("theirs", &[secret])).ok();
    (hearth, other)
}

/// Every question about a project, by its id.
fn questions(project: &str) -> Vec<String> {
    let heat = ["heatmap?type=all", "events", "sessions"].map(|rest| format!("/api/projects/{project}/{rest}"));
    let own =
        ["totals", "events", "sessions", "sessions/theirs", "sessions/theirs/timeline", "export/all", "export/heat"]
            .map(|rest| format!("/api/v1/projects/{project}/{rest}"));
    let traffic = ["", "/timeline", "/routes", "/route?route=/", "/requests", "/requests/open", "/users", "/errors"]
        .map(|rest| format!("/api/v1/projects/{project}/traffic{rest}"));
    heat.into_iter().chain(own).chain(traffic).collect()
}

/// Questions that name no project.
const GENERAL: [&str; 4] = ["/api/sessions/theirs", "/api/metrics", "/api/v1/status", "/api/v1/projects"];

#[test]
fn a_token_shows_nothing_of_another_project() {
    let (hearth, other) = two_projects();
    let mine = hearth.project.clone();
    for target in questions(&other.id) {
        hearth.get(target).refused(404, "project_not_found");
    }
    for target in [
        "/api/sessions/theirs".to_owned(),
        format!("/api/sessions/theirs?projectId={}", other.id),
        format!("/api/sessions/theirs?projectId={}", mine.id),
        format!("/api/v1/projects/{}/sessions/theirs", mine.id),
        format!("/api/v1/projects/{}/sessions/theirs/timeline", mine.id),
    ] {
        hearth.get(target).refused(404, "session_not_found");
    }
    for target in questions(&mine.id).into_iter().chain(GENERAL.map(str::to_owned)) {
        let answer = hearth.get(target.clone());
        assert!(!answer.text().contains(SECRET), "{target}: {}", answer.text());
        assert!(answer.header("x-hearth-total").is_none_or(|total| total == "0"), "{target}");
        assert!(answer.header("x-result-count").is_none_or(|total| total == "0"), "{target}");
    }
    let projects = hearth.get("/api/v1/projects").ok().json();
    assert_eq!((projects["projects"].as_array().unwrap().len(), &projects["projects"][0]["id"]), (1, &mine.id.into()));
}

#[test]
fn the_projects_own_token_shows_it() {
    let (hearth, other) = two_projects();
    for target in questions(&other.id).into_iter().chain([format!("/api/sessions/theirs?projectId={}", other.id)]) {
        let by_header = hearth.send(&Request::get(target.clone()).bearer(&other.token)).ok();
        let mark = if target.contains('?') { '&' } else { '?' };
        let by_parameter = hearth.send(&Request::get(format!("{target}{mark}token={}", other.token))).ok();
        assert_eq!(by_header.text(), by_parameter.text(), "{target}");
        let is_about_events =
            ["events", "timeline", "/api/sessions", "export"].iter().any(|part| target.contains(part));
        let is_about_heat = !target.contains("/traffic") && (is_about_events || target.contains("sessions"));
        assert_eq!(by_header.text().contains(SECRET), is_about_heat, "{target}");
    }
}

#[test]
fn without_a_valid_token_nothing_is_told() {
    let (hearth, other) = two_projects();
    let long = "x".repeat(5_000);
    for target in questions(&other.id).into_iter().chain(GENERAL.map(str::to_owned)) {
        let get = || Request::get(target.clone());
        hearth.send(&get()).refused(401, "missing_read_token");
        hearth.send(&get().header("authorization", "Basic eDp5")).refused(401, "missing_read_token");
        for token in ["hr_0000000000000000000000000000000000000000", "x", &other.key, &long] {
            hearth.send(&get().bearer(token)).refused(401, "invalid_read_token");
        }
    }
}

#[test]
fn a_project_that_does_not_exist_is_told_like_one_that_may_not_be_read() {
    let (hearth, other) = two_projects();
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (theirs, nobodys) in questions(&other.id).into_iter().zip(questions(nobody)) {
        let (theirs, nobodys) = (hearth.get(theirs), hearth.get(nobodys));
        assert_eq!((theirs.status, theirs.code()), (nobodys.status, nobodys.code()));
    }
}

#[test]
fn a_revoked_token_is_refused_at_once() {
    let hearth = Hearth::start();
    hearth.get("/api/v1/projects").ok();
    let revoked = registry::revoke_secrets(&hearth.file(), Secret::ReadToken, &hearth.project.token[..8], NOW_MS);
    assert_eq!(revoked.unwrap(), 1);
    hearth.get("/api/v1/projects").refused(401, "invalid_read_token");
    hearth.get_heat("events").refused(401, "invalid_read_token");
}

#[test]
fn open_reads_need_no_token() {
    let hearth = Hearth::with(&["heat.open_reads=true"]);
    hearth.ingest(&batch("theirs", &[event("keyboard", "k", 0, &serde_json::json!({"category": "other"}))])).ok();
    for target in questions(&hearth.project.id).into_iter().chain(GENERAL.map(str::to_owned)) {
        hearth.send(&Request::get(target)).ok();
    }
    // What does not exist is empty, as in the original.
    let nobody = hearth.send(&Request::get("/api/projects/nobody/events")).ok();
    assert_eq!(nobody.header("x-hearth-total"), Some("0"));
    assert_eq!(hearth.send(&Request::get("/api/sessions/nobody")).ok().header("x-session-found"), Some("0"));
}

#[test]
fn what_tells_nothing_needs_no_token() {
    let hearth = Hearth::start();
    for target in ["/healthz", "/readyz", "/api/openapi.json"] {
        hearth.send(&Request::get(target)).ok();
    }
    let page = hearth.send(&Request::get("/").header("accept", "text/html"));
    assert_eq!(page.status, 403, "there is only the set-up yet");
    assert!(page.header("content-security-policy").is_some());
}
