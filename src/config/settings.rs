//! The effective configuration as a list, for people.

use figment::value::{Num, Value};

use super::catalogue::Catalogue;
use super::load::Loaded;
use super::origin::Origin;
use super::problem::{Problem, ProblemCode, Problems};
use super::{Config, DEFAULT_TOML};

/// One effective value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The section, such as `heat.rate_limit`.
    pub section: String,
    /// The key within its section.
    pub name: String,
    /// The value as TOML.
    pub toml: String,
    /// Where it came from.
    pub origin: Origin,
}

/// All effective values in the order of the annotated default.
///
/// # Errors
/// Only when the default and [`Config`] contradict each other, which a test excludes.
pub fn effective_settings(loaded: &Loaded) -> Result<Vec<Setting>, Problems> {
    let catalogue = Catalogue::read(DEFAULT_TOML)?;
    let tree = tree(&loaded.config)?;
    catalogue.keys().map(|key| setting(key, &tree, loaded)).collect()
}

fn setting(key: &str, tree: &Value, loaded: &Loaded) -> Result<Setting, Problems> {
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    let value = tree.find_ref(key).ok_or_else(|| contradiction(key, "has no field"))?;
    Ok(Setting {
        section: section.to_owned(),
        name: name.to_owned(),
        toml: toml_of(value).to_string(),
        origin: loaded.origins.get(key).cloned().unwrap_or(Origin::Default),
    })
}

/// The configuration as a tree of plain values.
pub(super) fn tree(config: &Config) -> Result<Value, Problems> {
    Value::serialize(config).map_err(|error| contradiction("", &error.to_string()))
}

fn contradiction(key: &str, message: &str) -> Problems {
    Problems::from(Problem {
        code: ProblemCode::Internal,
        origin: Origin::Default,
        key: key.to_owned(),
        message: message.to_owned(),
        suggestion: None,
    })
}

/// A value as TOML.
pub(super) fn toml_of(value: &Value) -> toml_edit::Value {
    match value {
        Value::String(_, text) => toml_edit::Value::from(text.as_str()),
        Value::Char(_, char) => toml_edit::Value::from(char.to_string()),
        Value::Bool(_, switch) => toml_edit::Value::from(*switch),
        Value::Num(_, number) => match whole(*number) {
            Some(whole) => toml_edit::Value::from(whole),
            None => toml_edit::Value::from(number.to_f64().unwrap_or(f64::NAN)),
        },
        Value::Array(_, items) => toml_edit::Value::Array(items.iter().map(toml_of).collect()),
        Value::Dict(_, pairs) => {
            toml_edit::Value::InlineTable(pairs.iter().map(|(name, value)| (name, toml_of(value))).collect())
        }
        Value::Empty(..) => toml_edit::Value::from(""),
    }
}

/// A number without a fraction, signed or not.
pub(super) fn whole(number: Num) -> Option<i64> {
    let unsigned = number.to_u128().and_then(|number| i64::try_from(number).ok());
    unsigned.or_else(|| number.to_i128().and_then(|number| i64::try_from(number).ok()))
}
