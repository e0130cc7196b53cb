//! Bounds that no client can break, and the order in which routes are found.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::super::tests::traffic;
use super::*;

const PROJECT: ProjectId = ProjectId(1);

fn routes(change: impl FnOnce(&mut Traffic)) -> Routes {
    let mut config = traffic();
    change(&mut config);
    Routes::new(&config, []).unwrap()
}

fn known(path: &str) -> Asked<'_> {
    Asked { project: PROJECT, path, kept_path: path, told: None, is_known: true }
}

fn unknown(path: &str) -> Asked<'_> {
    Asked { is_known: false, ..known(path) }
}

#[test]
fn a_pattern_goes_before_what_was_told_and_that_before_what_is_learned() {
    let mut routes = routes(|config| config.routes = vec!["/media/file/:storedName".into(), "/shop/*rest".into()]);
    for (path, told, expected) in [
        ("/media/file/a.jpeg", Some("/told"), "/media/file/:storedName"),
        ("/shop/a/b", None, "/shop/*rest"),
        ("/users/42", Some("/people/:who"), "/people/:who"),
        ("/users/42", Some("people"), "/users/:id"),
        ("/users/42", Some("/a\u{7}"), "/users/:id"),
        ("/users/42", None, "/users/:id"),
        ("*", None, "*"),
    ] {
        assert_eq!(&*routes.name(Asked { told, ..known(path) }), expected, "{path}");
    }
    let long = format!("/{}", "x".repeat(MAX_TOLD_BYTES));
    assert_eq!(&*routes.name(Asked { told: Some(&long), ..known("/u/1") }), "/u/:id");
}

#[test]
fn without_learning_a_route_is_what_may_be_kept_of_the_path() {
    let mut routes = routes(|config| config.learn_routes = false);
    assert_eq!(&*routes.name(known("/users/42")), "/users/42");
    assert_eq!(&*routes.name(Asked { kept_path: "/reset/REDACTED", ..known("/reset/x") }), "/reset/REDACTED");
    assert_eq!(&*routes.name(Asked { kept_path: "/reset/REDACTED", ..unknown("/reset/x") }), "/reset/REDACTED");
}

#[test]
fn paths_that_the_app_does_not_know_teach_nothing() {
    let mut routes = routes(|_| ());
    routes.name(known("/users/42"));
    assert_eq!(&*routes.name(unknown("/users/43")), "/users/:id");
    for number in 0..1000 {
        let path = format!("/wp-{number}x.php");
        let expected = if number < MAX_UNKNOWN { path.as_str() } else { "(not found)" };
        assert_eq!(&*routes.name(unknown(&path)), expected);
    }
    assert_eq!(&*routes.name(unknown("/wp-5x.php")), "/wp-5x.php");
    for number in 0..60 {
        let path = format!("/page{number}x");
        assert_eq!(&*routes.name(known(&path)), path);
    }
    assert_eq!(&*routes.name(unknown("/users/44")), "/users/:id");
}

#[test]
fn which_answers_teach() {
    for (status, was_answered, expected) in [
        (200, true, true),
        (302, true, true),
        (401, true, true),
        (500, true, true),
        (404, true, false),
        (405, true, false),
        (400, true, false),
        (502, false, false),
        (499, false, false),
        (502, true, true),
    ] {
        assert_eq!(teaches(status, was_answered), expected, "{status}");
    }
}

#[test]
fn projects_learn_apart_but_share_the_bound() {
    let mut routes = routes(|_| ());
    for number in 0..200 {
        routes.name(known(&format!("/a/story{number}x")));
    }
    let other = Asked { project: ProjectId(2), ..known("/a/first") };
    assert_eq!(&*routes.name(known("/a/first")), "/a/:value");
    assert_eq!(&*routes.name(other), "/a/first");
}

#[test]
fn paths_and_urls_in_place_of_routes_are_bounded_too() {
    let mut routes = routes(|config| config.max_routes = 12);
    let values: HashSet<_> = (0..1000).map(|number| routes.value(&format!("/{number}?q"))).collect();
    assert_eq!(values.len(), 10);
    assert_eq!(&*routes.value("/999?q"), "(other)");
}

#[test]
fn a_restart_gives_the_same_routes() {
    let stored =
        [(PROJECT, "/p/:value".to_owned()), (ProjectId(2), "/p/x".to_owned()), (PROJECT, "(other)".to_owned())];
    let mut routes = Routes::new(&traffic(), stored).unwrap();
    assert_eq!(&*routes.name(unknown("/p/x")), "/p/:value");
    assert_eq!(&*routes.name(Asked { project: ProjectId(2), ..unknown("/p/x") }), "/p/x");
}

/// 200,000 invented paths of every shape, half of them with an app that answers everything with 200.
#[test]
fn no_client_can_make_more_routes_than_there_may_be() {
    for (max_routes, requests) in [(2, 10_000), (50, 20_000), (1000, 200_000)] {
        let mut routes = routes(|config| config.max_routes = max_routes);
        let mut seen: HashMap<Arc<str>, u64> = HashMap::new();
        let mut random = 1_u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        for number in 0..requests {
            let mut path = String::new();
            for _ in 0..=next(6) {
                path.push('/');
                let segment = match next(5) {
                    0 => next(1 << 30).to_string(),
                    1 => format!("name{}x", next(1 << 30)),
                    2 => format!("common{}x", next(2)),
                    3 => (0..next(40)).map(|_| char::from(33 + u8::try_from(next(90)).unwrap())).collect(),
                    _ => format!("f{}.{:08x}.js", next(1 << 20), next(1 << 32)),
                };
                path.push_str(&segment);
            }
            let asked = if number % 2 == 0 { known(&path) } else { unknown(&path) };
            *seen.entry(routes.name(asked)).or_default() += 1;
        }
        assert!(seen.len() <= max_routes, "{} of {max_routes}", seen.len());
        assert_eq!(seen.values().sum::<u64>(), requests);
        let nodes: usize = routes.tries.values().map(Trie::len).sum();
        assert!(nodes <= 8 * max_routes, "{nodes}");
        // What an honest app has is still told from the rest afterwards.
        if max_routes == 1000 {
            assert_eq!(&*routes.name(known("/common1x/42")), "/common1x/:id");
        }
    }
}

proptest! {
    #[test]
    fn any_text_has_a_route_that_is_short_and_the_same_when_asked_again(paths in prop::collection::vec("\\PC{0,200}", 1..50)) {
        let mut routes = routes(|_| ());
        for path in &paths {
            let path = format!("/{path}");
            let first = routes.name(known(&path));
            prop_assert!(first.len() <= 1024);
            prop_assert_eq!(routes.name(unknown(&path)), first);
        }
    }
}
