//! Who reads the API and watches: cookies, share links, tokens that end.

use hearth::domain::role::Role;
use hearth::store::accounts::read_tokens::{self, NewReadToken};
use hearth::store::accounts::share_links;

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::payload::{NOW_MS, batch, click};
use crate::signing_in::{cookie_of, form, project_id};

const HOUR_MS: i64 = 60 * 60 * 1000;

fn with_cookie(hearth: &Hearth, path: &str, cookie: &str) -> Answer {
    hearth.send(&Request::get(path).header("cookie", cookie))
}

fn project_names(answer: Answer) -> Vec<String> {
    let list = answer.ok().json()["projects"].as_array().unwrap().clone();
    list.iter().map(|project| project["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_session_reads_the_projects_of_its_roles() {
    let hearth = Hearth::start();
    let [second, third] = ["Second", "Third"].map(|name| hearth.add_project(name));
    let admin = hearth.admin();
    let viewer = hearth.person("viewer", false, &[(&second.id, Role::Viewer), (&third.id, Role::Owner)]);
    let nobody = hearth.person("nobody", false, &[]);
    let names = |cookie: &str| project_names(with_cookie(&hearth, "/api/v1/projects", cookie));
    assert_eq!(names(&admin.cookie), ["Default", "Second", "Third"]);
    assert_eq!(names(&viewer.cookie), ["Second", "Third"]);
    assert_eq!(names(&nobody.cookie), [""; 0]);
    let totals =
        |project: &str, cookie: &str| with_cookie(&hearth, &format!("/api/v1/projects/{project}/totals"), cookie);
    totals(&second.id, &viewer.cookie).ok();
    totals(&hearth.project.id, &viewer.cookie).refused(404, "project_not_found");
    totals(&second.id, "hearth=made-up").refused(401, "missing_read_token");
    // Also in the protocol of heat-collector, where a session is looked for in all that may be read.
    let body = batch("s1", &[click("e1", NOW_MS)]);
    hearth.ingest_to(&hearth.project, &body);
    with_cookie(&hearth, "/api/sessions/s1", &admin.cookie).ok();
    assert_eq!(with_cookie(&hearth, "/api/sessions/s1", &viewer.cookie).status, 404);
    assert_eq!(with_cookie(&hearth, "/api/sessions/s1", &nobody.cookie).status, 404);
}

#[test]
fn cookies_read_for_pages_of_ours_only_and_never_erase() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let ask = |name: &str, value: &str| {
        hearth
            .send(&Request::get("/api/v1/projects").header("cookie", admin.cookie.as_str()).header(name, value))
            .status
    };
    assert_eq!(ask("sec-fetch-site", "same-origin"), 200);
    assert_eq!(ask("origin", "http://hearth.test"), 200);
    assert_eq!(ask("sec-fetch-site", "cross-site"), 401);
    assert_eq!(ask("origin", "https://evil.test"), 401);
    let path = format!("/api/v1/projects/{}/persons/user:1", hearth.project.id);
    let erase = hearth.send(&Request::new("DELETE", path).header("cookie", admin.cookie.as_str()));
    erase.refused(401, "missing_read_token");
}

#[test]
fn a_share_link_shows_one_project_until_it_ends() {
    let hearth = Hearth::start();
    hearth.admin();
    let other = hearth.add_project("Other");
    let link = hearth.share(&hearth.project.id, None, Some(NOW_MS + HOUR_MS));
    let cookie = hearth.open_share(&link);
    let page = format!("/p/{}", hearth.project.id);
    with_cookie(&hearth, &page, &cookie).ok();
    assert_eq!(with_cookie(&hearth, &format!("/p/{}", other.id), &cookie).status, 404);
    assert_eq!(with_cookie(&hearth, &format!("{page}/settings/sharing"), &cookie).status, 403);
    assert_eq!(project_names(with_cookie(&hearth, "/api/v1/projects", &cookie)), ["Default"]);
    hearth.clock.advance_ms(HOUR_MS);
    assert_eq!(with_cookie(&hearth, &page, &cookie).status, 303, "it has ended");
    assert_eq!(with_cookie(&hearth, &format!("/share/{link}"), "").status, 404);
    assert_eq!(with_cookie(&hearth, "/share/hs_made-up", "").status, 404);

    let link = hearth.share(&hearth.project.id, None, None);
    let cookie = hearth.open_share(&link);
    with_cookie(&hearth, &page, &cookie).ok();
    let sql = "SELECT MAX(id) FROM share_link";
    let id: i64 = hearth.file().query_row(sql, [], |row| row.get(0)).unwrap();
    let revoke = |file: &rusqlite::Transaction<'_>, now_ms| {
        Ok(share_links::revoke(file, project_id(file, &hearth.project.id), id, now_ms)?)
    };
    assert!(hearth.store().administer(revoke).unwrap());
    assert_eq!(with_cookie(&hearth, &page, &cookie).status, 303, "it is revoked");
    assert_eq!(with_cookie(&hearth, &format!("/share/{link}"), "").status, 404);
}

#[test]
fn a_share_link_may_have_a_password() {
    let hearth = Hearth::start();
    hearth.admin();
    let link = hearth.share(&hearth.project.id, Some("open sesame"), None);
    let path = format!("/share/{link}");
    let asked = hearth.send(&Request::get(path.as_str())).ok();
    assert_eq!(asked.header("set-cookie"), None);
    let answer = |password: &str| hearth.send(&form(path.as_str(), &[("password", password)]));
    assert_eq!((answer("wrong").status, answer("").status, answer(&"x".repeat(1_000)).status), (401, 401, 401));
    let opened = answer("open sesame");
    assert_eq!(opened.status, 303);
    with_cookie(&hearth, &format!("/p/{}", hearth.project.id), &cookie_of(&opened)).ok();
    assert_eq!((answer("wrong").status, answer("wrong").status), (401, 401));
    assert_eq!(answer("open sesame").status, 429);
}

#[test]
fn share_links_are_made_and_revoked_on_their_page() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let path = format!("/p/{}/settings/sharing", hearth.project.id);
    let made =
        hearth.post_as(&admin, format!("{path}/links"), &[("name", "<i>Bob"), ("expires", "7"), ("password", "")]);
    let page = made.ok().text();
    let url = page.split("<code>http://hearth.test/share/").nth(1).unwrap().split_once('<').unwrap().0.to_owned();
    assert!(!page.contains("<i>Bob"));
    let cookie = hearth.open_share(&url);
    with_cookie(&hearth, &format!("/p/{}", hearth.project.id), &cookie).ok();
    let page = hearth.page_as(&admin, path.as_str()).ok().text();
    assert!(!page.contains(&url), "shown once");
    let id: i64 = hearth.file().query_row("SELECT id FROM share_link", [], |row| row.get(0)).unwrap();
    let revoke = || hearth.post_as(&admin, format!("{path}/links/revoke"), &[("link", &id.to_string())]).status;
    assert_eq!((revoke(), revoke()), (303, 404));
    assert_eq!(with_cookie(&hearth, &format!("/p/{}", hearth.project.id), &cookie).status, 303);
    let wrong = hearth.post_as(&admin, format!("{path}/links"), &[("name", "x"), ("expires", "soon")]);
    assert_eq!(wrong.status, 400);
}

#[test]
fn nobody_gives_or_takes_a_role_above_the_own() {
    let hearth = Hearth::start();
    hearth.admin();
    let project = hearth.project.id.as_str();
    let lead = hearth.person("lead", false, &[(project, Role::Admin)]);
    hearth.person("owner", false, &[(project, Role::Owner)]);
    hearth.person("bob", false, &[]);
    let path = format!("/p/{project}/settings/sharing/members");
    let set = |name: &str, role: &str| hearth.post_as(&lead, path.as_str(), &[("name", name), ("role", role)]).status;
    assert_eq!(set("bob", "admin"), 303);
    assert_eq!(set("bob", "owner"), 403);
    assert_eq!(set("lead", "owner"), 403);
    assert_eq!(set("owner", "viewer"), 403);
    assert_eq!(set("owner", "none"), 403);
    assert_eq!(set("carol", "viewer"), 400);
    assert_eq!(set("bob", "king"), 400);
    assert_eq!(set("bob", "none"), 303);
    let sql = "SELECT group_concat(name || role, ' ') FROM (SELECT name, role FROM account_role JOIN account ON id = account_id ORDER BY name)";
    assert_eq!(hearth.file().query_row(sql, [], |row| row.get::<_, String>(0)).unwrap(), "lead2 owner3");
}

#[test]
fn tokens_are_made_for_own_projects_and_end() {
    let hearth = Hearth::start();
    hearth.admin();
    let other = hearth.add_project("Other");
    let lead = hearth.person("lead", false, &[(&hearth.project.id, Role::Admin), (&other.id, Role::Editor)]);
    let make = |project: &str, scope: &str, expires: &str| {
        let fields = [("name", "Report"), ("project", project), ("scope", scope), ("expires", expires)];
        hearth.post_as(&lead, "/account/tokens", &fields)
    };
    assert_eq!(make(&other.id, "read", "30").status, 400, "an editor makes no tokens");
    assert_eq!(make(&hearth.project.id, "erase", "30").status, 400, "only owners");
    assert_eq!(make(&hearth.project.id, "read", "0").status, 400);
    let page = make(&hearth.project.id, "read", "30").ok().text();
    let token = format!("hr_{}", page.split("<code>hr_").nth(1).unwrap().split_once('<').unwrap().0);
    let read = || hearth.send(&Request::get("/api/v1/projects").bearer(&token));
    read().ok();
    assert!(!hearth.page_as(&lead, "/account/tokens").ok().text().contains(&token), "shown once");
    hearth.clock.advance_ms(30 * 24 * HOUR_MS);
    read().refused(401, "expired_read_token");
    let heat = hearth.send(&Request::get("/api/metrics").bearer(&token));
    assert_eq!(heat.status, 401);
}

#[test]
fn a_token_is_revoked_by_those_who_may() {
    let hearth = Hearth::start();
    hearth.admin();
    let project = hearth.project.id.as_str();
    let make = |file: &rusqlite::Transaction<'_>, now_ms| {
        let project = project_id(file, project);
        let token = NewReadToken { project, name: "x", may_erase: false, expires_at_ms: None, created_by: None };
        read_tokens::create(file, &token, now_ms)
    };
    let token = hearth.store().administer(make).unwrap();
    let sql = "SELECT id FROM read_token WHERE name = 'x'";
    let id: i64 = hearth.file().query_row(sql, [], |row| row.get(0)).unwrap();
    let [viewer, lead] = [("viewer", Role::Viewer), ("lead", Role::Admin)]
        .map(|(name, role)| hearth.person(name, false, &[(project, role)]));
    let revoke = |person| hearth.post_as(person, "/account/tokens/revoke", &[("token", &id.to_string())]).status;
    assert_eq!(revoke(&viewer), 404);
    hearth.send(&Request::get("/api/v1/projects").bearer(&token)).ok();
    assert_eq!(revoke(&lead), 303);
    hearth.send(&Request::get("/api/v1/projects").bearer(&token)).refused(401, "invalid_read_token");
}

#[test]
fn a_websocket_opens_with_a_cookie_from_a_page_of_ours() {
    let hearth = Hearth::start();
    let viewer = hearth.person("viewer", false, &[(&hearth.project.id, Role::Viewer)]);
    hearth.admin();
    let other = hearth.add_project("Other");
    let open = |project: &str, origin: Option<&str>| {
        let request = Request::get(format!("/live?project={project}"))
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-protocol", "hearth.v1")
            .header("cookie", viewer.cookie.as_str());
        hearth.connect().send_for_head(&match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        })
    };
    assert_eq!(open(&hearth.project.id, Some("http://hearth.test")), 101);
    assert_eq!(open(&hearth.project.id, Some("https://evil.test")), 403);
    assert_eq!(open(&hearth.project.id, None), 401, "browsers send an Origin");
    assert_eq!(open(&other.id, Some("http://hearth.test")), 404);
    assert_eq!(open("", Some("http://hearth.test")), 400, "one project at a time");
}
