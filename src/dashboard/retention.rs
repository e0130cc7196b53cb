//! How long data are kept and how far deleting is, as pages tell it.

use jiff::tz::TimeZone;

use super::format;
use crate::store::retention::due::Sizes;
use crate::store::retention::{ClockState, KindProgress, Progress};
use crate::store::visits::start_of_day;

/// The rules and how far deleting is.
pub struct RetentionView {
    pub rows: Vec<RetentionRow>,
    /// Why nothing is deleted at the moment.
    pub held_up: Option<String>,
    /// Whether how much space each kind takes is known.
    pub has_sizes: bool,
    pub texts: String,
}

/// One kind of data.
pub struct RetentionRow {
    pub name: &'static str,
    /// The setting's key.
    pub key: String,
    pub kept: String,
    pub oldest: String,
    pub size: String,
    pub last_run: String,
    /// What is too old and still there.
    pub behind: Option<String>,
}

impl RetentionView {
    #[must_use]
    pub fn new(progress: &Progress, sizes: Option<Sizes>) -> Self {
        Self {
            rows: progress.kinds.iter().map(|kind| row(kind, sizes)).collect(),
            held_up: held_up(progress),
            has_sizes: sizes.is_some(),
            texts: sizes.map(|sizes| format::bytes(sizes.texts)).unwrap_or_default(),
        }
    }
}

fn row(progress: &KindProgress, sizes: Option<Sizes>) -> RetentionRow {
    let kind = progress.kind;
    let days = progress.days_behind();
    RetentionRow {
        name: kind.title(),
        key: format!("retention.{}", kind.name()),
        kept: progress.kept_ms.map_or_else(|| "For ever".to_owned(), format::span_ms),
        oldest: progress.oldest_day.map_or_else(|| "–".to_owned(), day),
        size: sizes.map(|sizes| format::bytes(sizes.kinds[kind as usize])).unwrap_or_default(),
        last_run: match progress.run.filter(|_| progress.kept_ms.is_some()) {
            None => "–".to_owned(),
            Some(run) if run.ended_ms.is_none() => format!("Under way: {} rows so far", format::count(run.rows)),
            Some(run) => format!("{}: {} rows", day(run.run_day), format::count(run.rows)),
        },
        behind: (days > 0)
            .then(|| format!("{} too old", if days == 1 { "1 day is".to_owned() } else { format!("{days} days are") })),
    }
}

fn day(day: i64) -> String {
    format::day(start_of_day(day), &TimeZone::UTC)
}

fn held_up(progress: &Progress) -> Option<String> {
    let moment = |ms| format::moment(ms, &TimeZone::UTC) + " UTC";
    match progress.clock {
        ClockState::Believed | ClockState::NoData => None,
        ClockState::Jumped { noted_ms, hours_left, .. } => Some(format!(
            "The clock has moved by more than 48 hours since {}. Nothing is deleted until it has gone on for {hours_left} more hours and data \
             have come. If the clock is right, run hearth prune --yes.",
            moment(noted_ms)
        )),
        ClockState::NoRecentData { newest_ms } => Some(format!(
            "Nothing has been received since {}. Until something is, nothing is deleted.",
            moment(newest_ms)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::retention::progress::Pages;
    use crate::store::retention::{Kind, Run};

    fn told(run: Option<Run>, oldest_day: Option<i64>) -> RetentionRow {
        let kept_ms = Some(90 * 86_400_000);
        row(&KindProgress { kind: Kind::Heat, kept_ms, oldest_day, target_day: Some(20_000), run }, None)
    }

    #[test]
    fn what_is_too_old_and_how_far_deleting_is_are_told() {
        let run = Run { run_day: 20_090, cutoff_day: 20_000, rows: 1_200, began_ms: 0, ended_ms: None };
        let row = told(Some(run), Some(19_998));
        assert_eq!(row.behind.as_deref(), Some("2 days are too old"));
        assert_eq!((row.last_run.as_str(), row.kept.as_str()), ("Under way: 1,200 rows so far", "90 d"));
        let ended = told(Some(Run { ended_ms: Some(1), ..run }), Some(20_000));
        assert!(ended.behind.is_none() && ended.last_run.ends_with(": 1,200 rows"), "{}", ended.last_run);
        assert_eq!(told(None, None).oldest, "–");
    }

    #[test]
    fn a_reason_to_delete_nothing_is_told() {
        let with =
            |clock| held_up(&Progress { clock, kinds: Vec::new(), pages: Pages::default(), projects_leaving: 0 });
        assert_eq!([with(ClockState::Believed), with(ClockState::NoData)], [None, None]);
        let jumped = with(ClockState::Jumped { noted_ms: 0, since_ms: 1, hours_left: 7 }).unwrap();
        assert!(jumped.contains("7 more hours") && jumped.contains("1970"), "{jumped}");
        assert!(with(ClockState::NoRecentData { newest_ms: 0 }).unwrap().contains("since"));
    }
}
