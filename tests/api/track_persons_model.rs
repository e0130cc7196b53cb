//! Persons as the API tells them are those of a naive model of datalyr.md 7.4, in whatever order events arrive.

use std::collections::{BTreeMap, BTreeSet};

use hearth::domain::track::{Identifier, IdentifierKind, Statement, TrackEvent};
use serde_json::Value;

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::track_attribution_world::{ask, event, of, store};
use crate::traffic_model::Random;

const USERS: [&str; 7] = ["u1", "u2", "u3", "u4", "u5", "u6", "u7"];
const BROWSERS: [&str; 6] = ["a1", "a2", "a3", "a4", "a5", "a6"];

/// An id that a phone sends as a user's; nothing ever proves it to be one.
const DOUBTFUL: &str = "DEVICE-UUID";

/// Events of people who share browsers, sign in as others and are merged; times repeat.
fn events(random: &mut Random) -> Vec<TrackEvent> {
    let mut events = Vec::new();
    for n in 0..60 {
        let time_ms = NOW_MS + i64::try_from(random.below(25)).unwrap();
        let (user, browser) = (random.one_of(&USERS), random.one_of(&BROWSERS));
        let mut next = match random.below(10) {
            0..4 => of(event("pageview", time_ms), None, Some(browser), None),
            4..7 => of(event("track", time_ms), Some(user), Some(browser), None),
            7 => of(event("track", time_ms), Some(user), None, None),
            8 => {
                let other = random.one_of(&USERS);
                let mut alias = of(event("$alias", time_ms), Some(user), None, None);
                if random.below(3) == 0 && other != user {
                    alias.statements.push(Statement::Same { survivor: user.into(), absorbed: other.into() });
                }
                alias
            }
            _ => {
                let mut doubtful = of(event("pageview", time_ms), None, Some(browser), None);
                doubtful.statements.push(Statement::Tie {
                    from: Identifier { kind: IdentifierKind::Anonymous, value: browser.into() },
                    to: Identifier { kind: IdentifierKind::User, value: DOUBTFUL.into() },
                });
                doubtful
            }
        };
        next.id = Some(format!("e{n}").into());
        events.push(next);
    }
    events
}

/// Who is who, computed from all events at once.
struct Model<'e> {
    events: &'e [TrackEvent],
    /// Users that are one person share the number.
    component: BTreeMap<&'e str, usize>,
    /// By browser, time and user: every tie to a proven user.
    ties: BTreeMap<&'e str, BTreeSet<(i64, &'e str)>>,
}

impl<'e> Model<'e> {
    fn new(events: &'e [TrackEvent]) -> Self {
        let mut component = BTreeMap::new();
        let mut proven = BTreeSet::new();
        let mut merged = Vec::new();
        for event in events {
            proven.extend(event.user.as_deref());
            for statement in &event.statements {
                if let Statement::Same { survivor, absorbed } = statement {
                    proven.insert(&**survivor);
                    merged.push((&**survivor, &**absorbed));
                }
            }
        }
        let users: BTreeSet<&str> =
            proven.iter().copied().chain(merged.iter().map(|(_, absorbed)| *absorbed)).collect();
        for (number, user) in users.into_iter().enumerate() {
            component.insert(user, number);
        }
        for (survivor, absorbed) in merged {
            let (kept, moved) = (component[survivor], component[absorbed]);
            component.values_mut().filter(|number| **number == moved).for_each(|number| *number = kept);
        }
        let mut ties: BTreeMap<&str, BTreeSet<(i64, &str)>> = BTreeMap::new();
        for event in events {
            for statement in &event.statements {
                if let Statement::Tie { from, to } = statement
                    && proven.contains(&*to.value)
                {
                    ties.entry(&from.value).or_default().insert((event.time_ms, &to.value));
                }
            }
        }
        Self { events, component, ties }
    }

    /// A user of the person an event belongs to, or its browser.
    fn owner(&self, event: &'e TrackEvent) -> &'e str {
        if let Some(user) = event.user.as_deref() {
            return user;
        }
        let browser = event.anonymous.as_deref().unwrap();
        let Some(ties) = self.ties.get(browser) else { return browser };
        let before = ties.iter().rev().find(|(time_ms, _)| *time_ms <= event.time_ms);
        let first_ms = ties.iter().next().unwrap().0;
        let first = ties.iter().rev().find(|(time_ms, _)| *time_ms == first_ms);
        before.or(first).unwrap().1
    }

    /// The ids of events by person: the person is the set of its users, or one browser.
    fn persons(&self) -> BTreeMap<BTreeSet<&'e str>, BTreeSet<String>> {
        let mut persons: BTreeMap<BTreeSet<&str>, BTreeSet<String>> = BTreeMap::new();
        for event in self.events {
            let owner = self.owner(event);
            let members = match self.component.get(owner) {
                Some(number) => {
                    self.component.iter().filter(|(_, other)| *other == number).map(|(user, _)| *user).collect()
                }
                None => BTreeSet::from([owner]),
            };
            persons.entry(members).or_default().insert(event.id.as_deref().unwrap().to_owned());
        }
        persons
    }
}

/// What the API tells: the users of each person (or its browser), its name, and its events.
fn told(hearth: &Hearth) -> BTreeMap<BTreeSet<String>, (String, BTreeSet<String>)> {
    let persons = ask(hearth, "persons?limit=1000");
    let mut told = BTreeMap::new();
    for person in persons["persons"].as_array().unwrap() {
        let name = person["person_id"].as_str().unwrap();
        let of_kind = |kind: &str| -> BTreeSet<String> {
            let ids = person["ids"].as_array().unwrap().iter().filter(|id| id["kind"] == *kind);
            ids.map(|id| id["id"].as_str().unwrap().to_owned()).collect()
        };
        let (users, browsers) = (of_kind("user"), of_kind("anonymous"));
        let events = ask(hearth, &format!("persons/{name}/events?limit=1000"));
        let events = events["events"].as_array().unwrap().iter();
        let ids = events.inspect(|event| assert_eq!(event["person_id"], *name)).map(|event| &event["event_id"]);
        let ids: BTreeSet<String> = ids.map(|id| id.as_str().unwrap().to_owned()).collect();
        assert_eq!(ask(hearth, &format!("persons/{name}"))["events"], Value::from(ids.len()), "{name}");
        for user in &users {
            assert_eq!(ask(hearth, &format!("persons/user:{user}"))["person_id"], *name);
        }
        let members = if users.is_empty() { browsers } else { users };
        assert!(told.insert(members, (name.to_owned(), ids)).is_none(), "a person is listed twice");
    }
    told
}

#[test]
fn persons_are_those_of_the_model_in_any_order_of_arrival() {
    for seed in 0..6 {
        let mut random = Random::new(seed);
        let mut events = events(&mut random);
        let mut before = None;
        for _ in 0..3 {
            for last in (1..events.len()).rev() {
                let other = usize::try_from(random.below(u64::try_from(last + 1).unwrap())).unwrap();
                events.swap(last, other);
            }
            let hearth = Hearth::start();
            store(&hearth, events.clone());
            let told = told(&hearth);
            let persons = Model::new(&events).persons();
            let wanted: BTreeMap<BTreeSet<String>, &BTreeSet<String>> = persons
                .iter()
                .map(|(members, events)| (members.iter().map(ToString::to_string).collect(), events))
                .collect();
            // A person whose browsers have other people's events only has none of its own and is not in the model.
            let found: BTreeMap<_, _> = told
                .iter()
                .filter(|(_, (_, ids))| !ids.is_empty())
                .map(|(members, (_, ids))| (members.clone(), ids))
                .collect();
            assert_eq!(found, wanted, "seed {seed}");
            assert!(!told.keys().any(|members| members.contains(DOUBTFUL)));
            if let Some(before) = before.replace(told.clone()) {
                assert_eq!(before, told, "seed {seed}: the order of arrival matters");
            }
        }
    }
}
