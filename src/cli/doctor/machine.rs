//! The machine: room on the disk, its clock, how many files may be open.

use std::path::Path;

use super::finding::Finding;
use crate::config::Config;
use crate::dashboard::format;
use crate::domain::clock::Clock;

/// No clock that is right shows an earlier time: 2026-01-01.
const EARLIEST_MS: i64 = 1_767_225_600_000;

/// No clock that is right shows a later one: 2100-01-01.
const LATEST_MS: i64 = 4_102_444_800_000;

/// Descriptors besides those of connections: database, log, listeners, libraries.
const OWN_DESCRIPTORS: u64 = 128;

/// Looks at all three.
pub fn look(config: &Config, clock: &dyn Clock) -> Vec<Finding> {
    vec![disk(config), clock_finding(clock), descriptors(config)]
}

/// The room where the database is or will be.
fn disk(config: &Config) -> Finding {
    let (path, floor) = (&config.storage.path, config.storage.min_free);
    let Some(directory) = nearest_directory(path) else {
        return Finding::fail(
            "disk",
            format!("no directory above {} can be seen", path.display()),
            "choose another storage.path",
        );
    };
    let stat = match rustix::fs::statvfs(directory) {
        Ok(stat) => stat,
        Err(error) => {
            let advice = "look at the disk";
            return Finding::fail(
                "disk",
                format!("the disk of {} cannot be asked: {error}", directory.display()),
                advice,
            );
        }
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    judge_room(free, floor)
}

fn judge_room(free: u64, floor: u64) -> Finding {
    let told = format!("{} free, storage.min_free is {}", format::bytes(free), format::bytes(floor));
    match free {
        free if free < floor => {
            Finding::fail("disk", told, "make room: below that, everything that is sent is refused with 503")
        }
        free if free / 4 < floor => Finding::warn("disk", told, "make room soon, or shorten [retention]"),
        _ => Finding::pass("disk", told),
    }
}

/// The nearest directory above that exists.
fn nearest_directory(path: &Path) -> Option<&Path> {
    let mut above =
        path.ancestors().skip(1).map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
    above.find(|above| above.is_dir())
}

/// Whether the time can be right. How it stands to the newest data is looked at with the database.
fn clock_finding(clock: &dyn Clock) -> Finding {
    let now_ms = clock.now_ms();
    let shown = format::moment(now_ms, &jiff::tz::TimeZone::UTC);
    if (EARLIEST_MS..LATEST_MS).contains(&now_ms) {
        return Finding::pass("clock", format!("{shown} UTC"));
    }
    Finding::fail(
        "clock",
        format!("{shown} UTC cannot be right"),
        "set the clock, such as with systemd-timesyncd or chrony",
    )
}

/// Whether as many connections as the configuration allows can be open. A service has limits of its own.
fn descriptors(config: &Config) -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let of_proxy = if config.proxy.is_on() { 2 * config.proxy.max_connections as u64 } else { 0 };
    let needed =
        config.server.max_connections as u64 + of_proxy + u64::from(config.storage.readers) * 3 + OWN_DESCRIPTORS;
    let allowed = limit.current.unwrap_or(u64::MAX);
    let told = |allowed: u64| format!("{allowed} allowed here, {needed} needed when all connections are taken");
    match allowed {
        u64::MAX => Finding::pass("descriptors", format!("any number allowed here, {needed} needed at most")),
        allowed if allowed >= needed => Finding::pass("descriptors", told(allowed)),
        allowed => Finding::warn(
            "descriptors",
            told(allowed),
            "raise LimitNOFILE of the service (ulimit -n in a shell), or lower server.max_connections",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;
    use crate::domain::clock::ManualClock;

    #[test]
    fn a_clock_of_another_century_is_wrong() {
        assert_eq!(clock_finding(&ManualClock::at(1_800_000_000_000)).verdict, Verdict::Pass);
        assert_eq!(clock_finding(&ManualClock::at(0)).verdict, Verdict::Fail);
        assert_eq!(clock_finding(&ManualClock::at(5_000_000_000_000)).verdict, Verdict::Fail);
    }

    #[test]
    fn room_is_judged_by_the_floor_below_which_nothing_is_taken() {
        const MIB: u64 = 1 << 20;
        assert_eq!(judge_room(255 * MIB, 256 * MIB).verdict, Verdict::Fail);
        assert_eq!(judge_room(600 * MIB, 256 * MIB).verdict, Verdict::Warn);
        assert_eq!(judge_room(1024 * MIB, 256 * MIB).verdict, Verdict::Pass);
        assert_eq!(judge_room(0, 0).verdict, Verdict::Pass);
        assert_eq!(nearest_directory(Path::new("/nonexistent/data/hearth.db")), Some(Path::new("/")));
        assert_eq!(nearest_directory(Path::new("hearth.db")), Some(Path::new(".")));
    }
}
