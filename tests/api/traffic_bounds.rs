//! What a question looks at is bounded: lists say where they stopped, and counts are complete all the same.

use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::traffic_model::{request, store, user};

/// More than any question passes by.
const ROWS: i64 = 200_500;

/// An installation with many errors of one user, one a second, the last of them now. The older one is,
/// the longer it took.
fn with_many_errors() -> Hearth {
    let mut hearth = Hearth::start();
    let mut record = request(&hearth, "GET", "/busy", 404, 1);
    record.user = Some(user("u"));
    store(&hearth, vec![record]);
    hearth.stop();
    hearth
        .file()
        .execute(
            "INSERT INTO traffic_request
            SELECT
                value, project_id, created_at_ms - (?1 - value) * 1000, 0, 1 + ?1 - value, first_byte_us,
                upstream_us, status, is_slow, failure, protocol, method_id, route_id, host_id, user_agent_id, user_id,
                session_id, ip, url, referrer, trace_id, bytes_in, bytes_out, country
            FROM traffic_request, (
                WITH RECURSIVE number (value) AS (SELECT 2 UNION ALL SELECT value + 1 FROM number WHERE value < ?1)
                SELECT value FROM number
            )
            WHERE id = 1",
            [ROWS],
        )
        .unwrap();
    hearth.restart();
    // The rows came past the writer; once it has caught up, every sum has them.
    hearth.stop();
    hearth.restart();
    hearth
}

fn ask(hearth: &Hearth, rest: &str) -> Value {
    hearth.get_own(&format!("traffic{rest}")).ok().json()
}

#[test]
fn every_question_stops_somewhere_and_says_so() {
    let hearth = with_many_errors();
    assert_eq!(ask(&hearth, "")["requests"], ROWS);
    errors_are_sorted_as_far_as_they_are_read(&hearth);
    a_user_is_told_from_the_newest_requests(&hearth);
    a_search_goes_on_from_page_to_page(&hearth);
}

fn errors_are_sorted_as_far_as_they_are_read(hearth: &Hearth) {
    let errors = ask(hearth, "/errors?sort=duration_ms&limit=1");
    assert_eq!((&errors["total"], &errors["truncated"]), (&json!(ROWS), &json!(true)));
    // The two newest are the row that all are made of, and the last.
    let last_read = ROWS - 199_998;
    assert_eq!(errors["errors"][0]["id"], last_read, "the longest of the newest 200,000");
    assert_eq!(ask(hearth, &format!("/errors?sort=duration_ms&{}", last_hour()))["truncated"], false);
    let deepest = ask(hearth, "/errors?limit=1000&page=200");
    assert_eq!((&deepest["errors"][999]["id"], &deepest["truncated"]), (&json!(last_read), &json!(false)));
    hearth.get_own("traffic/errors?limit=1000&page=201").refused(400, "invalid_parameter");
}

fn a_user_is_told_from_the_newest_requests(hearth: &Hearth) {
    let detail = ask(hearth, "/users/u");
    assert_eq!((&detail["user"]["requests"], &detail["truncated"]), (&json!(ROWS), &json!(true)));
    assert_eq!(detail["routes"][0]["requests"], 50_000);
    assert_eq!(ask(hearth, &format!("/users/u?{}", last_hour()))["truncated"], false);
}

fn a_search_goes_on_from_page_to_page(hearth: &Hearth) {
    for filter in ["status=500", "status=200", "route=/busy&method=_OTHER", "user=u&slow=true"] {
        let (mut pages, mut cursor) = (0, String::new());
        loop {
            let page = ask(hearth, &format!("/requests?{filter}&cursor={cursor}"));
            assert_eq!(page["requests"], json!([]), "{filter}");
            pages += 1;
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(pages, 3, "{filter}: 100,000 rows each");
    }
    let oldest = ask(hearth, &format!("/requests?route=/busy&to={}", NOW_MS - (ROWS - 2) * 1_000));
    assert_eq!(oldest["requests"].as_array().unwrap().last().unwrap()["id"], 2, "found without reading the others");
}

fn last_hour() -> String {
    format!("from={}", NOW_MS - 3_600_000)
}
