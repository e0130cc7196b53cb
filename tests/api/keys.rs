//! Which project keys may send (heat-collector.md D4).

use hearth::store::registry::{self, Secret};
use serde_json::json;

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{NOW_MS, batch, click, with};

const TABLES: [&str; 6] = ["project", "project_key", "heat_user", "heat_session", "heat_event", "dictionary"];

#[test]
fn an_unknown_key_is_refused_and_creates_nothing() {
    let hearth = Hearth::start();
    let before = TABLES.map(|table| hearth.count_rows(table));
    let user = with(batch("s", &[click("a", 0)]), &json!({"user": {"id": "u"}}));
    let answer = hearth.send(&Request::ingest("nobody-knows-me", user.to_string()));
    assert_eq!(answer.header("x-ratelimit-limit"), None, "it came no further than the key");
    answer.refused(401, "unknown_project_key");
    assert_eq!(TABLES.map(|table| hearth.count_rows(table)), before);
}

#[test]
fn an_absent_or_blank_key_is_a_missing_one() {
    let hearth = Hearth::start();
    let request = Request::ingest("", batch("s", &[click("a", 0)]).to_string());
    hearth.send(&request).refused(401, "missing_project_key");
    hearth.send(&request.clone().header("x-project-key", "   ")).refused(401, "missing_project_key");
    hearth.send(&request.without("x-project-key")).refused(401, "missing_project_key");
}

#[test]
fn a_revoked_key_is_refused_when_the_memory_of_it_ends() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    registry::revoke_secrets(&hearth.file(), Secret::ProjectKey, &hearth.project.key[..8], NOW_MS).unwrap();
    hearth.clock.advance_ms(5_000);
    hearth.ingest(&batch("s", &[click("b", 1)])).refused(401, "unknown_project_key");
    assert_eq!(hearth.count_rows("heat_event"), 1);
}

#[test]
fn a_key_that_was_unknown_works_a_second_after_it_was_made() {
    let hearth = Hearth::start();
    let send = || hearth.send(&Request::ingest("my own key", batch("s", &[click("a", 0)]).to_string()));
    send().refused(401, "unknown_project_key");
    let (hash, prefix) = (registry::hash_secret("my own key"), registry::secret_prefix("my own key"));
    let project = hearth.store().read(|file| Ok(registry::projects(file)?[0].id)).unwrap();
    registry::add_secret(&hearth.file(), Secret::ProjectKey, project, &hash, &prefix, NOW_MS).unwrap();
    hearth.clock.advance_ms(1_000);
    send().ok();
}

#[test]
fn unknown_keys_make_projects_up_to_the_cap_if_that_is_wanted() {
    let hearth = Hearth::with(&["heat.auto_create_projects=true", "heat.max_projects=3"]);
    let send = |key: &str| hearth.send(&Request::ingest(key, batch("s", &[click("a", 0)]).to_string()));
    let first = send("first").ok().json()["projectId"].clone();
    let second = send("second").ok().json()["projectId"].clone();
    assert_ne!(first, second);
    assert_eq!(send("first").ok().json()["projectId"], first);
    send("third").refused(403, "project_limit");
    assert_eq!((hearth.count_rows("project"), hearth.count_rows("heat_session")), (3, 2));
    hearth.ingest(&batch("s", &[click("b", 0)])).ok();
}

#[test]
fn a_refused_batch_makes_no_project() {
    let hearth = Hearth::with(&["heat.auto_create_projects=true"]);
    hearth.send(&Request::ingest("new", "{}")).refused(400, "invalid_payload");
    assert_eq!(hearth.count_rows("project"), 1);
}

#[test]
fn a_revoked_key_does_not_come_back_as_a_project_of_its_own() {
    let hearth = Hearth::with(&["heat.auto_create_projects=true"]);
    registry::revoke_secrets(&hearth.file(), Secret::ProjectKey, &hearth.project.key[..8], NOW_MS).unwrap();
    hearth.ingest(&batch("s", &[click("a", 0)])).refused(401, "unknown_project_key");
    assert_eq!(hearth.count_rows("project"), 1);
}
