//! Whose an event is, and who is who.

use super::{captured, one, proven, read, same, tie, track, web};
use crate::domain::track::IdentifierKind::{Anonymous, Device, External, User};
use crate::domain::track::{Statement, TrackEvent};

const UUID: &str = "2db3c630-bfbb-42d9-8ad1-62b4b093a9bd";
const SWIFT_UUID: &str = "2DB3C630-BFBB-42D9-8AD1-62B4B093A9BD";

fn ids(event: &TrackEvent) -> [Option<&str>; 3] {
    [event.user.as_deref(), event.anonymous.as_deref(), event.device.as_deref()]
}

#[test]
fn an_event_with_both_ids_ties_them() {
    let event = one("track", "1.3.1");
    let anonymous = event.anonymous.as_deref().unwrap();
    assert_eq!(event.user.as_deref(), Some("user_123"));
    assert_eq!(event.statements, [tie(Anonymous, anonymous, User, "user_123")]);
    assert!(one("track_anonymous", "1.3.1").statements.is_empty());
    let batch = captured("web_batch", "1.7.12");
    let visitor = batch[0].anonymous.as_deref().unwrap();
    assert_eq!(batch[0].statements, [tie(External, "klaviyo:KP1", Anonymous, visitor)]);
    assert_eq!(batch[2].statements, [proven("user_123"), tie(Anonymous, visitor, User, "user_123")]);
    assert_eq!(batch[3].statements, [tie(Anonymous, visitor, User, "user_123")]);
}

#[test]
fn an_anonymous_id_that_a_whole_server_shares_ties_nobody() {
    for version in ["1.2.3", "1.2.2", "1.1.0"] {
        for kind in ["old_track", "old_identify", "old_group"] {
            let event = one(kind, version);
            assert_eq!(event.user.as_deref(), Some("user_old"));
            let expected = if kind == "old_identify" { vec![proven("user_old")] } else { Vec::new() };
            assert_eq!(event.statements, expected, "{kind} {version}");
        }
    }
    assert_eq!(one("old_alias", "1.2.3").statements[..2], [proven("user_old2"), same("user_old2", "user_old")]);
    for (library, anonymous, is_tied) in [
        ("api", "anon_6n8ec5b33h7mwp63m80", false),
        ("react-native", "anon_6n8ec5b33h7mwp63m80", true),
        ("api", "anon_6N8ec5b33h7mwp63m80", true),
        ("api", "anon_9c54a4e9-cd60-4789-8c8f-db5aed6062ce", true),
        ("api", "anon_9c54a4e9cd6047898c8fdb5aed6062ce", true),
        ("api", "6n8ec5b33h7mwp63m80", true),
        ("api", "anon_a", true),
    ] {
        let event = track(library, "a", &format!(r#","userId":"u","anonymousId":"{anonymous}""#), r#"{"userId":"u"}"#);
        assert_eq!(!event.statements.is_empty(), is_tied, "{library} {anonymous}");
    }
    let external = track("api", "a", r#","anonymousId":"anon_6n8ec5b33h7mwp63m80""#, r#"{"external_ids":{"a":"b"}}"#);
    assert!(external.statements.is_empty());
}

#[test]
fn the_id_of_a_device_is_no_user() {
    for kind in ["rn_old_app_install", "rn_old_track_after_reset"] {
        let event = one(kind, "1.7.12");
        let anonymous = event.anonymous.as_deref().unwrap();
        assert_eq!(ids(&event), [None, Some(anonymous), Some(UUID)]);
        assert_eq!(event.statements, [tie(Device, UUID, Anonymous, anonymous)]);
    }
    let same_ids = r#","userId":"x","anonymousId":"x""#;
    assert_eq!(ids(&track("api", "a", same_ids, "{}")), [None, Some("x"), None]);
    assert_eq!(ids(&track("api", "a", r#","userId":"x""#, r#"{"anonymous_id":"x"}"#)), [None, Some("x"), None]);
    assert_eq!(ids(&track("api", "a", r#","userId":"x""#, r#"{"visitor_id":"x"}"#)), [None, None, Some("x")]);
    assert_eq!(ids(&track("api", "a", r#","userId":"x""#, "{}")), [Some("x"), None, None]);
    assert_eq!(ids(&track("react-native", "a", r#","userId":"x""#, "{}")), [None, None, Some("x")]);
    assert_eq!(ids(&track("react-native", "a", r#","userId":5"#, r#"{"userId":"5"}"#)), [Some("5"), None, None]);
    assert_eq!(ids(&web("a", r#","user_id":"anon_v""#, "{}")), [None, Some("anon_v"), None]);
    assert_eq!(ids(&web("$identify", "", r#"{"user_id":"anon_v"}"#)), [None, Some("anon_v"), None]);
    assert!(web("$identify", r#","user_id":"anon_v""#, "{}").statements.is_empty());
}

#[test]
fn swift_may_turn_out_to_have_named_a_user() {
    let ids_of = |id: &str| format!(r#","userId":"{id}","anonymousId":"anon_x""#);
    let event = track("swift", "a", &ids_of(SWIFT_UUID), r#"{"external_ids":{"a":1}}"#);
    assert_eq!(ids(&event), [None, Some("anon_x"), Some(SWIFT_UUID)]);
    assert_eq!(
        event.statements,
        [
            tie(Anonymous, "anon_x", User, SWIFT_UUID),
            tie(Device, SWIFT_UUID, Anonymous, "anon_x"),
            tie(External, "a:1", Anonymous, "anon_x"),
        ]
    );
    let event = track("swift", "$identify", &ids_of(SWIFT_UUID), &format!(r#"{{"user_id":"{SWIFT_UUID}"}}"#));
    assert_eq!(ids(&event), [Some(SWIFT_UUID), Some("anon_x"), None]);
    assert_eq!(event.statements, [proven(SWIFT_UUID), tie(Anonymous, "anon_x", User, SWIFT_UUID)]);
    for (library, id) in [("swift", UUID), ("swift", "U1"), ("api", SWIFT_UUID)] {
        assert_eq!(track(library, "a", &ids_of(id), "{}").user.as_deref(), Some(id), "{library} {id}");
    }
}

#[test]
fn a_raw_event_names_its_device_itself() {
    let event = one("rn_raw_purchase", "1.7.18");
    let [user, anonymous, device] = ids(&event);
    let (anonymous, device) = (anonymous.unwrap(), device.unwrap());
    assert_eq!((user, device), (Some("user_rn"), "a7c0a9bd-19b7-4818-ba4b-0e9e218f5d15"));
    assert_eq!(event.statements, [tie(Anonymous, anonymous, User, "user_rn"), tie(Device, device, User, "user_rn")]);
    let first = one("rn_raw_app_install", "1.7.18");
    assert_eq!(first.statements, [tie(Device, device, Anonymous, anonymous)]);
    let old = read(r#"{"eventName":"a","visitorId":"v","userId":"v","eventData":{}}"#).remove(0);
    assert_eq!(ids(&old), [None, Some("v"), Some("v")]);
    assert_eq!(old.statements, [tie(Device, "v", Anonymous, "v")]);
}

#[test]
fn identify_names_its_user_among_the_properties_too() {
    for key in ["user_id", "userId"] {
        let event = track("api", "$identify", r#","anonymousId":"a""#, &format!(r#"{{"{key}":7}}"#));
        assert_eq!(event.statements, [proven("7"), tie(Anonymous, "a", User, "7")]);
    }
    // Who was there before is somebody else.
    let event = web("$identify", r#","user_id":"u""#, r#"{"user_id":"u","previous_id":"before"}"#);
    assert_eq!(event.statements, [proven("u"), tie(Anonymous, "anon_v", User, "u")]);
}

#[test]
fn aliases_of_captured_events() {
    let event = one("alias", "1.3.1");
    let anonymous = event.anonymous.as_deref().unwrap();
    assert_eq!(event.user.as_deref(), Some("new_user_456"));
    assert_eq!(
        event.statements,
        [
            proven("new_user_456"),
            same("new_user_456", "old_user_123"),
            tie(Anonymous, "old_user_123", User, "new_user_456"),
            tie(Device, "old_user_123", User, "new_user_456"),
            tie(Anonymous, anonymous, User, "new_user_456"),
        ]
    );
    for (kind, version, at, survivor) in
        [("alias_without_previous", "1.3.1", 0, "new_user_789"), ("web_alias_batch", "1.7.12", 1, "user_456")]
    {
        let event = captured(kind, version).swap_remove(at);
        let anonymous = event.anonymous.as_deref().unwrap();
        assert_eq!(event.statements, [proven(survivor), tie(Anonymous, anonymous, User, survivor)], "{kind}");
    }
}

#[test]
fn an_app_aliases_its_device_its_browser_and_who_was_logged_in() {
    for (kind, version, device, is_raw) in [
        ("rn_alias", "1.7.18", "12d91ae9-176d-41ca-a244-8233a5df6b3b", false),
        ("rn_old_alias", "1.7.12", UUID, false),
        ("rn_raw_alias", "1.7.18", "a7c0a9bd-19b7-4818-ba4b-0e9e218f5d15", true),
    ] {
        let event = one(kind, version);
        let anonymous = event.anonymous.as_deref().unwrap();
        assert_eq!(ids(&event), [Some("user_rn_2"), Some(anonymous), is_raw.then_some(device)], "{kind}");
        assert_eq!(
            event.statements,
            [
                proven("user_rn_2"),
                tie(Device, device, User, "user_rn_2"),
                same("user_rn_2", "user_rn"),
                tie(Anonymous, anonymous, User, "user_rn_2"),
            ],
            "{kind}"
        );
    }
    // Nobody was logged in: the device's id stands at the top.
    let properties = format!(r#"{{"userId":"u","previousId":"{UUID}","visitorId":"{UUID}","anonymousId":"anon_x"}}"#);
    let event = track("react-native", "$alias", &format!(r#","userId":"{UUID}","anonymousId":"anon_x""#), &properties);
    assert_eq!(event.statements, [proven("u"), tie(Device, UUID, User, "u"), tie(Anonymous, "anon_x", User, "u")]);
}

#[test]
fn what_may_be_a_device_is_tied_and_merges_nobody() {
    let alias = |library, top: &str, previous: &str| {
        let properties = format!(r#"{{"userId":"u","previousId":"{previous}"}}"#);
        track(library, "$alias", &format!(r#","userId":"{top}""#), &properties).statements
    };
    let ties = |id| vec![proven("u"), tie(Anonymous, id, User, "u"), tie(Device, id, User, "u")];
    assert_eq!(alias("swift", "u", SWIFT_UUID), ties(SWIFT_UUID));
    assert_eq!(alias("swift", SWIFT_UUID, SWIFT_UUID), ties(SWIFT_UUID));
    assert_eq!(alias("react-native", "u", UUID), ties(UUID));
    // The user who was logged in, whatever the id looks like.
    assert!(alias("react-native", UUID, UUID).contains(&same("u", UUID)));
    assert!(alias("swift", "u", UUID).contains(&same("u", UUID)));
    assert!(alias("api", "u", SWIFT_UUID).contains(&same("u", SWIFT_UUID)));
    // On a server the user at the top is not asked.
    assert_eq!(alias("api", "other", "anon_y"), [proven("u"), tie(Anonymous, "anon_y", User, "u")]);
    assert_eq!(alias("swift", "old", "older")[..2], [proven("u"), same("u", "older")]);
    assert!(alias("swift", "old", "older").contains(&same("u", "old")));
}

#[test]
fn an_alias_without_two_ids_is_an_event() {
    for properties in [
        r#"{"userId":"u"}"#,
        r#"{"previousId":"p"}"#,
        r#"{"userId":"","previousId":"p"}"#,
        r#"{"userId":"u","previousId":" "}"#,
        r#"{"userId":"anon_x","previousId":"p"}"#,
        r#"{"userId":{},"previousId":"p"}"#,
    ] {
        let event = track("api", "$alias", r#","userId":"top","anonymousId":"anon_x""#, properties);
        assert_eq!(event.user.as_deref(), Some("top"));
        assert_eq!(event.statements, [tie(Anonymous, "anon_x", User, "top")], "{properties}");
    }
    let itself = track("react-native", "$alias", r#","userId":"old""#, r#"{"userId":"u","previousId":"u"}"#);
    assert_eq!((itself.user.as_deref(), &*itself.statements), (Some("u"), &[proven("u")][..]));
    let bare = track("swift", "alias", r#","userId":"old""#, r#"{"user_id":"u","previous_id":"old"}"#);
    assert_eq!((bare.user.as_deref(), bare.statements.len()), (Some("old"), 0));
    let snake = track("api", "$alias", "", r#"{"new_user_id":"u","previous_id":"p"}"#);
    assert_eq!((snake.user.as_deref(), &snake.statements[1]), (Some("u"), &same("u", "p")));
}

#[test]
fn external_ids_are_tied_to_whom_the_event_belongs() {
    let bound = one("rn_provider_identity_bound", "1.7.18");
    assert!(bound.statements.contains(&tie(External, "revenuecat:rc_user_9", User, "user_rn_2")));
    let told = web("a", "", r#"{"external_ids":{" Klaviyo ":"K1","x":7,"":"e","y":"","z":null,"n":{}}}"#);
    assert_eq!(
        told.statements,
        [tie(External, "klaviyo:K1", Anonymous, "anon_v"), tie(External, "x:7", Anonymous, "anon_v")]
    );
    assert!(track("api", "a", "", r#"{"external_ids":{"a":"b"}}"#).statements.is_empty());
    let many: Vec<_> = (0..100).map(|n| format!(r#""n{n}":"i""#)).collect();
    assert_eq!(web("a", "", &format!(r#"{{"external_ids":{{{}}}}}"#, many.join(","))).statements.len(), 32);
}

#[test]
fn a_browser_that_led_to_an_app_is_matched_and_nobody_is_merged() {
    let matched = |name, web_visitor: &str| {
        let properties = format!(r#"{{"web_visitor_id":"{web_visitor}","visitorId":"d"}}"#);
        let event = track("react-native", name, r#","anonymousId":"anon_m""#, &properties);
        event.statements.into_iter().filter(|said| matches!(said, Statement::WebMatch { .. })).count()
    };
    for name in ["$web_attribution_matched", "$web_attribution_merged"] {
        assert_eq!(matched(name, "anon_a"), 1);
        assert_eq!(matched(name, "anon_m"), 0);
        assert_eq!(matched(name, "d"), 0);
        assert_eq!(matched(name, ""), 0);
    }
    assert_eq!(matched("purchase", "anon_a"), 0);
}
