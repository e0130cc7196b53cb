//! Methods and paths of heat-collector's routes (heat-collector.md 1, 2).

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{batch, click};

#[test]
fn head_answers_as_get_does_without_a_body() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    let id = &hearth.project.id;
    let mut connection = hearth.connect();
    for target in [
        format!("/api/projects/{id}/heatmap"),
        format!("/api/projects/{id}/events"),
        format!("/api/projects/{id}/sessions"),
        "/api/sessions/s".to_owned(),
        "/api/metrics".to_owned(),
    ] {
        let head = connection.send(&Request::new("HEAD", target.clone()).bearer(&hearth.project.token));
        assert_eq!(
            (head.status, head.header("content-type")),
            (200, Some("application/json; charset=utf-8")),
            "{target}"
        );
        // On the same connection: a body that should not be there would be read as the next answer.
        let get = connection.send(&Request::get(target.clone()).bearer(&hearth.project.token)).ok();
        assert_eq!(get.header("x-total-count"), head.header("x-total-count"), "{target}");
        assert_eq!(connection.send(&Request::new("HEAD", target)).status, 401);
    }
}

#[test]
fn options_tells_what_is_allowed() {
    let hearth = Hearth::start();
    for (target, allow) in [
        ("/ingest", "POST"),
        ("/api/projects/x/heatmap", "GET,HEAD"),
        ("/api/projects/x/events", "GET,HEAD"),
        ("/api/projects/x/sessions", "GET,HEAD"),
        ("/api/sessions/x", "GET,HEAD"),
        ("/api/metrics", "GET,HEAD"),
    ] {
        let answer = hearth.send(&Request::new("OPTIONS", target)).ok();
        assert_eq!(answer.header("allow"), Some(allow), "{target}");
    }
}

#[test]
fn letter_case_and_one_trailing_slash_do_not_matter() {
    let hearth = Hearth::start();
    let sent = batch("s", &[click("a", 0)]).to_string();
    for target in ["/INGEST", "/ingest/", "/Ingest/"] {
        let request = Request::new("POST", target).header("content-type", "application/json");
        hearth.send(&request.header("x-project-key", &hearth.project.key).body(sent.clone())).ok();
    }
    hearth.get(format!("/API/Projects/{}/EVENTS/", hearth.project.id)).ok();
    hearth.get("/api/SESSIONS/s/").ok();
    for (method, target) in [
        ("GET", "/ingest"),
        ("POST", "/api/metrics"),
        ("GET", "/ingest//"),
        ("GET", "/api/projects//events"),
        ("PUT", "/x"),
    ] {
        let answer = hearth.send(&Request::new(method, target)).refused(404, "not_found");
        assert_eq!(answer.header("x-heat-collector"), Some("heat-collector"), "{method} {target}");
    }
}

#[test]
fn an_undecodable_path_is_refused_and_an_escaped_slash_is_part_of_the_id() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("a/b c", &[click("a", 0)])).ok();
    assert_eq!(hearth.get("/api/sessions/a%2Fb%20c").ok().header("x-session-found"), Some("1"));
    assert_eq!(hearth.get_own("sessions/a%2Fb%20c").ok().json()["session"]["id"], "a/b c");
    for target in ["/api/sessions/%zz", "/api/sessions/%ff", "/api/projects/%/events"] {
        hearth.get(target).refused(400, "invalid_path");
    }
}

#[test]
fn every_answer_has_an_id_of_its_own_that_nobody_can_choose() {
    let hearth = Hearth::start();
    let request = Request::get("/api/metrics").bearer(&hearth.project.token).header("x-request-id", "mine");
    let (first, second) = (hearth.send(&request).ok(), hearth.send(&request).ok());
    let id = first.header("x-request-id").unwrap();
    assert_eq!((id.len(), first.json()["requestId"].as_str()), (36, Some(id)));
    assert_ne!(second.header("x-request-id"), Some(id));
    assert_eq!(first.header("x-content-type-options"), Some("nosniff"));
    let refused = hearth.send(&Request::ingest("", "{}"));
    assert_eq!(refused.header("x-request-id"), refused.json()["requestId"].as_str());
}
