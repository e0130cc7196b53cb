//! What is done by itself over the years: copies are made, old data go.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::finding::Finding;
use crate::config::Config;
use crate::dashboard::format;
use crate::domain::clock::Clock;

/// What names of copies begin with.
const NAME_BEGINS: &str = "hearth-";

/// Looks at both.
pub fn look(config: &Config, clock: &dyn Clock) -> Vec<Finding> {
    vec![backups(config, clock), retention(config)]
}

fn backups(config: &Config, clock: &dyn Clock) -> Finding {
    let check = "backups";
    let (every, directory) = (config.backup.every, directory(config));
    let newest_ms = newest_ms(&directory);
    let now_ms = clock.now_ms();
    let advice = "`hearth backup` makes one now; a running server makes them by itself, its log says why not";
    match newest_ms {
        _ if !config.storage.path.exists() => Finding::pass(check, "nothing to copy yet"),
        None if every.is_zero() => Finding::warn(
            check,
            format!("none in {}, and backup.every is \"0s\"", directory.display()),
            "set backup.every, or copy with `hearth backup` by other means",
        ),
        None if is_young(&config.storage.path, every, now_ms) => {
            Finding::pass(check, format!("none in {} yet; the database is new", directory.display()))
        }
        None => Finding::warn(check, format!("none in {}", directory.display()), advice),
        Some(at_ms) => {
            let told = format!("the newest of {} is from {}", directory.display(), format::ago(at_ms, now_ms));
            let is_late = !every.is_zero() && age(at_ms, now_ms) > every * 2;
            if is_late { Finding::warn(check, told, advice) } else { Finding::pass(check, told) }
        }
    }
}

/// Where copies go.
fn directory(config: &Config) -> PathBuf {
    let beside = || config.storage.path.parent().unwrap_or(Path::new("")).join("backups");
    config.backup.directory.clone().unwrap_or_else(beside)
}

/// When the newest copy was finished, by its file.
fn newest_ms(directory: &Path) -> Option<i64> {
    let files = std::fs::read_dir(directory).ok()?;
    let is_copy = |name: &str| name.starts_with(NAME_BEGINS) && (name.ends_with(".db") || name.ends_with(".db.zst"));
    let copies = files.filter_map(Result::ok).filter(|file| file.file_name().to_str().is_some_and(is_copy));
    copies.filter_map(|file| changed_ms(&file.path())).max()
}

fn changed_ms(path: &Path) -> Option<i64> {
    let changed = jiff::Timestamp::try_from(path.metadata().ok()?.modified().ok()?).ok()?;
    Some(changed.as_millisecond())
}

/// Whether the file is younger than the time from one copy to the next.
fn is_young(path: &Path, every: Duration, now_ms: i64) -> bool {
    let born = path.metadata().and_then(|metadata| metadata.created()).ok();
    let born_ms = born.and_then(|born| jiff::Timestamp::try_from(born).ok()).map(jiff::Timestamp::as_millisecond);
    born_ms.is_some_and(|born_ms| age(born_ms, now_ms) < every)
}

fn age(at_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(now_ms.saturating_sub(at_ms)).unwrap_or_default())
}

fn retention(config: &Config) -> Finding {
    let kept = &config.retention;
    let kinds = [
        ("requests", kept.requests),
        ("rollups", kept.rollups),
        ("heat", kept.heat),
        ("events", kept.events),
        ("visits", kept.visits),
    ];
    let told: Vec<_> = kinds
        .iter()
        .map(|(kind, kept)| match kept.as_secs() / 86_400 {
            0 => format!("{kind} for ever"),
            days => format!("{kind} {days} d"),
        })
        .collect();
    Finding::pass("retention", told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};
    use crate::domain::clock::{ManualClock, SystemClock};

    #[test]
    fn backups_that_are_late_are_told() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("hearth.db");
        let overrides = Overrides { data: Some(data.display().to_string()), ..Overrides::default() };
        let config = load_from(&overrides, &Surroundings::default()).unwrap().config;
        let hours = |hours: i64| ManualClock::at(SystemClock.now_ms() + hours * 3_600_000);
        assert_eq!(backups(&config, &hours(0)).verdict, Verdict::Pass, "there is no database");
        std::fs::write(&data, "").unwrap();
        assert_eq!(backups(&config, &hours(0)).verdict, Verdict::Pass, "it is new");
        assert_eq!(backups(&config, &hours(25)).verdict, Verdict::Warn);
        std::fs::create_dir(place.path().join("backups")).unwrap();
        std::fs::write(place.path().join("backups/notes.txt"), "").unwrap();
        assert_eq!(backups(&config, &hours(25)).verdict, Verdict::Warn, "that is no copy");
        std::fs::write(place.path().join("backups/hearth-20260101T000000Z.db.zst"), "").unwrap();
        assert_eq!(backups(&config, &hours(25)).verdict, Verdict::Pass);
        assert_eq!(backups(&config, &hours(49)).verdict, Verdict::Warn);
    }
}
