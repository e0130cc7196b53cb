//! The guard before every page: who is let in, who is sent to the sign-in, and what every answer says to browsers.

use hearth::domain::role::Role;

use crate::client::Request;
use crate::installation::Hearth;
use crate::signing_in::form;

#[test]
fn before_the_set_up_there_is_nothing_but_the_set_up() {
    let hearth = Hearth::start();
    for path in [format!("/p/{}", hearth.project.id), "/theme/dark".to_owned()] {
        let answer = hearth.send(&Request::get(path.as_str()));
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.text().contains("not_set_up"), "{path}");
    }
    // What is not for people goes on.
    hearth.get("/api/v1/projects").ok();
    hearth.send(&Request::get("/healthz")).ok();
}

#[test]
fn who_is_not_signed_in_is_sent_to_the_sign_in_and_back() {
    let hearth = Hearth::start();
    hearth.admin();
    let path = format!("/p/{}?period=7d&f=path:is:%2Fa", hearth.project.id);
    let answer = hearth.send(&Request::get(path.as_str()).header("accept", "text/html"));
    let next = format!("/login?next=%2Fp%2F{}%3Fperiod%3D7d%26f%3Dpath%3Ais%3A%252Fa", hearth.project.id);
    assert_eq!((answer.status, answer.header("location")), (303, Some(next.as_str())));
    let script = hearth.send(&Request::get(path.as_str()).header("accept", "application/json"));
    assert_eq!(script.status, 401);
}

#[test]
fn a_project_without_a_role_does_not_exist() {
    let hearth = Hearth::start();
    let other = hearth.add_project("Other");
    let viewer = hearth.person("viewer", false, &[(&hearth.project.id, Role::Viewer)]);
    hearth.admin();
    hearth.page_as(&viewer, format!("/p/{}", hearth.project.id)).ok();
    let foreign = hearth.page_as(&viewer, format!("/p/{}", other.id));
    let missing = hearth.page_as(&viewer, "/p/6c99614c-5951-4d33-9a17-aa82c5eb683d");
    assert_eq!((foreign.status, missing.status), (404, 404));
    assert_eq!(foreign.text(), missing.text(), "they cannot be told apart");
}

#[test]
fn every_answer_tells_the_browser_to_be_careful() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let pages =
        [format!("/p/{}", hearth.project.id), "/p/nothing".to_owned(), "/theme/dark".to_owned(), "/login".to_owned()];
    for path in &pages {
        let answer = hearth.page_as(&admin, path.as_str());
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
    }
}

#[test]
fn a_form_needs_its_token_and_a_page_of_ours() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let sent = |token: &str, headers: &[(&str, &str)]| {
        let request =
            form("/account/profile", &[("name", "Ada"), ("form_token", token)]).header("cookie", admin.cookie.clone());
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, *value));
        hearth.send(&request).status
    };
    let token = admin.form_token.as_str();
    assert_eq!(sent("", &[]), 403);
    assert_eq!(sent("x", &[]), 403);
    assert_eq!(sent(&hearth.admin().form_token, &[]), 403, "that of another session");
    assert_eq!(sent(token, &[("origin", "https://evil.test")]), 403);
    assert_eq!(sent(token, &[("origin", "null")]), 403);
    assert_eq!(sent(token, &[("sec-fetch-site", "cross-site")]), 403);
    assert_eq!(sent(token, &[("content-type", "text/plain")]), 403);
    assert_eq!(
        hearth.page_as(&admin, "/account/profile").text().matches("value=\"admin\"").count(),
        1,
        "nothing was changed"
    );
    assert_eq!(sent(token, &[("origin", "http://hearth.test"), ("sec-fetch-site", "same-origin")]), 303);
    let in_header = form("/account/profile", &[("name", "Ada")]).header("cookie", admin.cookie.clone());
    assert_eq!(hearth.send(&in_header.header("x-hearth-form-token", token)).status, 303);
    let foreign = form("/settings", &[]).header("origin", "https://evil.test");
    assert_eq!(hearth.send(&foreign).status, 403, "also where there is nothing");
}
