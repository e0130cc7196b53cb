//! Whatever order app events arrive in, in whatever batches, the rows are the same; and persons are who they should be.

use std::collections::{BTreeMap, BTreeSet};

use hearth::domain::track::{
    Conversion, EventKind, IdentifierKind, Pairing, PairingKind, Statement, Touch, TrackEvent,
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::payload::NOW_MS;
use crate::track_store_file::{TrackFile, event, fact, identifier, same, tie, touch};

/// Lives that are tried; the environment variable `PROPTEST_CASES` asks for more.
const CASES: u32 = 150;

const USERS: [&str; 5] = ["u1", "u2", "u3", "u4", "u5"];
const ANONYMOUS: [&str; 4] = ["a1", "a2", "a3", "a4"];

fn config() -> Config {
    let mut config = Config { failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    config
}

/// Few names and few times, so that they meet.
fn some_time() -> impl Strategy<Value = i64> {
    (0..5_i64).prop_map(|step| NOW_MS + (step - 5) * 1_800_000)
}

fn some_statement() -> impl Strategy<Value = Statement> {
    let other = || select(&[IdentifierKind::Device, IdentifierKind::External][..]);
    prop_oneof![
        4 => (select(&ANONYMOUS[..]), select(&USERS[..])).prop_map(|(from, to)| tie(from, to)),
        4 => (select(&USERS[..]), select(&USERS[..])).prop_map(|(absorbed, survivor)| same(absorbed, survivor)),
        2 => select(&USERS[..]).prop_map(|user| Statement::Proven { user: user.into() }),
        1 => select(&ANONYMOUS[..]).prop_map(|anonymous| Statement::WebMatch { anonymous: anonymous.into() }),
        1 => (other(), select(&USERS[..])).prop_map(|(kind, user)| Statement::Tie {
            from: identifier(kind, "x"),
            to: identifier(IdentifierKind::User, user),
        }),
        1 => (other(), select(&ANONYMOUS[..])).prop_map(|(kind, anonymous)| Statement::Tie {
            from: identifier(kind, "x"),
            to: identifier(IdentifierKind::Anonymous, anonymous),
        }),
    ]
}

fn some_touch() -> impl Strategy<Value = Touch> {
    let page = || prop::option::of(select(&["", "/a", "/b"][..]));
    (0..2_i64, some_time(), page(), page(), select(&["{}", r#"{"lyr":"L"}"#][..])).prop_map(
        |(fingerprint, captured_ms, landing_page, referrer, detail)| Touch {
            landing_page: landing_page.map(Into::into),
            referrer: referrer.map(Into::into),
            detail: detail.into(),
            ..touch(fingerprint, captured_ms)
        },
    )
}

/// What an event tells beside who and when.
fn some_content() -> impl Strategy<Value = TrackEvent> {
    let kind = select(&EventKind::ALL[..]);
    let traits = prop::collection::vec(
        (select(&["email", "plan"][..]), select(&[r#""A@b.co""#, r#"" a@B.co ""#, "7", r#""x""#][..])),
        0..2,
    );
    let pairing = prop::option::weighted(0.3, select(&["p1", "p2"][..]));
    let conversion = prop::option::weighted(0.3, select(&["USD", "EUR"][..]));
    let channel = select(&["web", "api"][..]);
    let session = prop::option::of(select(&["s1", "s2"][..]));
    (kind, any::<bool>(), channel, session, prop::option::of(some_touch()), traits, pairing, conversion).prop_map(
        |(kind, is_hidden, channel, session, touch, traits, pairing, conversion)| TrackEvent {
            kind,
            is_hidden,
            channel: channel.into(),
            session: session.map(Into::into),
            touch: touch.map(Box::new),
            traits: traits.into_iter().map(|(key, value)| fact(key, value)).collect(),
            pairing: pairing.map(|value| Pairing { kind: PairingKind::ShopifyCart, value: value.into() }),
            conversion: conversion.map(|currency| Conversion {
                is_revenue: true,
                amount_micros: Some(1),
                currency: currency.into(),
            }),
            ..event("")
        },
    )
}

/// Events with ids of their own.
fn some_events() -> impl Strategy<Value = Vec<TrackEvent>> {
    let user = prop::option::weighted(0.4, select(&USERS[..]));
    let anonymous = prop::option::weighted(0.7, select(&ANONYMOUS[..]));
    let device = prop::option::weighted(0.2, Just("d1"));
    let statements = prop::collection::vec(some_statement(), 0..3);
    let one = (user, anonymous, device, statements, some_time(), some_content());
    prop::collection::vec(one, 1..14).prop_map(|events| {
        let events = events.into_iter().enumerate();
        events
            .map(|(at, (user, anonymous, device, statements, time_ms, content))| TrackEvent {
                id: Some(format!("e{at}").into()),
                user: user.map(Into::into),
                anonymous: anonymous.map(Into::into),
                device: device.map(Into::into),
                statements,
                time_ms,
                ..content
            })
            .collect()
    })
}

/// The events in another order, some of them again, cut into batches of these lengths.
fn some_lives() -> impl Strategy<Value = (Vec<TrackEvent>, Vec<TrackEvent>, Vec<usize>)> {
    some_events().prop_flat_map(|events| {
        let again = proptest::sample::subsequence(events.clone(), 0..=events.len());
        let shuffled = again.prop_flat_map({
            let events = events.clone();
            move |again| Just([events.clone(), again].concat()).prop_shuffle()
        });
        (Just(events), shuffled, prop::collection::vec(1..5_usize, 28))
    })
}

/// What becomes of a file without rows that gets these batches.
fn rows_after(file: &mut TrackFile, batches: Vec<Vec<TrackEvent>>) -> Vec<String> {
    file.connection.execute_batch("BEGIN").unwrap();
    for events in batches {
        file.write_events(events);
    }
    let rows = file.rows();
    file.connection.execute_batch("ROLLBACK").unwrap();
    file.writer.forget();
    rows
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    let file = std::cell::RefCell::new(TrackFile::new());
    let result = TestRunner::new(config()).run(&some_lives(), |(events, shuffled, lengths)| {
        let file = &mut file.borrow_mut();
        let mut rest = shuffled;
        let mut batches = Vec::new();
        for length in lengths {
            let tail = rest.split_off(length.min(rest.len()));
            batches.push(std::mem::replace(&mut rest, tail));
        }
        prop_assert!(rest.is_empty());
        let expected = rows_after(file, vec![events]);
        prop_assert!(!expected.is_empty() || file.count("track_event") == 0);
        let found = rows_after(file, batches);
        prop_assert_eq!(found, expected);
        Ok(())
    });
    result.map_err(|failure| failure.to_string()).unwrap();
}

/// Who stands for a person in lists, and which users are one, as datalyr.md 7.4 says it.
#[derive(Debug, Default, PartialEq, Eq)]
struct People {
    /// The users of each person of whom at least one is beyond doubt.
    users: BTreeSet<Vec<String>>,
    anonymous: BTreeSet<String>,
}

impl People {
    fn expected(events: &[TrackEvent]) -> Self {
        let mut proven = BTreeSet::new();
        let mut ties = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut person_of: BTreeMap<String, String> = BTreeMap::new();
        let mut unite = |one: &str, other: &str| {
            let root = |person_of: &BTreeMap<String, String>, user: &str| {
                person_of.get(user).map_or(user.to_owned(), Clone::clone)
            };
            let (one_root, other_root) = (root(&person_of, one), root(&person_of, other));
            person_of.insert(one.to_owned(), one_root.clone());
            person_of.insert(other.to_owned(), other_root.clone());
            for person in person_of.values_mut().filter(|person| **person == other_root) {
                person.clone_from(&one_root);
            }
        };
        for event in events {
            if let Some(user) = &event.user {
                proven.insert(user.to_string());
                unite(user, user);
            } else if let (Some(anonymous), true) = (&event.anonymous, event.kind != EventKind::Signal) {
                seen.insert(anonymous.to_string());
            }
            for statement in &event.statements {
                match statement {
                    Statement::Same { survivor, absorbed } => {
                        proven.insert(survivor.to_string());
                        unite(survivor, absorbed);
                    }
                    Statement::Proven { user } => {
                        proven.insert(user.to_string());
                        unite(user, user);
                    }
                    Statement::Tie { from, to } if from.kind == IdentifierKind::Anonymous => {
                        ties.insert((from.value.to_string(), to.value.to_string()));
                    }
                    Statement::Tie { .. } | Statement::WebMatch { .. } => {}
                }
            }
        }
        let mut users: BTreeMap<&String, Vec<String>> = BTreeMap::new();
        for (user, person) in &person_of {
            users.entry(person).or_default().push(user.clone());
        }
        let is_tied = |anonymous: &String| ties.iter().any(|(from, to)| from == anonymous && proven.contains(to));
        Self {
            users: users.into_values().filter(|users| users.iter().any(|user| proven.contains(user))).collect(),
            anonymous: seen.iter().filter(|anonymous| !is_tied(anonymous)).cloned().collect(),
        }
    }

    fn stored(file: &TrackFile) -> Self {
        let listed = "SELECT GROUP_CONCAT(o.value ORDER BY o.value) FROM track_identifier AS t \
                      JOIN track_identifier AS o ON o.person_id = t.id \
                      WHERE t.is_person = 1 AND t.kind = 0 GROUP BY t.id";
        let anonymous = "SELECT value FROM track_identifier WHERE is_person = 1 AND kind <> 0";
        Self {
            users: file.texts(listed).iter().map(|users| users.split(',').map(str::to_owned).collect()).collect(),
            anonymous: file.texts(anonymous).into_iter().collect(),
        }
    }
}

#[test]
fn persons_are_those_of_whom_something_is_known() {
    let file = std::cell::RefCell::new(TrackFile::new());
    let result = TestRunner::new(config()).run(&some_events(), |events| {
        let file = &mut file.borrow_mut();
        let expected = People::expected(&events);
        file.connection.execute_batch("BEGIN").unwrap();
        for event in events {
            file.write_events(vec![event]);
        }
        let stored = People::stored(file);
        // A listed row stands for all of its person: it has their `person_id`, and no other of them is listed.
        let lone =
            file.number("SELECT COUNT(*) FROM track_identifier WHERE kind = 0 AND is_person = 1 AND person_id <> id");
        file.connection.execute_batch("ROLLBACK").unwrap();
        file.writer.forget();
        prop_assert_eq!(stored, expected);
        prop_assert_eq!(lone, 0);
        Ok::<_, TestCaseError>(())
    });
    result.map_err(|failure| failure.to_string()).unwrap();
}

#[test]
fn chains_and_cycles_of_aliases_make_one_person() {
    let mut file = TrackFile::new();
    // A chain that is told from its middle outwards, closed to a cycle, and told again.
    let links = [(50, 51), (49, 50), (51, 52), (99, 0)];
    let rest = (0..99).map(|n| (n, n + 1));
    for (at, (absorbed, survivor)) in links.into_iter().chain(rest.clone()).chain(rest).enumerate() {
        let statements = vec![same(&format!("u{absorbed}"), &format!("u{survivor}"))];
        file.write_events(vec![TrackEvent { statements, ..event(&format!("e{at}")) }]);
    }
    assert_eq!(file.count("track_identifier"), 100);
    assert_eq!(file.number("SELECT COUNT(DISTINCT person_id) FROM track_identifier"), 1);
    assert_eq!(file.number("SELECT COUNT(*) FROM track_identifier WHERE is_person = 1"), 1);
    assert_eq!(file.count("track_alias"), 100);
}
