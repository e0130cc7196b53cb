//! One observation at a time.

use std::net::IpAddr;

use hyper::Method;

use super::super::notes::Notes;
use super::super::recorder::End;
use super::super::tests::traffic;
use super::*;
use crate::config::QueryPolicy;
use crate::domain::traffic::Failure;

const NOW_MS: i64 = 1_795_000_000_000;

fn maker(change: impl FnOnce(&mut Traffic)) -> RecordMaker {
    let mut config = traffic();
    change(&mut config);
    let identity = Arc::new(Identity::new(&config.identity).unwrap());
    let redaction = Arc::new(Redaction::new(config.query, &config.query_allow));
    RecordMaker::new(&config, identity, redaction, []).unwrap()
}

/// An exchange that took 187 ms and ended 5 ms ago.
fn seen(method: &str, target: &str, texts: &[(Note, &[u8])]) -> (Observation, Now) {
    let mut notes = Notes::default();
    notes.add(Note::Target, target.as_bytes());
    for (note, text) in texts {
        notes.add(*note, text);
    }
    let started = Instant::now();
    let at = started + Duration::from_millis(187);
    let observation = Observation {
        country: crate::domain::country::Country::UNKNOWN,
        project: ProjectId(3),
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        protocol: Protocol::Http11,
        client: "::ffff:203.0.113.7".parse::<IpAddr>().unwrap(),
        is_trusted: false,
        started,
        first_byte: Some(started + Duration::from_millis(100)),
        answered: Some(200),
        session: None,
        notes,
        end: End { at, status: 200, failure: None, bytes_in: 10, bytes_out: 20, upstream_us: Some(150_000) },
    };
    (observation, Now { instant: at + Duration::from_millis(5), epoch_ms: NOW_MS })
}

fn record(maker: &mut RecordMaker, target: &str, texts: &[(Note, &[u8])]) -> TrafficRecord {
    let (observation, now) = seen("GET", target, texts);
    maker.make(&observation, now).unwrap()
}

#[test]
fn everything_that_was_seen_is_in_the_record() {
    let texts: [(Note, &[u8]); 6] = [
        (Note::Host, b"App.Example.org:8081"),
        (Note::UserAgent, b"Mozilla/5.0 \x07(x)"),
        (Note::Referrer, b"https://example.org/from?token=1"),
        (Note::TraceParent, b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        (Note::ResponseHeader(0), b"42"),
        (Note::ResponseHeader(3), b"session-1"),
    ];
    let record = record(&mut maker(|_| ()), "/api/products/7?page=1&token=x", &texts);
    assert_eq!((record.project, record.id, record.created_at_ms), (ProjectId(3), 0, 0));
    assert_eq!(record.ended_at_ms, NOW_MS - 5);
    assert_eq!((record.duration_us, record.first_byte_us, record.upstream_us), (187_000, Some(100_000), Some(150_000)));
    assert_eq!((&*record.method, &*record.route), ("GET", "/api/products/:id"));
    assert_eq!(&*record.original_url, "/api/products/7?page=1&token=REDACTED");
    assert_eq!(&*record.host, "app.example.org");
    assert_eq!((record.status, record.is_slow, record.failure), (200, false, None));
    assert_eq!((record.bytes_in, record.bytes_out, record.protocol), (10, 20, Protocol::Http11));
    assert_eq!(record.user.map(|user| user.id).as_deref(), Some("42"));
    assert_eq!(record.session_id.as_deref(), Some("session-1"));
    assert_eq!(record.ip, None);
    assert_eq!(record.user_agent.as_deref(), Some("Mozilla/5.0 (x)"));
    assert_eq!(record.referrer.as_deref(), Some("https://example.org/from"));
    assert!(record.trace_id.is_some());
}

#[test]
fn what_was_not_sent_is_absent() {
    let record = record(&mut maker(|config| config.track_ip = true), "/", &[(Note::UserAgent, b" ")]);
    assert_eq!((record.user, record.session_id, record.user_agent, record.referrer), (None, None, None, None));
    assert_eq!((record.trace_id, &*record.host), (None, ""));
    assert_eq!(record.ip.as_deref(), Some("203.0.113.7"));
}

/// "Behavior Summary" of the original's README.
#[test]
fn the_field_route_holds_what_the_owner_wants() {
    let target = "/media/file/1772884983691_497047272_image11_low.jpeg?download=1";
    for (value, expected) in [
        (RouteValue::Pattern, "/media/file/:storedName"),
        (RouteValue::Path, "/media/file/1772884983691_497047272_image11_low.jpeg"),
        (RouteValue::OriginalUrl, target),
    ] {
        let mut maker = maker(|config| {
            config.route_value = value;
            config.query = QueryPolicy::Keep;
            config.routes = vec!["/media/file/:storedName".to_owned()];
            // It never changes what matches (traffic.md 2).
            config.include_routes = vec!["/media/file/:storedName".to_owned()];
            config.ignore_routes = vec!["/media/file/other".to_owned()];
        });
        let record = record(&mut maker, target, &[]);
        assert_eq!((&*record.route, &*record.original_url), (expected, target));
    }
}

#[test]
fn no_secret_of_a_path_comes_into_any_field() {
    let secret = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
    for value in [RouteValue::Pattern, RouteValue::Path, RouteValue::OriginalUrl] {
        for (learn, status) in [(true, 200), (true, 404), (false, 200), (false, 404)] {
            let mut maker = maker(|config| {
                config.route_value = value;
                config.learn_routes = learn;
            });
            let target = format!("/reset/{secret}/ann@example.org?token={secret}");
            let referrer = format!("https://app.test{target}");
            let (mut observation, now) = seen("GET", &target, &[(Note::Referrer, referrer.as_bytes())]);
            observation.end.status = status;
            let text = format!("{:?}", maker.make(&observation, now).unwrap());
            assert!(!text.contains(secret) && !text.contains("ann@"), "{text}");
        }
    }
}

#[test]
fn filters_see_what_was_sent_and_not_what_is_kept() {
    let ignores = |list: &[&str], target: &str| {
        let mut maker = maker(|config| config.ignore_routes = list.iter().map(ToString::to_string).collect());
        let (observation, now) = seen("GET", target, &[]);
        maker.make(&observation, now).is_none()
    };
    assert!(ignores(&["^/a\\?token=x$"], "/a?token=x"));
    assert!(ignores(&["/users/:id"], "/users/42"));
    assert!(ignores(&["/users/42"], "/users/42"));
    assert!(!ignores(&["/users/41"], "/users/42"));
}

#[test]
fn requests_that_are_ignored_make_no_routes() {
    let mut maker = maker(|config| {
        config.ignore_routes = vec!["/scan/*".to_owned()];
        config.max_routes = 12;
    });
    for number in 0..1000 {
        let (observation, now) = seen("GET", &format!("/scan/name{number}x"), &[]);
        assert_eq!(maker.make(&observation, now), None);
    }
    assert_eq!(&*record(&mut maker, "/api", &[]).route, "/api");
}

#[test]
fn what_takes_long_is_slow_unless_it_is_meant_to() {
    let is_slow = |protocol, ms| {
        let (mut observation, now) = seen("GET", "/", &[]);
        observation.protocol = protocol;
        observation.end.at = observation.started + Duration::from_millis(ms);
        maker(|_| ()).make(&observation, now).unwrap().is_slow
    };
    assert!(!is_slow(Protocol::Http11, 999));
    assert!(is_slow(Protocol::Http11, 1000));
    assert!(!is_slow(Protocol::WebSocket, 3_600_000));
    assert!(!is_slow(Protocol::EventStream, 3_600_000));
}

#[test]
fn a_request_that_was_broken_off_says_why() {
    let (mut observation, now) = seen("POST", "/upload", &[]);
    observation.answered = None;
    observation.first_byte = None;
    observation.end.status = 499;
    observation.end.failure = Some(Failure::ClientGone);
    let record = maker(|_| ()).make(&observation, now).unwrap();
    assert_eq!((record.status, record.failure, record.first_byte_us), (499, Some(Failure::ClientGone), None));
}

#[test]
fn a_method_that_somebody_invented_is_kept_short() {
    let (observation, now) = seen(&"M".repeat(100), "/", &[]);
    assert_eq!(&*maker(|_| ()).make(&observation, now).unwrap().method, "M".repeat(32));
}

#[test]
fn the_name_of_a_host_has_no_port() {
    for (host, expected) in [
        ("Example.ORG", "example.org"),
        ("example.org:80", "example.org"),
        ("example.org:", "example.org"),
        ("[::1]:8080", "[::1]"),
        ("[::1]", "[::1]"),
        ("::1", "::1"),
        ("127.0.0.1:1", "127.0.0.1"),
        ("a:b", "a:b"),
        ("", ""),
    ] {
        assert_eq!(host_name(host), expected, "{host}");
    }
    assert_eq!(host_name(&"x".repeat(300)).len(), 255);
}
