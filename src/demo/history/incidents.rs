//! What went wrong in those weeks, so that there is something to find.

const MS_PER_HOUR: i64 = 3_600_000;
const MS_PER_DAY: i64 = 24 * MS_PER_HOUR;

/// How the recommendations are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    /// They answer 500.
    Failing,
    /// They answer too late, or not at all.
    Hanging,
}

/// The day (before that of the demo's birth), its hour (UTC), the length, and what happened.
const INCIDENTS: [(i64, i64, i64, Trouble); 2] = [
    (23, 15 * MS_PER_HOUR, 6 * MS_PER_HOUR, Trouble::Failing),
    (3, 17 * MS_PER_HOUR, 3 * MS_PER_HOUR, Trouble::Hanging),
];

/// The trouble of a moment.
pub(super) fn trouble(at_ms: i64, born_ms: i64) -> Trouble {
    let day = at_ms.div_euclid(MS_PER_DAY) - born_ms.div_euclid(MS_PER_DAY);
    let hour_ms = at_ms.rem_euclid(MS_PER_DAY);
    let incident = INCIDENTS
        .iter()
        .find(|(before, begins_ms, length_ms, _)| day == -before && (0..*length_ms).contains(&(hour_ms - begins_ms)));
    incident.map_or(Trouble::None, |(_, _, _, trouble)| *trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_has_its_hours() {
        let born_ms = 1_795_000_000_000;
        let day_ms = (born_ms / MS_PER_DAY - 23) * MS_PER_DAY;
        let at = |hour: i64| trouble(day_ms + hour * MS_PER_HOUR, born_ms);
        assert_eq!(
            [at(14), at(15), at(20), at(21)],
            [Trouble::None, Trouble::Failing, Trouble::Failing, Trouble::None]
        );
        assert_eq!(trouble(born_ms, born_ms), Trouble::None);
    }
}
