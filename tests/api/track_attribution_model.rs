//! Attribution compared with counting by hand: random visits, purchases and identities in random order of arrival, and a
//! model of datalyr.md 7.4 and 7.5 that looks at every event for every question.

#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "numbers of tests are small")]

use std::collections::{BTreeMap, BTreeSet};

use hearth::domain::track::{Statement, TrackEvent};
use serde_json::Value;

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::track_attribution_world::{DAY_MS, HOUR_MS, MINUTE_MS, ask, event, met, of, paid, store};
use crate::traffic_model::Random;

const GRACE_MS: i64 = 60_000;
const MODELS: [&str; 6] = ["first", "last", "last_non_direct", "linear", "position", "time_decay"];

/// Who is known to the model: a user's component by its least user, or an anonymous id.
type Who = String;

/// What a session, or the hour of events without one, told of a campaign.
#[derive(Debug, Clone)]
struct Told {
    session: String,
    campaign: i64,
    first_ms: i64,
    captured_ms: i64,
    last_ms: i64,
    started_ms: i64,
}

/// A touch that counts.
#[derive(Debug, Clone)]
struct Real {
    time_ms: i64,
    session: String,
    campaign: i64,
    is_of_session: bool,
}

struct Model {
    events: Vec<TrackEvent>,
}

impl Model {
    /// The least of the users that are one with this one.
    fn component(&self, user: &str) -> Who {
        let mut one = BTreeSet::from([user.to_owned()]);
        loop {
            let before = one.len();
            for event in &self.events {
                for statement in &event.statements {
                    if let Statement::Same { survivor, absorbed } = statement
                        && (one.contains(&**survivor) || one.contains(&**absorbed))
                    {
                        one.extend([survivor.to_string(), absorbed.to_string()]);
                    }
                }
            }
            if one.len() == before {
                return one.into_iter().next().unwrap();
            }
        }
    }

    fn owner(&self, event: &TrackEvent, time_ms: i64) -> Option<Who> {
        match (&event.user, &event.anonymous) {
            (Some(user), _) => Some(self.component(user)),
            (None, Some(anonymous)) => Some(self.owner_of_anonymous(anonymous, time_ms)),
            (None, None) => None,
        }
    }

    fn owner_of_anonymous(&self, anonymous: &str, time_ms: i64) -> Who {
        let is_tie = |event: &&TrackEvent| event.user.is_some() && event.anonymous.as_deref() == Some(anonymous);
        let ties = self.events.iter().filter(is_tie).map(|event| (event.time_ms, event.user.as_deref().unwrap()));
        let ties: Vec<_> = ties.collect();
        let before = ties.iter().filter(|(at_ms, _)| *at_ms <= time_ms).max();
        let first_ms = ties.iter().map(|(at_ms, _)| *at_ms).min();
        let chosen = before.or_else(|| ties.iter().filter(|(at_ms, _)| Some(*at_ms) == first_ms).max());
        chosen.map_or_else(|| format!("anonymous {anonymous}"), |(_, user)| self.component(user))
    }

    fn session_key(event: &TrackEvent) -> String {
        event.session.as_deref().map_or_else(|| format!("hour {}", event.time_ms.div_euclid(HOUR_MS)), str::to_owned)
    }

    fn started_ms(&self, session: &str) -> i64 {
        let of_session = self.events.iter().filter(|event| event.session.as_deref() == Some(session));
        of_session.map(|event| event.time_ms).min().unwrap()
    }

    /// What was told to a person: by its own events, and by the browsers it was matched with.
    fn told(&self, who: &Who) -> Vec<Told> {
        let mut of_subjects: BTreeMap<(String, String, i64), (Told, &TrackEvent)> = BTreeMap::new();
        for event in &self.events {
            let (Some(touch), Some((_, subject))) = (&event.touch, event.subject()) else { continue };
            let session = Self::session_key(event);
            let started_ms = match &event.session {
                Some(session) => self.started_ms(session),
                None => event.time_ms.div_euclid(HOUR_MS) * HOUR_MS,
            };
            let key = (format!("{:?} {subject}", event.user.is_some()), session.clone(), touch.fingerprint);
            let told = Told {
                session,
                campaign: touch.fingerprint,
                first_ms: event.time_ms,
                captured_ms: touch.captured_ms,
                last_ms: touch.captured_ms,
                started_ms,
            };
            let (known, _) = of_subjects.entry(key).or_insert((told.clone(), event));
            known.first_ms = known.first_ms.min(told.first_ms);
            known.captured_ms = known.captured_ms.min(told.captured_ms);
            known.last_ms = known.last_ms.max(told.last_ms);
        }
        let matched: BTreeSet<&str> = self
            .events
            .iter()
            .flat_map(|event| event.statements.iter().map(move |statement| (event, statement)))
            .filter_map(|(event, statement)| match statement {
                Statement::WebMatch { anonymous } if self.is_subject_of(event, who) => Some(&**anonymous),
                _ => None,
            })
            .collect();
        let is_meant = |told: &Told, event: &TrackEvent| {
            self.owner(event, told.first_ms).as_ref() == Some(who)
                || event.anonymous.as_deref().is_some_and(|anonymous| matched.contains(anonymous))
        };
        of_subjects.into_values().filter(|(told, event)| is_meant(told, event)).map(|(told, _)| told).collect()
    }

    /// Whether what an event's subject was matched with is the person's: if it is ever the person's.
    fn is_subject_of(&self, event: &TrackEvent, who: &Who) -> bool {
        match (&event.user, &event.anonymous) {
            (Some(user), _) => &self.component(user) == who,
            (None, Some(anonymous)) => {
                let times = self.events.iter().map(|event| event.time_ms).chain([i64::MIN]);
                times.into_iter().any(|time_ms| &self.owner_of_anonymous(anonymous, time_ms) == who)
            }
            (None, None) => false,
        }
    }

    fn touches(&self, who: &Who) -> Vec<Real> {
        let mut rows: BTreeMap<(String, i64), Told> = BTreeMap::new();
        for told in self.told(who) {
            let row = rows.entry((told.session.clone(), told.campaign)).or_insert_with(|| told.clone());
            row.first_ms = row.first_ms.min(told.first_ms);
            row.captured_ms = row.captured_ms.min(told.captured_ms);
            row.last_ms = row.last_ms.max(told.last_ms);
        }
        let rows: Vec<Told> = rows.into_values().collect();
        let mut real = Vec::new();
        for row in &rows {
            let order =
                |row: &Told| (row.captured_ms, row.first_ms, !row.session.starts_with("hour"), row.session.clone());
            let earlier: Vec<_> =
                rows.iter().filter(|other| other.campaign == row.campaign && order(other) < order(row)).collect();
            let repeats = |time_ms: i64| earlier.iter().any(|other| time_ms <= other.last_ms + GRACE_MS);
            let is_old = row.captured_ms < row.started_ms - GRACE_MS;
            let touch = |time_ms, is_of_session| Real {
                time_ms,
                session: row.session.clone(),
                campaign: row.campaign,
                is_of_session,
            };
            if !is_old && !repeats(row.captured_ms) {
                real.push(touch(row.captured_ms, true));
            }
            if is_old && earlier.is_empty() {
                real.push(touch(row.captured_ms, false));
            }
            if is_old && row.last_ms >= row.started_ms - GRACE_MS && !repeats(row.last_ms) {
                real.push(touch(row.last_ms, true));
            }
        }
        real.sort_by_key(|touch| (touch.time_ms, touch.campaign));
        real
    }

    /// Who is credited for an event and how much, by model.
    fn credit(&self, bought: &TrackEvent, window_ms: i64) -> BTreeMap<&'static str, Vec<(Option<i64>, f64)>> {
        let at_ms = bought.time_ms;
        let who = self.owner(bought, at_ms);
        let all = who.as_ref().map(|who| self.touches(who)).unwrap_or_default();
        let window: Vec<_> =
            all.iter().filter(|touch| (at_ms - window_ms..=at_ms).contains(&touch.time_ms)).cloned().collect();
        if window.is_empty() {
            return MODELS.iter().map(|model| (*model, vec![(None, 1.0)])).collect();
        }
        let mut points: Vec<&Real> = Vec::new();
        for touch in &window {
            if !touch.is_of_session || !points.iter().any(|point| point.is_of_session && point.session == touch.session)
            {
                points.push(touch);
            }
        }
        let campaign = |touch: &Real| Some(touch.campaign);
        let last = window.last().unwrap();
        let visit = match &bought.session {
            Some(session) => Some(BTreeSet::from([session.to_string()])),
            None => self.last_visits(&who.unwrap(), &all, at_ms),
        };
        let of_visit = visit
            .and_then(|keys| window.iter().rev().find(|touch| touch.is_of_session && keys.contains(&touch.session)));
        let count = points.len();
        let between = 0.2 / (count.max(3) - 2) as f64;
        let position = |n: usize| match count {
            1 => 1.0,
            2 => 0.5,
            _ if n == 0 || n == count - 1 => 0.4,
            _ => between,
        };
        let age = |touch: &Real| (-((at_ms - touch.time_ms) as f64) / (7 * DAY_MS) as f64).exp2();
        let ages: f64 = points.iter().map(|point| age(point)).sum();
        BTreeMap::from([
            ("first", vec![(campaign(&window[0]), 1.0)]),
            ("last", vec![(of_visit.and_then(campaign), 1.0)]),
            ("last_non_direct", vec![(campaign(last), 1.0)]),
            ("linear", points.iter().map(|point| (campaign(point), 1.0 / count as f64)).collect()),
            ("position", points.iter().enumerate().map(|(n, point)| (campaign(point), position(n))).collect()),
            ("time_decay", points.iter().map(|point| (campaign(point), age(point) / ages)).collect()),
        ])
    }

    /// The visits of a person that began last.
    fn last_visits(&self, who: &Who, touches: &[Real], at_ms: i64) -> Option<BTreeSet<String>> {
        let mut visits: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        for event in &self.events {
            if let Some(session) = &event.session
                && self.owner(event, event.time_ms).as_ref() == Some(who)
            {
                visits.entry(self.started_ms(session)).or_default().insert(session.to_string());
            }
        }
        for touch in touches.iter().filter(|touch| touch.is_of_session) {
            let is_hour = touch.session.starts_with("hour");
            let started_ms = if is_hour { touch.time_ms } else { self.started_ms(&touch.session) };
            visits.entry(started_ms).or_default().insert(touch.session.clone());
        }
        visits.range(..=at_ms).next_back().map(|(_, keys)| keys.clone())
    }
}

/// Random events of a few people who share browsers, at different times.
fn events(random: &mut Random) -> Vec<TrackEvent> {
    let mut made = Vec::new();
    let signed = |number: u64| i64::try_from(number).unwrap();
    let (mut visitor, mut start_ms) = (String::new(), 0);
    for session in 0..14 {
        let name = format!("s{session}");
        if session == 0 || random.below(3) > 0 {
            visitor = format!("v{}", random.below(6));
            start_ms = NOW_MS - 40 * DAY_MS + signed(random.below(40 * 24)) * HOUR_MS;
        } else {
            // The session's id is changed within the visit.
            start_ms += signed(random.below(5 * 60_000));
        }
        let user = random.one_of(&[None, None, Some("a"), Some("b"), Some("c"), Some("d")]);
        for step in 0..=signed(random.below(4)) {
            // Times differ by an odd number, so that nothing happens at the same moment by chance.
            let time_ms = start_ms + step * 20 * MINUTE_MS + signed(random.below(19 * 60_000));
            let user = user.filter(|_| random.below(2) == 0);
            let mut told = of(event("step", time_ms), user, Some(&visitor), Some(&name));
            let campaign = signed(random.below(5));
            match random.below(7) {
                0 | 1 => told = met(told, campaign, time_ms - 7),
                // Two campaigns are only remembered.
                2 => told = met(told, signed(random.below(7)), time_ms - signed(random.below(30 * 24)) * HOUR_MS - 11),
                3 => told = met(told, campaign, start_ms.min(time_ms) - signed(random.below(3 * 60_000))),
                4 => told = paid(told, Some(signed(random.below(100_000_000)) - 20_000_000), "USD"),
                _ => {}
            }
            made.push(told);
        }
    }
    for _ in 0..8 {
        let time_ms = NOW_MS - signed(random.below(40 * 24 * 3_600_000));
        let user = random.one_of(&["a", "b", "c", "d", "e"]);
        let visitor = format!("v{}", random.below(6));
        let mut bought = of(event("bought", time_ms), Some(user), (random.below(3) == 0).then_some(&*visitor), None);
        if random.below(6) == 0 {
            bought = met(bought, 3, time_ms);
        }
        made.push(paid(bought, Some(signed(random.below(100_000_000))), random.one_of(&["USD", "EUR"])));
    }
    let quiet = || event("quiet", NOW_MS);
    let merge = Statement::Same { survivor: "c".into(), absorbed: "d".into() };
    made.push(TrackEvent { statements: vec![merge], ..of(quiet(), Some("c"), None, None) });
    let app = of(event("matched", NOW_MS - 20 * DAY_MS), None, Some("app"), Some("app1"));
    made.push(TrackEvent { statements: vec![Statement::WebMatch { anonymous: "v0".into() }], ..app });
    made.push(paid(of(event("in-app", NOW_MS - 1), None, Some("app"), Some("app1")), Some(3_333_333), "USD"));
    made.push(paid(of(event("nobodys", NOW_MS - 2), None, None, None), Some(1), "USD"));
    // Any order of arrival.
    for n in (1..made.len()).rev() {
        made.swap(n, usize::try_from(random.below(n as u64 + 1)).unwrap());
    }
    made
}

fn millionths(number: &Value) -> i64 {
    (number.as_f64().unwrap() * 1e6).round() as i64
}

/// What a row is told to have of a model and currency.
fn told(share: &Value, currency: Option<&str>) -> i64 {
    let Some(currency) = currency else { return millionths(&share["conversions"]) };
    let sums = share["revenue"].as_array().unwrap().iter();
    sums.filter(|sum| sum["currency"] == currency).map(|sum| millionths(&sum["amount"])).sum()
}

#[test]
fn credit_is_what_counting_by_hand_gives_whatever_arrives_first() {
    for seed in 0..10 {
        let mut random = Random::new(seed);
        let hearth = Hearth::start();
        let model = Model { events: events(&mut random) };
        store(&hearth, model.events.clone());
        for window_days in [90, 10] {
            let answer = ask(&hearth, &format!("attribution?by=campaign&window_days={window_days}"));
            let mut expected: BTreeMap<(&str, Option<i64>, Option<&str>), f64> = BTreeMap::new();
            let mut totals: BTreeMap<Option<&str>, i64> = BTreeMap::from([(None, 0)]);
            for bought in model.events.iter().filter(|event| event.conversion.is_some()) {
                let conversion = bought.conversion.as_ref().unwrap();
                let amount = conversion.amount_micros.unwrap();
                *totals.entry(None).or_default() += 1_000_000;
                *totals.entry(Some(&conversion.currency)).or_default() += amount;
                for (name, shares) in model.credit(bought, window_days * DAY_MS) {
                    for (campaign, part) in shares {
                        *expected.entry((name, campaign, None)).or_default() += part * 1e6;
                        *expected.entry((name, campaign, Some(&conversion.currency))).or_default() +=
                            part * amount as f64;
                    }
                }
            }
            let rows = answer["rows"].as_array().unwrap();
            for name in MODELS {
                for (&currency, &total) in &totals {
                    let mut sum = 0;
                    for row in rows {
                        let campaign = row["key"].as_str().map(|key| key[1..].parse().unwrap());
                        let found = told(&row["models"][name], currency);
                        let wanted = expected.get(&(name, campaign, currency)).copied().unwrap_or_default();
                        assert!(
                            (found as f64 - wanted).abs() <= 1.001,
                            "seed {seed}, {window_days} days, {name}, {campaign:?}, {currency:?}: {found} and not {wanted}"
                        );
                        sum += found;
                    }
                    assert_eq!(sum, total, "seed {seed}: {name} adds up in {currency:?}");
                }
            }
            let told_totals = &answer["totals"];
            assert_eq!(millionths(&told_totals["conversions"]), totals[&None]);
            for sum in told_totals["revenue"].as_array().unwrap() {
                assert_eq!(millionths(&sum["amount"]), totals[&sum["currency"].as_str()]);
            }
        }
    }
}
