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

/// Begin (before the demo's birth), length, and what happened.
const INCIDENTS: [(i64, i64, Trouble); 2] = [
    (23 * MS_PER_DAY + 4 * MS_PER_HOUR, 3 * MS_PER_HOUR, Trouble::Failing),
    (3 * MS_PER_DAY + 7 * MS_PER_HOUR, 2 * MS_PER_HOUR, Trouble::Hanging),
];

/// The trouble of a moment.
pub(super) fn trouble(at_ms: i64, born_ms: i64) -> Trouble {
    let incident =
        INCIDENTS.iter().find(|(before_ms, length_ms, _)| (0..*length_ms).contains(&(at_ms - (born_ms - before_ms))));
    incident.map_or(Trouble::None, |(_, _, trouble)| *trouble)
}
