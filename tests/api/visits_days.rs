//! Hours add up to days, and days to the whole, in whatever zone and when its clocks are changed.

use hearth::domain::period::{Grain, Interval, Period};
use hearth::query::visits::overview::{Wanted, overview};
use hearth::query::visits::scope::Scope;
use hearth::query::visits::totals::Totals;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::visits_model::World;

/// Zones with clocks that go forward and back by an hour or half of one, at midnight, on either half of the earth; with odd
/// offsets; and without any change.
const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Africa/Cairo",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Asia/Beirut",
];

/// Days around which clocks are changed somewhere.
const WEEKS: [(Date, Date); 4] = [
    (Date::constant(2026, 3, 6), Date::constant(2026, 3, 10)),
    (Date::constant(2026, 3, 26), Date::constant(2026, 4, 6)),
    (Date::constant(2026, 9, 24), Date::constant(2026, 9, 28)),
    (Date::constant(2026, 10, 23), Date::constant(2026, 11, 3)),
];

fn sum(series: &[Totals]) -> Totals {
    let mut sum = Totals::default();
    for bucket in series {
        sum.add(bucket);
    }
    sum
}

#[test]
fn hours_add_up_to_days_and_days_to_the_whole() {
    // Visits from March to November.
    let first_ms = Period::Days { first: Date::constant(2026, 3, 1), last: Date::constant(2026, 3, 1) }
        .interval(0, &TimeZone::UTC, 0)
        .from_ms;
    let world = World::starting_at(first_ms, 21, 3_000, 250, 200);
    for name in ZONES {
        let zone = TimeZone::get(name).unwrap();
        for (first, last) in WEEKS {
            let interval = Period::Days { first, last }.interval(0, &zone, 0);
            let look = |interval: Interval, bounds: &[i64]| {
                let scope = Scope { project: world.project, interval, filters: Vec::new() };
                overview(&world.file, &scope, &Wanted { bounds, lists: &[] }).unwrap()
            };
            let days = Grain::Day.bounds(interval, &zone).unwrap();
            let hours = Grain::Hour.bounds(interval, &zone).unwrap();
            let by_day = look(interval, &days);
            let by_hour = look(interval, &hours);
            let whole = Totals { visitors: 0, ..by_day.totals };
            assert!(whole.visits > 20, "the world has visits then");
            assert_eq!((sum(&by_day.series), sum(&by_hour.series)), (whole, whole), "{name} {first}");
            for (bucket, pair) in by_day.series.iter().zip(days.windows(2)) {
                let of_day: Vec<Totals> = by_hour
                    .series
                    .iter()
                    .zip(&hours)
                    .filter(|(_, start)| (pair[0]..pair[1]).contains(*start))
                    .map(|(totals, _)| *totals)
                    .collect();
                assert_eq!(sum(&of_day), Totals { visitors: 0, ..*bucket }, "{name} {pair:?}");
                let raw = look(Interval { from_ms: pair[0], to_ms: pair[1] }, &[]);
                assert_eq!(raw.totals, *bucket, "{name} {pair:?}");
            }
        }
    }
}
