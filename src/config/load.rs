//! Layers to a configuration, or to all its problems.

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::Figment;

use super::catalogue::Catalogue;
use super::entry::{Entry, Gathered};
use super::flags::Overrides;
use super::judge::{in_words, item_in_words, judge};
use super::origin::Origin;
use super::problem::{Problem, ProblemCode, Problems};
use super::surroundings::Surroundings;
use super::validate::{Finding, validate};
use super::{Config, DEFAULT_TOML, flags, source_file, toml_file, variables};

/// A configuration without a mistake, and where it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Every value parsed and within its limits.
    pub config: Config,
    /// The origin of every dotted key.
    pub origins: BTreeMap<String, Origin>,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
}

/// Loads the configuration of this process.
///
/// # Errors
/// Every mistake in it.
pub fn load(overrides: &Overrides) -> Result<Loaded, Problems> {
    load_from(overrides, &Surroundings::of_this_process())
}

/// Loads a configuration from given surroundings; reads nothing of the process but the files they name.
///
/// # Errors
/// Every mistake in it.
pub fn load_from(overrides: &Overrides, surroundings: &Surroundings) -> Result<Loaded, Problems> {
    let catalogue = Catalogue::read(DEFAULT_TOML)?;
    let mut gathered = Gathered::default();
    let file = gather_file(overrides, surroundings, &catalogue, &mut gathered);
    variables::gather(surroundings, &catalogue, &mut gathered);
    flags::gather(overrides, &catalogue, &mut gathered);

    let defaults = merged(Figment::new(), &catalogue.defaults);
    let entries = keep_good_values(&defaults, &mut gathered);
    let origins = origins(&catalogue, &entries);
    let config = match merged(defaults, &entries).extract::<Config>() {
        Ok(config) => config,
        Err(error) => {
            gathered.problems.push(internal(&error));
            return Err(Problems::in_order(gathered.problems));
        }
    };
    let findings = if gathered.incomplete { Vec::new() } else { validate(&config) };
    for finding in findings {
        if !finding.keys.iter().any(|&key| gathered.doubtful.contains(key)) {
            gathered.problems.push(place(finding, &origins, &entries));
        }
    }
    if gathered.problems.is_empty() {
        Ok(Loaded { config, origins, file })
    } else {
        Err(Problems::in_order(gathered.problems))
    }
}

fn gather_file(
    overrides: &Overrides,
    surroundings: &Surroundings,
    catalogue: &Catalogue,
    gathered: &mut Gathered,
) -> Option<PathBuf> {
    match source_file::read(overrides.file.as_deref(), surroundings) {
        Ok(Some(file)) => {
            toml_file::gather(&file.text, &file.path, catalogue, gathered);
            Some(file.path)
        }
        Ok(None) => None,
        Err(problems) => {
            gathered.incomplete = true;
            gathered.problems.extend(problems.0);
            None
        }
    }
}

/// The entries whose values fit; the others become problems, and their keys doubtful.
fn keep_good_values(defaults: &Figment, gathered: &mut Gathered) -> Vec<Entry> {
    let mut good = Vec::with_capacity(gathered.entries.len());
    for entry in std::mem::take(&mut gathered.entries) {
        let problems = judge(defaults, &entry);
        if problems.is_empty() {
            good.push(entry);
        } else {
            gathered.problems.extend(problems);
            gathered.doubtful.insert(entry.key);
        }
    }
    good
}

fn merged(figment: Figment, entries: &[Entry]) -> Figment {
    entries.iter().fold(figment, |figment, entry| figment.merge((entry.key.as_str(), &entry.value)))
}

fn origins(catalogue: &Catalogue, entries: &[Entry]) -> BTreeMap<String, Origin> {
    let all = catalogue.defaults.iter().chain(entries);
    all.map(|entry| (entry.key.clone(), entry.origin.clone())).collect()
}

/// Places a finding at the first of its keys that somebody set; what nobody touched is not the mistake.
fn place(finding: Finding, origins: &BTreeMap<String, Origin>, entries: &[Entry]) -> Problem {
    let is_set = |key: &&&str| origins.get(**key).is_some_and(|origin| *origin != Origin::Default);
    let key = finding.keys.iter().find(is_set).or_else(|| finding.keys.first()).copied().unwrap_or_default();
    let mut origin = origins.get(key).unwrap_or(&Origin::Default);
    let mut message = finding.message;
    // The item is one of the first key's list.
    if let (Some((index, field)), true) = (finding.item, finding.keys.first() == Some(&key)) {
        message = format!("{}: {message}", item_in_words(index, field));
        let path = field.map_or_else(|| index.to_string(), |field| format!("{index}.{field}"));
        let entry = entries.iter().rev().find(|entry| entry.key == key);
        origin = entry.map_or(origin, |entry| entry.value_origin(&path));
    }
    Problem { code: finding.code, origin: origin.clone(), key: key.to_owned(), message, suggestion: None }
}

fn internal(error: &figment::Error) -> Problem {
    let (message, suggestion) = in_words(error);
    Problem { code: ProblemCode::Internal, origin: Origin::Default, key: error.path.join("."), message, suggestion }
}
