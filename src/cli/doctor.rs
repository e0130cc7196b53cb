//! `hearth doctor`: everything that can be wrong with an installation, looked at at once.
//!
//! Each file of the room looks at one side of it and says what it found; nothing is changed. `hearth check` uses those that
//! are about what a start needs.

mod database;
mod files;
mod finding;
mod listeners;
mod machine;
mod network;
mod upkeep;

use std::io::Write;

use clap::Args;
use serde_json::json;

pub use self::finding::{Finding, Verdict};
use super::check::report_problems;
use super::{Exit, Output};
use crate::config::{self, Config, Loaded, Origin, Overrides, Problems, Surroundings};
use crate::domain::clock::{Clock, SystemClock};

/// `hearth doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DoctorArgs {
    /// Read every page of the database (`integrity_check`) instead of the quick check
    #[arg(long)]
    pub thorough: bool,
}

/// Runs `hearth doctor`.
///
/// # Errors
/// Only when the findings cannot be written.
pub fn run(
    args: &DoctorArgs,
    overrides: &Overrides,
    surroundings: &Surroundings,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let loaded = match config::load_from(overrides, surroundings) {
        Ok(loaded) => loaded,
        Err(problems) => return wrong_configuration(&problems, as_json, output),
    };
    let findings = examine(&loaded, args.thorough, &SystemClock);
    if as_json {
        write_json(&findings, &mut output.out)?;
    } else {
        write_table(&findings, output)?;
    }
    let has_failure = findings.iter().any(|finding| finding.verdict == Verdict::Fail);
    Ok(if has_failure { Exit::ProblemsFound } else { Exit::Success })
}

/// What a start needs: free addresses, apps that answer, files that can be read, a database of this or an older schema.
#[must_use]
pub fn examine_start(config: &Config) -> Vec<Finding> {
    let mut findings = listeners::look(config);
    findings.extend(network::upstreams(config));
    findings.extend(files::readable(config));
    findings.extend(database::look_at_schema(config));
    findings
}

/// Everything.
fn examine(loaded: &Loaded, is_thorough: bool, clock: &dyn Clock) -> Vec<Finding> {
    let config = &loaded.config;
    let mut findings = vec![configuration(loaded)];
    findings.extend(listeners::look(config));
    findings.extend(listeners::server(config));
    findings.extend(network::upstreams(config));
    findings.extend(network::proxies(config));
    findings.extend(files::readable(config));
    findings.extend(files::modes(loaded));
    findings.extend(database::look(config, is_thorough, clock));
    findings.extend(machine::look(config, clock));
    findings.extend(upkeep::look(config, clock));
    findings
}

fn configuration(loaded: &Loaded) -> Finding {
    let set = loaded.origins.values().filter(|origin| **origin != Origin::Default).count();
    let source = loaded.file.as_ref().map_or_else(|| "no file".to_owned(), |path| path.display().to_string());
    Finding::pass("configuration", format!("{source}; {set} of {} keys set", loaded.origins.len()))
}

/// Nothing else can be looked at without one.
fn wrong_configuration(
    problems: &Problems,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    if as_json {
        let found = Finding::fail("configuration", problems.to_string(), "correct it; `hearth check` shows the same");
        write_json(&[found], &mut output.out)?;
    } else {
        report_problems(problems, &mut output.err)?;
    }
    Ok(Exit::BadConfiguration)
}

fn write_json(findings: &[Finding], out: &mut impl Write) -> anyhow::Result<()> {
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let checks: Vec<_> = findings.iter().map(Finding::as_json).collect();
    let status = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Pass);
    let report = json!({
        "status": status.word(), "version": env!("CARGO_PKG_VERSION"), "passed": count(Verdict::Pass),
        "warnings": count(Verdict::Warn), "failed": count(Verdict::Fail), "checks": checks,
    });
    writeln!(out, "{report:#}")?;
    Ok(())
}

/// A line for each finding, and what to do below those that are not good.
fn write_table(findings: &[Finding], output: &mut Output<impl Write, impl Write>) -> anyhow::Result<()> {
    let width = findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
    for finding in findings {
        writeln!(output.out, "{}  {:width$}  {}", finding.verdict.word(), finding.check, finding.message)?;
        if let Some(advice) = &finding.advice {
            writeln!(output.out, "      {:width$}  -> {advice}", "")?;
        }
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (warnings, failures) = (count(Verdict::Warn), count(Verdict::Fail));
    writeln!(output.err, "\n{} good, {warnings} to look at, {failures} wrong", count(Verdict::Pass))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doctor(set: &[&str], as_json: bool) -> (Exit, String, String) {
        let overrides = Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() };
        let mut output = Output { out: Vec::new(), err: Vec::new() };
        let args = DoctorArgs { thorough: true };
        let exit = run(&args, &overrides, &Surroundings::default(), as_json, &mut output).unwrap();
        (exit, String::from_utf8(output.out).unwrap(), String::from_utf8(output.err).unwrap())
    }

    #[test]
    fn before_the_first_start_nothing_is_wrong_and_nothing_is_made() {
        let place = tempfile::tempdir().unwrap();
        let data = format!("storage.path={}", place.path().join("data/hearth.db").display());
        let (exit, out, err) = doctor(&[&data, "server.listen=127.0.0.1:0"], false);
        assert_eq!(exit, Exit::Success, "{out}");
        assert!(out.starts_with("pass  configuration  no file; 2 of "), "{out}");
        assert!(err.ends_with(" 0 wrong\n"), "{err}");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_failure_is_exit_code_3_and_a_wrong_configuration_78() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("hearth.db");
        std::fs::write(&file, "this is no database, but it is as long as one has to be to be looked at").unwrap();
        let data = format!("storage.path={}", file.display());
        let (exit, out, _) = doctor(&[&data, "server.listen=127.0.0.1:0"], true);
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!((exit, &report["status"]), (Exit::ProblemsFound, &json!("fail")));
        let database = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "database").unwrap();
        assert_eq!((&database["status"], database["advice"].is_string()), (&json!("fail"), true), "{database}");
        assert_eq!(doctor(&["server.lisen=x"], true).0, Exit::BadConfiguration);
    }
}
