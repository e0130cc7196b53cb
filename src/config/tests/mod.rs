//! The promises of the configuration, told from outside.

mod layers;
mod lists_of_tables;
mod names;
mod proxy;
mod secrets;
mod the_default;
mod the_environment;
mod the_file;
mod traffic;
mod values;
mod values_together;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::value::Value;
use tempfile::TempDir;

use super::*;

fn nothing() -> Overrides {
    Overrides::default()
}

fn set(assignments: &[&str]) -> Overrides {
    Overrides { set: assignments.iter().map(ToString::to_string).collect(), ..nothing() }
}

fn environment(variables: &[(&str, &str)]) -> Surroundings {
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Surroundings { variables: variables.collect(), search: Vec::new() }
}

/// A file in a directory of its own, and the flags that name it.
fn file(text: &str) -> (TempDir, Overrides) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("hearth.toml");
    fs::write(&path, text).unwrap();
    (directory, Overrides { file: Some(path), ..nothing() })
}

fn loaded(overrides: &Overrides, surroundings: &Surroundings) -> Loaded {
    load_from(overrides, surroundings).unwrap_or_else(|problems| panic!("{problems}"))
}

fn problems_of(text: &str) -> Vec<Problem> {
    let (_directory, overrides) = file(text);
    load_from(&overrides, &Surroundings::default()).unwrap_err().0
}

fn problems_of_flags(assignments: &[&str]) -> Vec<Problem> {
    load_from(&set(assignments), &Surroundings::default()).unwrap_err().0
}

/// Each problem as `line:column key` for files.
fn places(problems: &[Problem]) -> Vec<String> {
    let place = |problem: &Problem| {
        let position = problem.origin.position().unwrap();
        format!("{}:{} {}", position.line, position.column, problem.key)
    };
    problems.iter().map(place).collect()
}

fn keys_below(prefix: &str, value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Dict(_, pairs) => {
            for (name, value) in pairs {
                let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                keys_below(&key, value, keys);
            }
        }
        _ => keys.push(prefix.to_owned()),
    }
}
