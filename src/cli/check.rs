//! `hearth check`: every mistake in the configuration at once, and whether a start would find what it needs.

use std::io::Write;

use serde_json::{Value, json};

use super::doctor::{self, Finding, Verdict};
use super::{Exit, Output, ReportFormat};
use crate::config::{self, Loaded, Origin, Overrides, Problem, Problems, Surroundings};

/// Loads the configuration as `serve` would and looks at what a start needs; what is only a warning does not change the
/// exit code.
///
/// # Errors
/// Only when the report cannot be written.
pub fn run(
    format: ReportFormat,
    overrides: &Overrides,
    surroundings: &Surroundings,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let loaded = match (format, config::load_from(overrides, surroundings)) {
        (_, Ok(loaded)) => loaded,
        (ReportFormat::Human, Err(problems)) => {
            report_problems(&problems, &mut output.err)?;
            return Ok(Exit::BadConfiguration);
        }
        (ReportFormat::Json, Err(problems)) => {
            writeln!(output.out, "{:#}", problems_as_json(&problems))?;
            return Ok(Exit::BadConfiguration);
        }
    };
    let findings = doctor::examine_start(&loaded.config);
    match format {
        ReportFormat::Human => {
            writeln!(output.err, "configuration ok: {}", summary(&loaded))?;
            for finding in &findings {
                let word = match finding.verdict {
                    Verdict::Pass => continue,
                    Verdict::Warn => "warning",
                    Verdict::Fail => "error",
                };
                writeln!(output.err, "{word}: {}: {}", finding.check, finding.message)?;
            }
        }
        ReportFormat::Json => writeln!(output.out, "{:#}", loaded_as_json(&loaded, &findings))?,
    }
    let has_failure = findings.iter().any(|finding| finding.verdict == Verdict::Fail);
    Ok(if has_failure { Exit::ProblemsFound } else { Exit::Success })
}

/// Writes problems for people, one line each and a count; every command that finds a wrong configuration uses this.
///
/// # Errors
/// Only when they cannot be written.
pub fn report_problems(problems: &Problems, err: &mut impl Write) -> std::io::Result<()> {
    writeln!(err, "{problems}")?;
    let count = problems.0.len();
    writeln!(err, "configuration wrong: {count} {}", if count == 1 { "problem" } else { "problems" })
}

fn summary(loaded: &Loaded) -> String {
    let source = match &loaded.file {
        Some(path) => path.display().to_string(),
        None => "no file, defaults".to_owned(),
    };
    format!("{source}; {} of {} keys set", changed(loaded), loaded.origins.len())
}

fn changed(loaded: &Loaded) -> usize {
    loaded.origins.values().filter(|origin| **origin != Origin::Default).count()
}

fn loaded_as_json(loaded: &Loaded, findings: &[Finding]) -> Value {
    let told = |verdict| -> Vec<String> {
        let those = findings.iter().filter(|finding| finding.verdict == verdict);
        those.map(|finding| format!("{}: {}", finding.check, finding.message)).collect()
    };
    let errors = told(Verdict::Fail);
    json!({
        "ok": errors.is_empty(),
        "file": loaded.file.as_ref().map(|path| path.display().to_string()),
        "keys": loaded.origins.len(),
        "keys_set": changed(loaded),
        "problems": [],
        "errors": errors,
        "warnings": told(Verdict::Warn),
    })
}

fn problems_as_json(problems: &Problems) -> Value {
    let problems: Vec<_> = problems.0.iter().map(problem_as_json).collect();
    json!({ "ok": false, "problems": problems })
}

fn problem_as_json(problem: &Problem) -> Value {
    let position = problem.origin.position();
    json!({
        "code": problem.code.as_str(),
        "source": problem.origin.to_string(),
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column),
        "key": problem.key,
        "message": problem.message,
        "suggestion": problem.suggestion,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: ReportFormat, set: &[&str]) -> (Exit, String, String) {
        let set = set.iter().map(ToString::to_string).collect();
        let (listen, data) = (Some("127.0.0.1:0".to_owned()), Some("/nonexistent/hearth.db".to_owned()));
        let overrides = Overrides { listen, data, set, ..Overrides::default() };
        let mut output = Output { out: Vec::new(), err: Vec::new() };
        let exit = run(format, &overrides, &Surroundings::default(), &mut output).unwrap();
        (exit, String::from_utf8(output.out).unwrap(), String::from_utf8(output.err).unwrap())
    }

    #[test]
    fn a_good_configuration_is_success() {
        let (exit, out, err) = check(ReportFormat::Human, &["server.workers=2"]);
        assert_eq!((exit, out.as_str()), (Exit::Success, ""));
        assert!(err.starts_with("configuration ok: no file, defaults; 3 of "), "{err}");
    }

    #[test]
    fn a_wrong_one_is_told_line_by_line() {
        let (exit, out, err) = check(ReportFormat::Human, &["server.lisen=x", "server.workers=x"]);
        assert_eq!((exit, out.as_str(), err.lines().count()), (Exit::BadConfiguration, "", 3));
        assert!(err.ends_with("configuration wrong: 2 problems\n"));
    }

    #[test]
    fn the_json_report_is_on_stdout_and_has_stable_codes() {
        let (_, out, err) = check(ReportFormat::Json, &["server.lisen=x"]);
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&report["ok"], err.as_str()), (&json!(false), ""));
        let problem = &report["problems"][0];
        assert_eq!((&problem["code"], &problem["suggestion"]), (&json!("unknown_key"), &json!("server.listen")));
        assert_eq!(problem["source"], "flag --set server.lisen");
        let (_, out, _) = check(ReportFormat::Json, &[]);
        assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["ok"], true);
    }

    #[test]
    fn warnings_are_told_and_are_no_failure() {
        let set = ["proxy.upstream_ca=/nonexistent/ca.pem"];
        let (exit, _, err) = check(ReportFormat::Human, &set);
        assert_eq!((exit, err.lines().count()), (Exit::Success, 2));
        let second = err.lines().nth(1).unwrap();
        assert!(second.starts_with("warning: files: proxy.upstream_ca: /nonexistent/ca.pem cannot be read: "), "{err}");
        let (_, out, _) = check(ReportFormat::Json, &set);
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&report["ok"], report["warnings"].as_array().unwrap().len()), (&json!(true), 1));
    }

    #[test]
    fn what_a_start_would_stumble_over_is_exit_code_3() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let metrics = format!("metrics.listen={}", taken.local_addr().unwrap());
        let (exit, out, err) = check(ReportFormat::Human, &[&metrics]);
        assert_eq!((exit, out.as_str()), (Exit::ProblemsFound, ""));
        assert!(err.starts_with("configuration ok: ") && err.contains("\nerror: metrics.listen: "), "{err}");
        let (_, out, _) = check(ReportFormat::Json, &[&metrics]);
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&report["ok"], report["errors"].as_array().unwrap().len()), (&json!(false), 1));
    }
}
