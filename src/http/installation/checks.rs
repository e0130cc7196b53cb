//! What must be so that what is sent now will be stored. Each check is a row of `/readyz`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Installation;
use crate::http::proxy_state::UpstreamState;
use crate::store::health::{Condition, Health};
use crate::store::integrity::Integrity;

/// How long the writer may show no sign of life. It shows two a second.
const MAX_SILENCE: Duration = Duration::from_secs(5);

/// How long somebody else may keep the file locked.
const MAX_LOCKED_OUT: Duration = Duration::from_secs(3);

/// How full the queue may be, in parts of a hundred.
const MAX_QUEUE_PERCENT: u64 = 90;

/// How long an upstream may leave all of its requests unanswered.
const MAX_UPSTREAM_SILENCE: Duration = Duration::from_secs(5);

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Pass,
    /// Somebody should look; batches are taken.
    Warn,
    /// Batches are not taken, or nobody should send any.
    Fail,
}

impl Verdict {
    /// As in `application/health+json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One check and what it found.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What was looked at: a part and its measure.
    pub name: &'static str,
    pub verdict: Verdict,
    /// A stable code of what is wrong.
    pub reason: Option<&'static str>,
    /// What is wrong, for people.
    pub words: &'static str,
    /// What was measured, in `unit`. Nothing that a stranger may not know: anybody may ask `/readyz`.
    pub observed: Option<u64>,
    pub unit: Option<&'static str>,
}

/// All checks, the gravest reason first to be told when several fail.
#[must_use]
pub fn checks(installation: &Installation) -> Vec<Check> {
    let health = installation.store.health();
    vec![
        stopping(installation),
        commit(health),
        heartbeat(health),
        lock(health),
        disk(health),
        fullness(installation.store.queue_percent()),
        // It was brought to the newest schema before anybody could ask.
        passed("database:schema"),
        integrity(&health.integrity()),
        upstreams(installation.proxy.upstreams()),
    ]
}

/// The worst of all, and the first reason for it.
#[must_use]
pub fn worst(checks: &[Check]) -> (Verdict, Option<&Check>) {
    let verdict = checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Pass);
    (verdict, checks.iter().find(|check| check.verdict == verdict && check.reason.is_some()))
}

fn passed(name: &'static str) -> Check {
    Check { name, verdict: Verdict::Pass, reason: None, words: "", observed: None, unit: None }
}

fn failed(name: &'static str, reason: &'static str, words: &'static str) -> Check {
    Check { verdict: Verdict::Fail, reason: Some(reason), words, ..passed(name) }
}

fn warned(name: &'static str, reason: &'static str, words: &'static str) -> Check {
    Check { verdict: Verdict::Warn, ..failed(name, reason, words) }
}

fn stopping(installation: &Installation) -> Check {
    if installation.stopping.has_begun() {
        return failed("process:stopping", "stopping", "Hearth was told to stop and finishes what is under way.");
    }
    passed("process:stopping")
}

fn commit(health: &Health) -> Check {
    match health.condition() {
        Condition::Stopped => failed("writer:commit", "stopped", "The store is closed."),
        Condition::WriteFailing => {
            failed("writer:commit", "write_failing", "The last transaction could not be written; the log says why.")
        }
        Condition::LogFull => failed(
            "writer:commit",
            "log_full",
            "Another program reads the database for so long that its log is full: nothing is accepted until it ends.",
        ),
        Condition::Ready | Condition::BelowFloor => passed("writer:commit"),
    }
}

fn heartbeat(health: &Health) -> Check {
    let silence = health.silence();
    let check = if silence > MAX_SILENCE {
        failed("writer:heartbeat", "writer_silent", "The writer has not shown a sign of life for some time.")
    } else {
        passed("writer:heartbeat")
    };
    Check { observed: Some(u64::try_from(silence.as_millis()).unwrap_or(u64::MAX)), unit: Some("ms"), ..check }
}

fn lock(health: &Health) -> Check {
    match health.locked_out() {
        Some(since) if since > MAX_LOCKED_OUT => {
            failed("database:lock", "database_locked", "Another program keeps the database locked.")
        }
        _ => passed("database:lock"),
    }
}

fn disk(health: &Health) -> Check {
    if health.is_below_floor() {
        failed("disk:free", "below_floor", "The disk is too full: nothing is accepted (storage.min_free).")
    } else {
        passed("disk:free")
    }
}

fn fullness(percent: u64) -> Check {
    let check = if percent >= MAX_QUEUE_PERCENT {
        failed("queue:utilization", "queue_full", "Batches come faster than they are written.")
    } else {
        passed("queue:utilization")
    };
    Check { observed: Some(percent), unit: Some("percent"), ..check }
}

fn integrity(integrity: &Integrity) -> Check {
    let name = "database:integrity";
    match integrity {
        Integrity::NotNeeded | Integrity::Sound => passed(name),
        Integrity::Looking => warned(
            name,
            "integrity_unknown",
            "The last process did not end in order; Hearth is looking whether the database is sound.",
        ),
        Integrity::Unknown => warned(
            name,
            "integrity_unknown",
            "Whether the database is sound could not be found out; see hearth doctor.",
        ),
        Integrity::Damaged(_) => {
            failed(name, "database_damaged", "The database is damaged: put a copy in its place (hearth restore).")
        }
    }
}

/// An upstream that does not answer is no reason to send events elsewhere.
fn upstreams(upstreams: &[UpstreamState]) -> Check {
    let name = "proxy:upstreams";
    let is_silent = |state: &UpstreamState| state.silence().is_some_and(|silence| silence > MAX_UPSTREAM_SILENCE);
    let fails = |state: &UpstreamState| state.failed_in_a_row.load(Ordering::Relaxed) > 0;
    let bad = upstreams.iter().filter(|state| fails(state) || is_silent(state)).count();
    let check = if upstreams.iter().any(is_silent) {
        warned(name, "upstream_silent", "An upstream of the proxy leaves requests unanswered.")
    } else if bad > 0 {
        warned(name, "upstream_failing", "An upstream of the proxy did not answer the last request.")
    } else {
        passed(name)
    };
    Check { observed: Some(bad as u64), unit: Some("upstreams"), ..check }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_full_before_it_is_brimful() {
        assert_eq!(fullness(89).verdict, Verdict::Pass);
        assert_eq!((fullness(90).verdict, fullness(90).reason), (Verdict::Fail, Some("queue_full")));
    }

    #[test]
    fn a_damaged_file_is_told_without_its_contents() {
        let found = integrity(&Integrity::Damaged("Tree 7 page 9".to_owned()));
        assert_eq!((found.verdict, found.reason), (Verdict::Fail, Some("database_damaged")));
        assert!(!found.words.contains("page 9"));
    }

    #[test]
    fn the_worst_counts_and_the_first_reason_for_it_is_told() {
        let all = [passed("a"), warned("b", "b_warns", ""), failed("c", "c_fails", ""), failed("d", "d_fails", "")];
        let (verdict, reason) = worst(&all);
        assert_eq!((verdict, reason.and_then(|check| check.reason)), (Verdict::Fail, Some("c_fails")));
        assert_eq!(worst(&all[..2]).0, Verdict::Warn);
        assert_eq!(worst(&all[..1]), (Verdict::Pass, None));
    }
}
