//! The database: whether it is there, of this schema, sound, and from our time.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;

use super::finding::Finding;
use crate::config::Config;
use crate::dashboard::format;
use crate::domain::clock::Clock;
use crate::query::checkup::{self, FileFacts};
use crate::store::file_sizes::FileSizes;
use crate::store::{StoreError, connection, migrate};

/// The newest data may be so far ahead of the clock.
const AHEAD_MS: i64 = 5 * 60_000;

/// Looks at the schema alone.
pub fn look_at_schema(config: &Config) -> Vec<Finding> {
    vec![schema(config).unwrap_or_else(|finding| finding)]
}

/// Looks at everything; at no pages of a file whose schema is not ours.
pub fn look(config: &Config, is_thorough: bool, clock: &dyn Clock) -> Vec<Finding> {
    let mut findings = vec![sqlite()];
    match schema(config) {
        Err(finding) => findings.push(finding),
        Ok(finding) => {
            findings.push(finding);
            if config.storage.path.exists() {
                findings.extend(inside(config, is_thorough, clock).unwrap_or_else(|error| {
                    vec![Finding::fail(
                        "database",
                        format!("{error}"),
                        "look at its disk; `hearth restore` brings back a copy",
                    )]
                }));
            }
        }
    }
    findings
}

fn sqlite() -> Finding {
    match connection::check_sqlite_version() {
        Ok(()) => Finding::pass("sqlite", rusqlite::version()),
        Err(error) => Finding::fail("sqlite", error.to_string(), "build Hearth with its bundled SQLite"),
    }
}

/// What the file is; an error where there is nothing more to look at.
fn schema(config: &Config) -> Result<Finding, Finding> {
    let path = &config.storage.path;
    let check = "database";
    if !path.exists() {
        return Ok(Finding::pass(check, format!("{} is not there yet; the first start makes it", path.display())));
    }
    let found =
        connection::open_reader(&config.storage).and_then(|file| migrate::schema_of(&file)).map_err(|error| {
            let message = format!("{} cannot be opened: {error}", path.display());
            Finding::fail(check, message, "look at the file's mode and owner; `hearth restore` brings back a copy")
        })?;
    let known = migrate::newest_known();
    if found > known {
        let message = format!("{} has schema {found}, this binary knows up to {known}", path.display());
        return Err(Finding::fail(check, message, "use the newer Hearth, or restore the copy from before the upgrade"));
    }
    if found < known {
        let message = format!("{} has schema {found}, this binary makes {known}", path.display());
        let advice = "the next start brings it up to date, as `hearth migrate up` does";
        return Err(Finding::warn(check, message, advice));
    }
    Ok(Finding::pass(check, format!("{}, schema {found}", path.display())))
}

fn inside(config: &Config, is_thorough: bool, clock: &dyn Clock) -> Result<Vec<Finding>, StoreError> {
    let mut file = connection::open_reader(&config.storage)?;
    let mut findings = vec![pages(&mut file, is_thorough)];
    let facts = checkup::file_facts(&file)?;
    drop(file);
    findings.push(durability(config, &facts)?);
    findings.push(log(config));
    findings.extend(newest_data(&facts, clock));
    findings.push(keys(&facts));
    findings.push(administrators(&facts));
    Ok(findings)
}

fn pages(file: &mut rusqlite::Connection, is_thorough: bool) -> Finding {
    let check = if is_thorough { "integrity" } else { "quick check" };
    let spinner = std::io::stderr().is_terminal().then(|| {
        let spinner = ProgressBar::new_spinner().with_message("Reading the database");
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            spinner.set_style(style);
        }
        spinner
    });
    let shown = spinner.clone();
    let complaints = checkup::complaints(file, is_thorough, move || shown.iter().for_each(ProgressBar::tick));
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    let advice = "make a copy of the file as it is, then `hearth restore` the newest good backup";
    match complaints {
        Ok(complaints) if complaints.is_empty() => Finding::pass(check, "all pages are sound"),
        Ok(complaints) => Finding::fail(check, complaints.join("; "), advice),
        Err(error) => Finding::fail(check, error.to_string(), advice),
    }
}

/// Whether what is acknowledged is on the disk: as the writer opens the file.
fn durability(config: &Config, facts: &FileFacts) -> Result<Finding, StoreError> {
    if facts.journal_mode != "wal" {
        let message = format!("the journal is {:?} instead of \"wal\"", facts.journal_mode);
        return Ok(Finding::warn(
            "durability",
            message,
            "something else has opened the file; the next start sets it right",
        ));
    }
    let writer = connection::open_writer(&config.storage)?;
    let synchronous = checkup::synchronous(&writer)?;
    Ok(match synchronous {
        2.. => Finding::pass("durability", "write-ahead log, synchronous FULL"),
        less => {
            Finding::fail("durability", format!("synchronous is {less}"), "this binary was built wrongly; report it")
        }
    })
}

fn log(config: &Config) -> Finding {
    let (sizes, limit) = (FileSizes::of(&config.storage.path), config.storage.wal_limit);
    let told = format!("database {}, log {}", format::bytes(sizes.database), format::bytes(sizes.log));
    if sizes.log > limit.saturating_mul(2) {
        return Finding::warn(
            "size",
            format!("{told}, twice storage.wal_limit"),
            "a program may be holding the file open to read; it shrinks when that ends",
        );
    }
    Finding::pass("size", told)
}

/// Data from the future mean that the clock is wrong now, or was.
fn newest_data(facts: &FileFacts, clock: &dyn Clock) -> Option<Finding> {
    let (newest_ms, now_ms) = (facts.newest_received_ms?, clock.now_ms());
    let shown = format::moment(newest_ms, &TimeZone::UTC);
    Some(if newest_ms > now_ms + AHEAD_MS {
        let message = format!("the newest arrived at {shown} UTC, which is in the future");
        Finding::fail("newest data", message, "set the clock; it is wrong now, or was when they arrived")
    } else {
        Finding::pass("newest data", format!("{} ({shown} UTC)", format::ago(newest_ms, now_ms)))
    })
}

fn keys(facts: &FileFacts) -> Finding {
    let (projects, with_key) = (facts.projects, facts.projects_with_key);
    match (projects, with_key) {
        (0, _) => {
            Finding::warn("keys", "there is no project yet", "the first start makes one, as does `hearth project add`")
        }
        (_, 0) => {
            Finding::warn("keys", "no project has a key that works", "`hearth key create --project NAME` makes one")
        }
        _ => Finding::pass("keys", format!("{projects} projects, {with_key} with a key that works")),
    }
}

fn administrators(facts: &FileFacts) -> Finding {
    match facts.admins {
        0 => Finding::warn(
            "accounts",
            "nobody can administer the dashboard yet",
            "open the link that `hearth serve` prints, or `hearth user add NAME --admin --password-stdin`",
        ),
        count => Finding::pass("accounts", format!("{count} who can administer")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};
    use crate::domain::clock::ManualClock;

    fn config(path: &std::path::Path) -> Config {
        let overrides = Overrides { data: Some(path.display().to_string()), ..Overrides::default() };
        load_from(&overrides, &Surroundings::default()).unwrap().config
    }

    #[test]
    fn a_file_that_is_as_it_should_be_passes() {
        let place = tempfile::tempdir().unwrap();
        let config = config(&place.path().join("hearth.db"));
        let mut file = connection::open_writer(&config.storage).unwrap();
        migrate::migrate(&mut file, 0).unwrap();
        let found = look(&config, false, &ManualClock::at(0));
        let wrong: Vec<_> = found.iter().filter(|finding| finding.verdict != Verdict::Pass).collect();
        let names: Vec<_> = wrong.iter().map(|finding| finding.check).collect();
        assert_eq!(names, ["keys", "accounts"], "a file without projects and people: {wrong:?}");
    }

    #[test]
    fn a_newer_file_fails_and_an_older_one_is_told() {
        let place = tempfile::tempdir().unwrap();
        let config = config(&place.path().join("hearth.db"));
        let mut file = connection::open_writer(&config.storage).unwrap();
        migrate::migrate(&mut file, 0).unwrap();
        migrate::tests::say_schema(&file, migrate::newest_known() - 1);
        assert_eq!(look_at_schema(&config)[0].verdict, Verdict::Warn);
        migrate::tests::say_schema(&file, 999);
        assert_eq!(look_at_schema(&config)[0].verdict, Verdict::Fail);
    }

    #[test]
    fn data_from_the_future_are_a_wrong_clock() {
        let facts = |newest| FileFacts {
            journal_mode: "wal".to_owned(),
            page_bytes: 4096,
            pages: 1,
            created_at_ms: 0,
            projects: 1,
            projects_with_key: 1,
            admins: 1,
            newest_received_ms: newest,
        };
        let clock = ManualClock::at(1_000_000);
        assert_eq!(newest_data(&facts(None), &clock), None);
        assert_eq!(newest_data(&facts(Some(1_200_000)), &clock).unwrap().verdict, Verdict::Pass);
        assert_eq!(newest_data(&facts(Some(1_400_000)), &clock).unwrap().verdict, Verdict::Fail);
    }
}
