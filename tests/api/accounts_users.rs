//! Accounts as administrators of the installation change them.

use hearth::domain::role::Role;

use crate::installation::Hearth;
use crate::signing_in::form;

const PASSWORD: &str = "tuba-gletscher-07";

#[test]
fn an_administrator_adds_changes_and_locks_out() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let add = |name: &str, password: &str| {
        hearth.post_as(&admin, "/admin/users", &[("username", name), ("password", password)])
    };
    assert_eq!(add("bob", "short").status, 400);
    assert_eq!(add("bob\u{7}x", PASSWORD).status, 400);
    let path = add("Bob", PASSWORD).header("location").unwrap().to_owned();
    assert_eq!(add("bOB", PASSWORD).status, 409);
    assert!(hearth.page_as(&admin, "/admin/users").ok().text().contains("Bob"));
    let sign_in = |password: &str| hearth.send(&form("/login", &[("username", "bob"), ("password", password)])).status;
    assert_eq!(sign_in(PASSWORD), 303);
    let bob = hearth.person("bob", false, &[]);
    let change = |fields: &[(&str, &str)]| hearth.post_as(&admin, path.as_str(), fields).status;
    let project_row = hearth.file().query_row("SELECT id FROM project", [], |row| row.get::<_, i64>(0)).unwrap();
    let page = format!("/p/{}", hearth.project.id);
    assert_eq!(hearth.page_as(&bob, page.as_str()).status, 404);
    assert_eq!(
        change(&[("action", "role"), ("project", &project_row.to_string()), ("role", Role::Viewer.word())]),
        303
    );
    hearth.page_as(&bob, page.as_str()).ok();
    assert_eq!(change(&[("action", "role"), ("project", "999"), ("role", "viewer")]), 404);
    assert_eq!(change(&[("action", "role"), ("project", "1"), ("role", "king")]), 400);
    assert_eq!(change(&[("action", "dance")]), 400);
    assert_eq!(change(&[("action", "password"), ("password", "zwölf-boxer-jagen")]), 303);
    assert_eq!((hearth.page_as(&bob, page.as_str()).status, sign_in(PASSWORD)), (303, 401));
    let bob = hearth.person("bob", false, &[]);
    assert_eq!(change(&[("action", "disable")]), 303);
    assert_eq!((hearth.page_as(&bob, page.as_str()).status, sign_in("zwölf-boxer-jagen")), (303, 401));
    assert_eq!(change(&[("action", "enable")]), 303);
    assert_eq!(sign_in("zwölf-boxer-jagen"), 303);
}

#[test]
fn somebody_is_left_who_may_do_everything() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let path = format!("/admin/users/{}", admin.account);
    let change = |action: &str| hearth.post_as(&admin, path.as_str(), &[("action", action)]).status;
    assert_eq!((change("take_admin"), change("disable")), (409, 409));
    let second = hearth.person("second", true, &[]);
    assert_eq!(change("take_admin"), 303);
    let path = format!("/admin/users/{}", second.account);
    assert_eq!(hearth.post_as(&second, path, &[("action", "disable")]).status, 409);
}

#[test]
fn names_can_be_changed_but_not_taken() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    hearth.person("bob", false, &[]);
    let rename = |name: &str| hearth.post_as(&admin, "/account/profile", &[("name", name)]).status;
    assert_eq!((rename("BOB"), rename(""), rename("Ada"), rename("ADA")), (409, 400, 303, 303));
}
