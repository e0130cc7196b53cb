//! How many people come in which hour: nights and weekends, slow growth, and one day on which everybody spoke of the shop.

use super::random::Numbers;

const MS_PER_HOUR: i64 = 3_600_000;
const MS_PER_DAY: i64 = 24 * MS_PER_HOUR;

/// An ordinary day's visits, at the time of the demo's birth.
const VISITS_PER_DAY: f64 = 130.0;

/// Weeks in which the number of visits doubles.
const DOUBLES_IN_DAYS: f64 = 45.0;

/// When a much-read page wrote about the shop: the day before that of the demo's birth, and its hour (UTC).
const LOUD_DAYS_AGO: i64 = 12;
const LOUD_HOUR: i64 = 13;

/// Shares of the day's visits in each hour (UTC), in thousandths.
const HOURS: [f64; 24] = [
    12.0, 8.0, 6.0, 5.0, 6.0, 10.0, 20.0, 34.0, 46.0, 52.0, 54.0, 55.0, 58.0, 54.0, 52.0, 52.0, 55.0, 62.0, 72.0, 84.0,
    86.0, 62.0, 36.0, 19.0,
];

/// From Monday to Sunday.
const DAYS: [f64; 7] = [1.0, 0.95, 0.95, 0.98, 1.05, 1.2, 1.3];

/// The epoch began on a Thursday.
const EPOCH_DAY: i64 = 3;

/// Whether the day is one on which much-read pages wrote about the shop; how strong the wave still is, from 0 to 1.
pub(super) fn wave(at_ms: i64, born_ms: i64) -> f64 {
    let since_ms = at_ms - loud_ms(born_ms);
    if !(0..4 * MS_PER_DAY).contains(&since_ms) {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few days in milliseconds")]
    let days = since_ms as f64 / MS_PER_DAY as f64;
    (-1.6 * days).exp()
}

fn loud_ms(born_ms: i64) -> i64 {
    (born_ms.div_euclid(MS_PER_DAY) - LOUD_DAYS_AGO) * MS_PER_DAY + LOUD_HOUR * MS_PER_HOUR
}

/// How many visits begin in the hour that begins at `hour_ms`.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers")]
pub(super) fn visits(hour_ms: i64, born_ms: i64, numbers: &mut Numbers) -> i64 {
    let at = |list: &[f64], index: i64| {
        usize::try_from(index).ok().and_then(|index| list.get(index)).copied().unwrap_or(1.0)
    };
    let hour = at(&HOURS, hour_ms.div_euclid(MS_PER_HOUR).rem_euclid(24)) / 1000.0;
    let day = at(&DAYS, (hour_ms.div_euclid(MS_PER_DAY) + EPOCH_DAY).rem_euclid(7));
    let growth = ((hour_ms - born_ms) as f64 / MS_PER_DAY as f64 / DOUBLES_IN_DAYS).min(2.0).exp2();
    let expected = VISITS_PER_DAY * growth * day * hour * (1.0 + 5.0 * wave(hour_ms, born_ms));
    // A little noise of its own for every hour, and the fraction by chance, so that quiet hours add up.
    (expected * (0.7 + 0.6 * numbers.part()) + numbers.part()).floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const BORN_MS: i64 = 1_795_000_000_000;

    fn day(from_ms: i64) -> i64 {
        (0..24)
            .map(|hour| {
                let hour_ms = from_ms + hour * MS_PER_HOUR;
                visits(hour_ms, BORN_MS, &mut Numbers::of(1, hour_ms))
            })
            .sum()
    }

    #[test]
    fn there_is_growth_and_one_loud_day() {
        let first_week: i64 = (28..35).map(|ago| day(BORN_MS - ago * MS_PER_DAY)).sum();
        let last_week: i64 = (0..7).map(|ago| day(BORN_MS - (ago + 1) * MS_PER_DAY)).sum();
        assert!(last_week > first_week, "{first_week} {last_week}");
        let launch = day(loud_ms(BORN_MS));
        assert!(launch > 2 * last_week / 7, "{launch}");
    }

    #[test]
    fn nights_are_quiet() {
        let at = |hour: i64| {
            (0..20)
                .map(|ago| {
                    let hour_ms = (BORN_MS / MS_PER_DAY - ago) * MS_PER_DAY + hour * MS_PER_HOUR;
                    visits(hour_ms, BORN_MS, &mut Numbers::of(1, hour_ms))
                })
                .sum::<i64>()
        };
        assert!(at(20) > 4 * at(3));
    }
}
