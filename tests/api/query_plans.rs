//! No question about apps or visits reads a whole table: SQLite says how it would answer each (docs/storage.md).

use std::fs;
use std::path::{Path, PathBuf};

use crate::installation::Hearth;

/// What may be gone through: rows that the question itself has gathered from an index.
const GATHERED: [&str; 8] = [
    "SCAN e",
    "SCAN late",
    "SCAN met",
    "SCAN own",
    "SCAN some",
    "SCAN some USING COVERING INDEX sqlite_autoindex_project_1",
    "SCAN CONSTANT ROW",
    "SCAN asked VIRTUAL TABLE INDEX 1:",
];

fn questions(folders: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<_> = folders.iter().map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).collect();
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
    found
}

/// Asserts that none of some statements reads a whole table.
fn assert_indexed(statements: &[PathBuf]) {
    let hearth = Hearth::start();
    let file = hearth.file();
    for path in statements {
        let mut plan = file.prepare(&format!("EXPLAIN QUERY PLAN {}", fs::read_to_string(path).unwrap())).unwrap();
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

#[test]
fn every_question_about_apps_has_an_index() {
    let questions = questions(&["src/query/track"]);
    assert!(questions.len() > 30, "these are not the questions");
    assert_indexed(&questions);
}

#[test]
fn what_is_too_old_is_found_by_an_index() {
    let mut questions = questions(&["src/store/retention"]);
    // What a command counts, which says so.
    questions.retain(|path| !path.ends_with("sizes.sql"));
    assert!(questions.len() > 25, "these are not the questions");
    assert_indexed(&questions);
}

#[test]
fn every_question_about_visits_has_an_index_and_so_has_making_them() {
    let questions = questions(&["src/query/visits", "src/store/visits"]);
    assert!(questions.len() > 12, "these are not the questions");
    assert_indexed(&questions);
}
