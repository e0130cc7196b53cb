//! No question about apps reads a whole table: SQLite says how it would answer each (docs/storage.md).

use std::fs;
use std::path::{Path, PathBuf};

use crate::installation::Hearth;

/// What may be gone through: rows that the question itself has gathered from an index.
const GATHERED: [&str; 5] =
    ["SCAN e", "SCAN met", "SCAN own", "SCAN CONSTANT ROW", "SCAN asked VIRTUAL TABLE INDEX 1:"];

fn questions() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/query/track")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "sql") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 30, "these are not the questions");
    found
}

#[test]
fn every_question_about_apps_has_an_index() {
    let hearth = Hearth::start();
    let file = hearth.file();
    for path in questions() {
        let mut plan = file.prepare(&format!("EXPLAIN QUERY PLAN {}", fs::read_to_string(&path).unwrap())).unwrap();
        for parameter in 1..=plan.parameter_count() {
            plan.raw_bind_parameter(parameter, 1).unwrap();
        }
        let mut steps = plan.raw_query();
        while let Some(step) = steps.next().unwrap() {
            let step: String = step.get(3).unwrap();
            assert!(!step.starts_with("SCAN") || GATHERED.contains(&step.as_str()), "{}: {step}", path.display());
        }
    }
}
