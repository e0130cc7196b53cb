//! The heat index and the listings against a model that counts by hand: random batches, random questions, before and
//! after the index is merged.

mod merging;
mod model;
mod plan;
mod questions;

use hearth::store::heat::index::merge_tail;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::installation::{Hearth, Project};
use model::Model;
use plan::{Plan, Step};
use questions::Question;

/// Plans that are tried; the environment variable `PROPTEST_CASES` asks for more.
const CASES: u32 = 40;

#[test]
fn answers_are_what_counting_by_hand_gives() {
    let hearth = Hearth::start();
    let mut config = Config { failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    let result = TestRunner::new(config).run(&plan::plan(), |plan| run(&hearth, &plan));
    result.map_err(|failure| failure.to_string()).unwrap();
}

/// Carries a plan out in a project of its own, and asks its questions before and after the last merge.
fn run(hearth: &Hearth, plan: &Plan) -> Result<(), TestCaseError> {
    let project = hearth.add_project("of one plan");
    let mut model = Model::default();
    let mut sent = Vec::new();
    for step in &plan.steps {
        let batch = match step {
            Step::Merge => {
                merge(hearth);
                continue;
            }
            Step::Send(batch) => batch,
            Step::SendAgain(which) if !sent.is_empty() => sent[which.index(sent.len())],
            Step::SendAgain(_) => continue,
        };
        let answer = hearth.ingest_to(&project, &batch.to_json()).ok();
        let duplicates = model.insert(batch);
        let told = answer.header("x-hearth-duplicates").unwrap_or("0").to_owned();
        proptest::prop_assert_eq!(told, duplicates.to_string());
        sent.push(batch);
    }
    compare(hearth, &project, &model, &plan.questions)?;
    merge(hearth);
    compare(hearth, &project, &model, &plan.questions)
}

/// Moves the tail of the index into pieces, as the writer does when it has grown.
fn merge(hearth: &Hearth) {
    let mut file = hearth.file();
    let transaction = file.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    merge_tail(&transaction).unwrap();
    transaction.commit().unwrap();
}

fn compare(hearth: &Hearth, project: &Project, model: &Model, asked: &[Question]) -> Result<(), TestCaseError> {
    let mut connection = hearth.connect();
    for question in asked {
        let request = question.request(project);
        let answer = connection.send(&request);
        let Some(expected) = model.answer(question) else {
            proptest::prop_assert_eq!(answer.status, 404, "{:?}", request);
            continue;
        };
        let told = question.told(&answer.ok());
        proptest::prop_assert_eq!(told, expected, "{:?}", request);
    }
    Ok(())
}
