//! Flags: the highest layer.

use std::path::PathBuf;

use super::catalogue::Catalogue;
use super::entry::Gathered;
use super::origin::Origin;
use super::problem::{Problem, ProblemCode};

/// What the command line says about the configuration; still text, so that a bad value is reported with all others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--config`: the file to read, which must exist.
    pub file: Option<PathBuf>,
    /// `--listen`, for `server.listen`.
    pub listen: Option<String>,
    /// `--upstream`, for `proxy.upstream`.
    pub upstream: Option<String>,
    /// `--data`, for `storage.path`.
    pub data: Option<String>,
    /// `--log-level`, for `log.level`.
    pub log_level: Option<String>,
    /// `--log-format`, for `log.format`.
    pub log_format: Option<String>,
    /// `--set SECTION.KEY=VALUE`, in order; flags with a name of their own win over these.
    pub set: Vec<String>,
}

/// Takes the flags.
pub fn gather(overrides: &Overrides, catalogue: &Catalogue, gathered: &mut Gathered) {
    for assignment in &overrides.set {
        match assignment.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                let key = key.trim();
                gathered.take_text(catalogue, key, value, Origin::Flag(format!("--set {key}")));
            }
            _ => gathered.problems.push(Problem {
                code: ProblemCode::InvalidFlag,
                origin: Origin::Flag("--set".to_owned()),
                key: String::new(),
                message: format!("expected SECTION.KEY=VALUE, found {}", without_value(assignment)),
                suggestion: None,
            }),
        }
    }
    let named = [
        ("--listen", "server.listen", &overrides.listen),
        ("--upstream", "proxy.upstream", &overrides.upstream),
        ("--data", "storage.path", &overrides.data),
        ("--log-level", "log.level", &overrides.log_level),
        ("--log-format", "log.format", &overrides.log_format),
    ];
    for (flag, key, value) in named {
        if let Some(text) = value {
            gathered.take_text(catalogue, key, text, Origin::Flag(flag.to_owned()));
        }
    }
}

/// What can be repeated of an assignment without `=`: up to where a value, perhaps a secret one, may have begun.
fn without_value(assignment: &str) -> String {
    let is_name = |char: &char| char.is_ascii_alphanumeric() || "._-".contains(*char);
    let name: String = assignment.chars().take_while(is_name).take(80).collect();
    let more = if name.len() < assignment.len() { "..." } else { "" };
    format!("{name:?}{more}")
}
