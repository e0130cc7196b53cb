//! Two projects that use one session id stay apart (heat-collector.md D5).

use serde_json::json;

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{THEN_MS, batch, click, with};

#[test]
fn two_projects_with_one_session_id_stay_apart() {
    let hearth = Hearth::start();
    let (mine, theirs) = (hearth.project.clone(), hearth.add_project("other"));
    let seen = |ms: i64, user: &str| json!({"session": {"id": "same", "startedAt": THEN_MS, "lastSeenAt": THEN_MS + ms}, "user": {"id": user}});
    hearth.ingest_to(&mine, &with(batch("", &[click("a", 0), click("b", 1)]), &seen(1, "alice"))).ok();
    hearth.ingest_to(&theirs, &with(batch("", &[click("a", 0)]), &seen(999, "bob"))).ok();

    for (project, rows, last_seen, user) in [(&mine, 2, 1, "alice"), (&theirs, 1, 999, "bob")] {
        let get = |target: String| hearth.send(&Request::get(target).bearer(&project.token)).ok().json();
        let listed = get(format!("/api/projects/{}/sessions", project.id));
        assert_eq!(listed["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(listed["sessions"][0]["eventCount"], rows);
        let detail = get("/api/sessions/same".to_owned());
        assert_eq!(detail["session"]["projectId"], json!(project.id));
        assert_eq!(detail["session"]["lastSeenAt"], THEN_MS + last_seen);
        assert_eq!(detail["events"].as_array().unwrap().len(), rows);
        let own = get(format!("/api/v1/projects/{}/sessions/same", project.id));
        assert_eq!(own["user"]["external_id"], user);
        assert_eq!(get(format!("/api/projects/{}/heatmap", project.id))["meta"]["total"], rows);
    }
}

#[test]
fn who_may_read_everything_chooses_the_project() {
    let hearth = Hearth::with(&["heat.open_reads=true"]);
    let theirs = hearth.add_project("other");
    hearth.ingest_to(&theirs, &batch("same", &[click("a", 0)])).ok();
    hearth.ingest(&batch("same", &[click("a", 0), click("b", 0)])).ok();
    let rows = |target: &str| {
        let answer = hearth.send(&Request::get(target)).ok();
        (answer.header("x-session-found").unwrap().to_owned(), answer.json()["events"].as_array().unwrap().len())
    };
    assert_eq!(rows("/api/sessions/same"), ("1".to_owned(), 2), "the project that was made first");
    assert_eq!(rows(&format!("/api/sessions/same?projectId={}", theirs.id)), ("1".to_owned(), 1));
    assert_eq!(rows("/api/sessions/same?projectId=nonsense"), ("0".to_owned(), 0));
}
