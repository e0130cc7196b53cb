//! What copies are called: `hearth-20261121T180000Z-upgrade.db.zst`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// How the time is written.
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// What caused a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// `backup.every`; not in the name.
    Schedule,
    /// A person, or a signal.
    Manual,
    /// A newer Hearth was about to change the schema.
    Upgrade,
}

impl Reason {
    const NAMED: [Self; 2] = [Self::Manual, Self::Upgrade];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Manual => "manual",
            Self::Upgrade => "upgrade",
        }
    }
}

/// The name of a copy in the directory of copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyName {
    /// When it was begun, in whole seconds.
    pub made_at_s: i64,
    pub reason: Reason,
    pub is_compressed: bool,
}

impl CopyName {
    /// Reads a name; none for files that are not ours.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let rest = name.strip_prefix("hearth-")?;
        let (rest, is_compressed) = match rest.strip_suffix(".db.zst") {
            Some(rest) => (rest, true),
            None => (rest.strip_suffix(".db")?, false),
        };
        let (time, reason) = match rest.split_once('-') {
            Some((time, word)) => (time, Reason::NAMED.into_iter().find(|reason| reason.as_str() == word)?),
            None => (rest, Reason::Schedule),
        };
        let at = DateTime::strptime(TIME, time).ok()?.to_zoned(TimeZone::UTC).ok()?;
        let parsed = Self { made_at_s: at.timestamp().as_second(), reason, is_compressed };
        // Only what we would write: no sign, no missing zero.
        (parsed.to_string() == name).then_some(parsed)
    }

    /// When it was begun, in milliseconds since the epoch.
    #[must_use]
    pub fn made_at_ms(&self) -> i64 {
        self.made_at_s.saturating_mul(1_000)
    }
}

/// The time as it stands in names.
pub(super) fn stamp(at_s: i64) -> String {
    Timestamp::from_second(at_s).unwrap_or_default().strftime(TIME).to_string()
}

impl std::fmt::Display for CopyName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = if self.is_compressed { ".db.zst" } else { ".db" };
        match self.reason {
            Reason::Schedule => write!(formatter, "hearth-{}{end}", stamp(self.made_at_s)),
            reason => write!(formatter, "hearth-{}-{}{end}", stamp(self.made_at_s), reason.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for (name, reason, is_compressed) in [
            ("hearth-20261121T180000Z.db.zst", Reason::Schedule, true),
            ("hearth-20261121T180000Z-manual.db.zst", Reason::Manual, true),
            ("hearth-20261121T180000Z-upgrade.db", Reason::Upgrade, false),
        ] {
            let expected = CopyName { made_at_s: 1_795_284_000, reason, is_compressed };
            assert_eq!(CopyName::parse(name), Some(expected), "{name}");
            assert_eq!(expected.to_string(), name);
        }
    }

    #[test]
    fn files_of_others_have_no_name_of_ours() {
        for name in [
            "hearth.db",
            "hearth-notes.txt",
            "hearth-20261121T180000Z.db.zst.partial",
            "hearth-20261121T180000Z-schedule.db.zst",
            "hearth-20261121T180000Z-mine.db.zst",
            "hearth-20261321T180000Z.db.zst",
            "hearth-20261121T180000.db.zst",
            "hearth-20261121T18000Z.db.zst",
            "Hearth-20261121T180000Z.db.zst",
            "",
        ] {
            assert_eq!(CopyName::parse(name), None, "{name}");
        }
    }
}
