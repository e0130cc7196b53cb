//! The projects at the root.

use hearth::domain::role::Role;

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{batch, one_of_each};

#[test]
fn everybody_sees_their_own_projects() {
    let mut hearth = Hearth::start();
    let (shop, blog) = (hearth.add_project("Shop <b>"), hearth.add_project("Blog"));
    hearth.ingest_to(&shop, &batch("s-1", &one_of_each())).ok();
    hearth.restart();
    let admin = hearth.admin();
    let all = hearth.page_as(&admin, "/").ok().text();
    assert!(all.contains("Shop &#60;b&#62;") && all.contains(&blog.id) && all.contains("Manage projects"));
    assert!(all.contains("never"), "the others have no data");
    let reader = hearth.person("reader", false, &[(&shop.id, Role::Viewer), (&blog.id, Role::Viewer)]);
    let own = hearth.page_as(&reader, "/").ok().text();
    assert!(own.contains(&shop.id) && !own.contains(&hearth.project.id) && !own.contains("Manage projects"));
    let nobody = hearth.person("nobody", false, &[]);
    assert!(hearth.page_as(&nobody, "/").ok().text().contains("You have no role in any project"));
}

#[test]
fn who_has_one_project_is_sent_to_it() {
    let hearth = Hearth::start();
    hearth.admin();
    let reader = hearth.person("reader", false, &[(&hearth.project.id, Role::Viewer)]);
    let answer = hearth.page_as(&reader, "/");
    assert_eq!((answer.status, answer.header("location")), (303, Some(format!("/p/{}", hearth.project.id).as_str())));
}

#[test]
fn the_root_is_no_page_for_programs() {
    let hearth = Hearth::start();
    hearth.admin();
    assert_eq!(hearth.send(&Request::get("/").header("accept", "application/json")).status, 404);
    assert_eq!(hearth.send(&Request::get("/").header("accept", "text/html")).status, 303, "to the sign-in");
}
