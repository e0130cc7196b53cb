//! What is done by itself over the years: copies are made, old data go.

use std::path::Path;
use std::time::Duration;

use super::finding::Finding;
use crate::backup::{self, listing};
use crate::config::Config;
use crate::dashboard::format;
use crate::domain::clock::Clock;

/// Looks at both.
pub fn look(config: &Config, clock: &dyn Clock) -> Vec<Finding> {
    vec![backups(config, clock), retention(config)]
}

fn backups(config: &Config, clock: &dyn Clock) -> Finding {
    let check = "backups";
    let (every, directory) = (config.backup.every, backup::directory(&config.backup, &config.storage));
    let shown = directory.display();
    let now_ms = clock.now_ms();
    let advice = "`hearth backup` makes one now; a running server makes them by itself, its log says why not";
    let copies = match listing::list(&directory) {
        Ok(copies) => copies,
        Err(error) => return Finding::warn(check, error.to_string(), "let the user who runs Hearth read and write it"),
    };
    match copies.first() {
        _ if !config.storage.path.exists() => Finding::pass(check, "nothing to copy yet"),
        None if every.is_zero() => Finding::warn(
            check,
            format!("none in {shown}, and backup.every is \"0s\""),
            "set backup.every, or copy with `hearth backup` by other means",
        ),
        None if is_young(&config.storage.path, every, now_ms) => {
            Finding::pass(check, format!("none in {shown} yet; the database is new"))
        }
        None => Finding::warn(check, format!("none in {shown}"), advice),
        Some(newest) if !newest.is_verified => {
            Finding::warn(check, format!("{} is not whole", newest.path.display()), advice)
        }
        Some(newest) => {
            let (made_at_ms, count) = (newest.made_at_ms(), copies.len());
            let told = format!("{count} in {shown}, the newest {}", format::ago(made_at_ms, now_ms));
            let is_late = !every.is_zero() && age(made_at_ms, now_ms) > every * 2;
            if is_late { Finding::warn(check, told, advice) } else { Finding::pass(check, told) }
        }
    }
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
    use std::sync::Arc;

    use super::super::finding::Verdict;
    use super::*;
    use crate::backup::making::{Order, Place, make};
    use crate::backup::name::Reason;
    use crate::backup::watch::{Phase, Watch};
    use crate::config::{Overrides, Surroundings, load_from};
    use crate::domain::clock::{ManualClock, SystemClock};
    use crate::store::{connection, migrate};

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
        let copies = place.path().join("backups");
        std::fs::create_dir(&copies).unwrap();
        std::fs::write(copies.join("notes.txt"), "").unwrap();
        assert_eq!(backups(&config, &hours(25)).verdict, Verdict::Warn, "that is no copy");
        let mut unseen = |_: Phase, _: u64, _: u64| ();
        let mut watch = Watch { follow: &mut unseen, stop: Arc::default() };
        migrate::migrate(&mut connection::open_writer(&config.storage).unwrap(), 0).unwrap();
        let order = Order {
            storage: &config.storage,
            place: Place::Directory(&copies, Reason::Manual),
            is_compressed: true,
            now_ms: hours(0).now_ms(),
        };
        let made = make(order, &mut watch).unwrap();
        assert_eq!(backups(&config, &hours(25)).verdict, Verdict::Pass);
        assert_eq!(backups(&config, &hours(49)).verdict, Verdict::Warn);
        std::fs::write(&made.file, "half").unwrap();
        assert_eq!(backups(&config, &hours(25)).verdict, Verdict::Warn);
    }
}
