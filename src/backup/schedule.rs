//! When the next copy is due, by a clock that may jump.

use std::time::Duration;

/// What decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub now_ms: i64,
    /// When this process started.
    pub started_at_ms: i64,
    /// When the newest copy was made, of those that are not from the future.
    pub newest_ms: Option<i64>,
    /// When one was last begun and failed, if none has worked since.
    pub failed_at_ms: Option<i64>,
}

/// How long a start has the machine for itself.
const AFTER_START_MS: i64 = 5 * 60 * 1000;

/// How long after a failure it is tried again, unless one is due less often than that.
const AFTER_FAILURE_MS: i64 = 15 * 60 * 1000;

/// When one is due; never with `every` zero. A time that has passed means now.
#[must_use]
pub fn due_at_ms(every: Duration, moment: Moment) -> Option<i64> {
    let every_ms = i64::try_from(every.as_millis()).ok().filter(|every| *every > 0)?;
    // A clock that was set back makes times of the past look like the future; then they say nothing.
    let past = |at_ms: &i64| *at_ms <= moment.now_ms;
    let wait = |from_ms: Option<i64>, ms: i64| from_ms.filter(past).map(|from_ms| from_ms.saturating_add(ms));
    let by_age = wait(moment.newest_ms, every_ms).unwrap_or(moment.now_ms);
    let by_start = wait(Some(moment.started_at_ms), AFTER_START_MS.min(every_ms));
    let by_failure = wait(moment.failed_at_ms, AFTER_FAILURE_MS.min(every_ms));
    [Some(by_age), by_start, by_failure].into_iter().flatten().max()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 60 * 60 * 1000;
    const DAY: Duration = Duration::from_hours(24);

    fn moment() -> Moment {
        Moment { now_ms: 1_000 * HOUR_MS, started_at_ms: 900 * HOUR_MS, newest_ms: None, failed_at_ms: None }
    }

    #[test]
    fn the_first_is_due_a_little_after_the_start_and_the_next_by_the_age_of_the_newest() {
        assert_eq!(due_at_ms(DAY, moment()), Some(moment().now_ms));
        let just_started = Moment { started_at_ms: moment().now_ms, ..moment() };
        assert_eq!(due_at_ms(DAY, just_started), Some(moment().now_ms + AFTER_START_MS));
        let newest_ms = Some(990 * HOUR_MS);
        assert_eq!(due_at_ms(DAY, Moment { newest_ms, ..moment() }), Some(1_014 * HOUR_MS));
        assert_eq!(due_at_ms(Duration::ZERO, moment()), None);
    }

    #[test]
    fn after_a_failure_it_waits() {
        let failed_at_ms = Some(moment().now_ms - 1);
        let due = due_at_ms(DAY, Moment { failed_at_ms, ..moment() });
        assert_eq!(due, Some(moment().now_ms - 1 + AFTER_FAILURE_MS));
        let due = due_at_ms(Duration::from_mins(1), Moment { failed_at_ms, ..moment() });
        assert_eq!(due, Some(moment().now_ms - 1 + 60_000));
    }

    #[test]
    fn a_clock_that_went_back_does_not_put_it_off_for_years() {
        let newest_ms = Some(90_000 * HOUR_MS);
        let due =
            due_at_ms(DAY, Moment { newest_ms, failed_at_ms: newest_ms, started_at_ms: 90_000 * HOUR_MS, ..moment() });
        assert_eq!(due, Some(moment().now_ms));
    }
}
