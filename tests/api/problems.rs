//! Errors of Hearth's own API are problem details with stable codes (RFC 9457).

use serde_json::json;

use crate::client::Request;
use crate::installation::Hearth;

#[test]
fn a_problem_tells_everything_a_program_needs() {
    let hearth = Hearth::start();
    let target = format!("/api/v1/projects/{}/events?limit=0", hearth.project.id);
    let answer = hearth.get(target);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    #[rustfmt::skip]
    assert_eq!(answer.json(), json!({
        "type": "urn:hearth:problem:invalid_parameter", "title": "A parameter is not valid", "status": 400,
        "code": "invalid_parameter", "detail": "The parameter limit has a value it may not have.",
        "instance": format!("/api/v1/projects/{}/events", hearth.project.id),
        "request_id": answer.header("x-request-id"),
    }));
}

#[test]
fn each_mistake_has_its_code() {
    let hearth = Hearth::start();
    let own = |rest: &str| format!("/api/v1/projects/{}/{rest}", hearth.project.id);
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (target, status, code) in [
        (own("events?limit=0"), 400, "invalid_parameter"),
        (own("events?limit=1001"), 400, "invalid_parameter"),
        (own("events?limit=1&limit=2"), 400, "invalid_parameter"),
        (own("events?type=Click"), 400, "invalid_parameter"),
        (own("events?from=yesterday"), 400, "invalid_parameter"),
        (own("events?from=2&to=1"), 400, "invalid_parameter"),
        (own("events?cursor=nonsense"), 400, "invalid_cursor"),
        (own("sessions?user_id=nobody"), 400, "invalid_parameter"),
        (own("sessions?limit=501"), 400, "invalid_parameter"),
        (own("sessions/none/timeline?limit=x"), 404, "session_not_found"),
        (own("totals?to=NaN"), 400, "invalid_parameter"),
        (own("sessions/none"), 404, "session_not_found"),
        (own("nothing"), 404, "not_found"),
        (format!("/api/v1/projects/{nobody}/totals"), 404, "project_not_found"),
        ("/api/v1/projects/nonsense/events".to_owned(), 404, "project_not_found"),
        ("/api/v1".to_owned(), 404, "not_found"),
    ] {
        let answer = hearth.get(target.clone());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{target}");
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{target}");
        assert_eq!(answer.json()["status"], status);
    }
    let wrong_method = Request::new("DELETE", own("events")).bearer(&hearth.project.token);
    hearth.send(&wrong_method).refused(404, "not_found");
}

#[test]
fn refusals_of_the_heat_protocol_keep_its_shape() {
    let hearth = Hearth::start();
    let answer = hearth.get_heat("events?limit=0&offset=x").refused(400, "invalid_query");
    let body = answer.json();
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    let keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["code", "details", "error", "message", "requestId"]);
    assert_eq!(
        body["details"]["fieldErrors"],
        json!({
        "limit": ["Number must be greater than or equal to 1"], "offset": ["Expected number, received nan"]})
    );
    for (question, code) in [
        ("from=x", "invalid_from"),
        ("to=x", "invalid_to"),
        ("from=2&to=1", "invalid_time_range"),
        ("type=x", "invalid_query"),
    ] {
        hearth.get_heat(&format!("events?{question}")).refused(400, code);
        hearth.get_heat(&format!("heatmap?{question}")).refused(400, code);
    }
}
