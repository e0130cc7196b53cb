//! Whose events they are (datalyr.md 2; cases 3 to 9, 35).

use hearth::store::registry::{self, Secret};
use serde_json::json;

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::track_payload::{ORIGIN, keyed, paged, post, raw, refused, track, web};

#[test]
fn a_key_is_needed_and_must_be_known() {
    let hearth = Hearth::start();
    refused(&hearth.send(&post("/track", &track("a"))), 401, "missing_key");
    refused(&hearth.send(&keyed("/track", "", &track("a"))), 401, "missing_key");
    refused(&hearth.send(&keyed("/track", "dk_wrong", &track("a"))), 401, "unknown_key");
    refused(&hearth.send(&post("/track", &track("a")).bearer("dk_wrong")), 401, "unknown_key");
    refused(&hearth.send(&keyed("/track", &hearth.project.token, &track("a"))), 401, "unknown_key");
    assert_eq!(hearth.count_rows("track_event"), 0);
    let status = hearth.get("/api/v1/status").ok().json();
    assert_eq!((&status["refusals"]["missing_key"], &status["refusals"]["unknown_key"]), (&2.into(), &3.into()));
}

#[test]
fn every_header_that_sdks_use_carries_it_and_the_first_counts() {
    let hearth = Hearth::start();
    let other = hearth.add_project("other");
    let key = hearth.project.key.as_str();
    hearth.send(&post("/track", &track("a")).bearer(key)).ok();
    hearth.send(&post("/track", &track("b")).header("x-datalyr-api-key", key)).ok();
    hearth.send(&keyed("/track", key, &track("c"))).ok();
    let all = keyed("/track", key, &track("d")).header("x-datalyr-api-key", &other.key).bearer(&other.key);
    hearth.send(&all).ok();
    let wrong_first = keyed("/track", "dk_wrong", &track("e")).bearer(key);
    refused(&hearth.send(&wrong_first), 401, "unknown_key");
    let second = post("/track", &track("f")).header("x-datalyr-api-key", &other.key).bearer(key);
    hearth.send(&second).ok();
    assert_eq!((hearth.count_events(&hearth.project), hearth.count_events(&other)), (4, 1));
}

#[test]
fn a_key_wins_over_what_the_body_names() {
    let hearth = Hearth::start();
    let other = hearth.add_project("other");
    hearth.set_workspace(&other, "ws_2", &["https://shop.example"]);
    let key = hearth.project.key.as_str();
    hearth.send(&keyed("/track", key, &raw("r", "ws_2"))).ok();
    hearth.send(&keyed("/track", key, &raw("p", "mobile_sdk")).bearer(key).header("x-datalyr-api-key", key)).ok();
    // The key's project decides, also about the origin.
    hearth.send(&keyed("/", key, &web("ws_2", &["w"])).header("origin", "https://evil.example")).ok();
    assert_eq!((hearth.count_events(&hearth.project), hearth.count_events(&other)), (3, 0));
}

#[test]
fn one_id_in_two_projects_is_two_events() {
    let hearth = Hearth::start();
    let other = hearth.add_project("other");
    for project in [&hearth.project, &other] {
        assert_eq!(hearth.send(&keyed("/track", &project.key, &track("same"))).ok().json(), json!({"success": true}));
    }
    assert_eq!((hearth.count_events(&hearth.project), hearth.count_events(&other)), (1, 1));
}

#[test]
fn an_app_without_a_key_shows_its_workspace_instead() {
    let hearth = Hearth::start();
    let workspace = hearth.workspace();
    hearth.send(&post("/track", &raw("a", "mobile_sdk")).bearer(&workspace)).ok();
    hearth.send(&post("/api/ingest", &raw("b", &workspace))).ok();
    assert_eq!(hearth.count_events(&hearth.project), 2);
    refused(&hearth.send(&post("/track", &track("c")).bearer(&workspace)), 401, "unknown_key");
    refused(&hearth.send(&keyed("/track", &workspace, &raw("d", &workspace))), 401, "unknown_key");
    refused(&hearth.send(&post("/track", &raw("e", &workspace)).bearer("dk_wrong")), 401, "unknown_key");
    refused(&hearth.send(&post("/track", &raw("f", "mobile_sdk"))), 401, "unknown_workspace");
    hearth.set_workspace(&hearth.project, "ws_new", &[ORIGIN]);
    hearth.clock.advance_ms(5_000);
    let app = post("/track", &raw("g", "mobile_sdk")).bearer("ws_new");
    hearth.send(&app).ok();
    refused(&hearth.send(&app.header("origin", "https://evil.example")), 403, "origin_not_allowed");
    assert_eq!(hearth.count_events(&hearth.project), 3);
}

#[test]
fn a_page_names_its_workspace_or_the_projects_id() {
    let hearth = Hearth::start();
    for (id, workspace) in [("a", hearth.workspace()), ("b", hearth.project.id.clone())] {
        hearth.send(&paged(ORIGIN, &web(&workspace, &[id]))).ok();
    }
    assert_eq!(hearth.count_events(&hearth.project), 2);
    for unknown in ["ws_nobody", "", "ws 1", &"x".repeat(200), "00000000-0000-4000-8000-000000000000"] {
        let answer = hearth.send(&paged(ORIGIN, &web(unknown, &["c"])));
        refused(&answer, 401, "unknown_workspace");
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    }
    assert_eq!(hearth.count_rows("track_event"), 2);
    // Web 1.0 spells it in another way.
    let mut batch = web("x", &["d"]);
    batch["events"][0].as_object_mut().unwrap().remove("workspace_id");
    batch["events"][0]["workspaceId"] = json!(hearth.workspace());
    hearth.send(&paged(ORIGIN, &batch)).ok();
    assert_eq!(hearth.count_events(&hearth.project), 3);
}

#[test]
fn only_pages_of_listed_origins_send_if_there_is_a_list() {
    let hearth = Hearth::start();
    let open = hearth.add_project("open");
    hearth.set_workspace(&hearth.project, "ws_1", &[ORIGIN, "https://*.shop.example"]);
    hearth.set_workspace(&open, "ws_2", &[]);
    for (n, origin) in [ORIGIN, "https://www.shop.example", "https://a.b.shop.example:443"].into_iter().enumerate() {
        hearth.send(&paged(origin, &web("ws_1", &[&format!("l{n}")]))).ok();
    }
    let foreign = [
        "https://evil.example",
        "https://shop.example",
        "http://www.shop.example",
        "https://evilshop.example",
        "https://www.shop.example.evil.example",
        "http://127.0.0.1:8791",
        "https://127.0.0.1:8790",
        "http://localhost:8790",
        "null",
        "",
    ];
    for (n, origin) in foreign.into_iter().enumerate() {
        let answer = hearth.send(&paged(origin, &web("ws_1", &["x"])));
        refused(&answer, 403, "origin_not_allowed");
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        hearth.send(&paged(origin, &web("ws_2", &[&format!("o{n}")]))).ok();
    }
    refused(&hearth.send(&post("/", &web("ws_1", &["x"]))), 403, "origin_not_allowed");
    hearth.send(&post("/", &web("ws_2", &["no origin"]))).ok();
    assert_eq!(hearth.count_events(&hearth.project), 3);
    assert_eq!(hearth.count_events(&open), i64::try_from(foreign.len()).unwrap() + 1);
}

#[test]
fn what_commands_change_counts_when_the_memory_of_it_ends() {
    let hearth = Hearth::start();
    let workspace = hearth.workspace();
    let send = |workspace: &str, id: &str| hearth.send(&paged(ORIGIN, &web(workspace, &[id]))).status;
    assert_eq!((send(&workspace, "a"), send("ws_new", "b")), (200, 401));
    hearth.set_workspace(&hearth.project, "ws_new", &[ORIGIN]);
    hearth.clock.advance_ms(1_000);
    assert_eq!((send(&workspace, "c"), send("ws_new", "d")), (200, 200));
    hearth.clock.advance_ms(4_000);
    assert_eq!((send(&workspace, "e"), send("ws_new", "f")), (401, 200));
    hearth.set_workspace(&hearth.project, "ws_new", &["https://shop.example"]);
    hearth.clock.advance_ms(5_000);
    assert_eq!(send("ws_new", "g"), 403);

    let key = hearth.project.key.as_str();
    hearth.send(&keyed("/track", key, &track("k"))).ok();
    registry::revoke_secrets(&hearth.file(), Secret::ProjectKey, &key[..8], NOW_MS).unwrap();
    hearth.clock.advance_ms(5_000);
    refused(&hearth.send(&keyed("/track", key, &track("l"))), 401, "unknown_key");
}

#[test]
fn every_key_opens_every_door() {
    let hearth = Hearth::start();
    let file = hearth.file();
    let project = registry::find_project_named(&file, &hearth.project.id).unwrap().unwrap();
    let made =
        registry::create_marked_secret(&file, Secret::ProjectKey, registry::DATALYR_MARK, project, NOW_MS).unwrap();
    assert!(made.starts_with("dk_"));
    hearth.send(&keyed("/track", &made, &track("a"))).ok();
    let click = crate::payload::batch("s", &[crate::payload::click("a", 0)]);
    hearth.send(&Request::ingest(&made, click.to_string())).ok();
}

#[test]
fn projects_of_an_older_file_get_a_workspace_at_the_start() {
    let mut hearth = Hearth::start();
    hearth.file().execute_batch("UPDATE project SET workspace_id = NULL").unwrap();
    hearth.restart();
    let workspace = hearth.workspace();
    assert!(workspace.starts_with("ws_"), "{workspace}");
    hearth.restart();
    assert_eq!(hearth.workspace(), workspace);
    hearth.send(&paged(ORIGIN, &web(&workspace, &["a"]))).ok();
}
