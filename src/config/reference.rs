//! Every key with what is to be known of it, made of the annotated default and of the code that judges values.

use figment::Figment;
use figment::value::Value;

use super::DEFAULT_TOML;
use super::catalogue::{Catalogue, takes_tables};
use super::entry::Entry;
use super::judge::judge;
use super::origin::Origin;
use super::problem::Problems;
use super::settings::{toml_of, whole};

/// A section with its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionReference {
    /// Dotted name, such as `heat.rate_limit`.
    pub name: String,
    /// What the comment above it says; empty where there is none.
    pub text: String,
    /// Its keys, in the order of the file.
    pub keys: Vec<KeyReference>,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyReference {
    /// Dotted name, such as `heat.rate_limit.max`.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean`, `list` or `list of tables`.
    pub kind: &'static str,
    /// What values it takes, in the words in which another one is refused.
    pub expected: String,
    /// The default as TOML.
    pub default: String,
    /// The default as JSON.
    pub default_json: serde_json::Value,
    /// Name of the environment variable; lists of tables have none.
    pub variable: Option<String>,
    /// What the comment above it says.
    pub text: String,
}

/// The text of no value: neither a word nor a number nor a path that anybody has.
const NOTHING_LIKE_IT: &str = "\u{1}";

/// All sections in the order of the annotated default.
///
/// # Errors
/// Only when the default is not TOML, which a test excludes.
pub fn reference() -> Result<Vec<SectionReference>, Problems> {
    let catalogue = Catalogue::read(DEFAULT_TOML)?;
    let good = catalogue
        .defaults
        .iter()
        .fold(Figment::new(), |figment, entry| figment.merge((entry.key.as_str(), &entry.value)));
    let mut sections = Vec::new();
    for commented in comments(DEFAULT_TOML) {
        let keys = commented.keys.into_iter().filter_map(|(name, text)| {
            let name = format!("{}.{name}", commented.section);
            let entry = catalogue.defaults.iter().find(|entry| entry.key == name)?;
            Some(key(entry, text, &good))
        });
        let keys = keys.collect();
        sections.push(SectionReference { name: commented.section, text: commented.text, keys });
    }
    Ok(sections)
}

fn key(entry: &Entry, text: String, good: &Figment) -> KeyReference {
    let is_table = takes_tables(&entry.key);
    let kind = match &entry.value {
        _ if is_table => "list of tables",
        Value::Array(..) => "list",
        Value::Bool(..) => "boolean",
        Value::Num(_, number) if whole(*number).is_some() => "integer",
        Value::Num(..) => "number",
        _ => "string",
    };
    KeyReference {
        name: entry.key.clone(),
        kind,
        expected: if is_table { "a list of tables".to_owned() } else { expected(entry, good) },
        default: toml_of(&entry.value).to_string(),
        default_json: serde_json::to_value(&entry.value).unwrap_or_default(),
        variable: (!is_table).then(|| format!("HEARTH_{}", entry.key.replace('.', "__").to_uppercase())),
        text,
    }
}

/// Asks the code that judges values: first with a text that means nothing, then with a value of the wrong kind.
fn expected(entry: &Entry, good: &Figment) -> String {
    let nothing = || Value::from(NOTHING_LIKE_IT);
    let wrong_kind = if matches!(entry.value, Value::Bool(..)) { Value::from(0) } else { Value::from(true) };
    let probes = match &entry.value {
        Value::Array(..) => vec![Value::from(vec![nothing()]), nothing()],
        Value::String(..) => vec![nothing(), wrong_kind],
        _ => vec![wrong_kind],
    };
    let refusals = probes.into_iter().filter_map(|probe| {
        let problems = judge(good, &Entry::new(entry.key.clone(), probe, Origin::Default));
        let message = problems.into_iter().next()?.message;
        let message = message.strip_prefix("item 1: ").map_or(message.clone(), |item| format!("a list; each: {item}"));
        let message = message.replace("expected ", "");
        Some(message.split(", found ").next().unwrap_or_default().to_owned())
    });
    let told = refusals.into_iter().find(|message| !message.is_empty());
    told.unwrap_or_else(|| "text in quotes".to_owned())
}

/// A section as its comments tell it.
#[derive(Debug, Default)]
struct Commented {
    section: String,
    text: String,
    /// Name and comment of each key.
    keys: Vec<(String, String)>,
}

/// What stands above each section and key. A comment that ends with an empty line belongs to the section it is in, if no
/// key came yet; above the first section it is about the file.
fn comments(text: &str) -> Vec<Commented> {
    let mut sections: Vec<Commented> = Vec::new();
    let mut above: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix('#') {
            above.push(comment.strip_prefix(' ').unwrap_or(comment));
        } else if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let text = std::mem::take(&mut above).join("\n");
            sections.push(Commented { section: name.to_owned(), text, keys: Vec::new() });
        } else if line.is_empty() {
            let about = std::mem::take(&mut above).join("\n");
            if let Some(section) = sections.last_mut().filter(|section| section.keys.is_empty() && !about.is_empty()) {
                section.text = if section.text.is_empty() { about } else { format!("{}\n{about}", section.text) };
            }
        } else if let (Some((name, _)), Some(section)) = (line.split_once(" = "), sections.last_mut())
            && name.starts_with(|first: char| first.is_ascii_lowercase())
        {
            section.keys.push((name.to_owned(), std::mem::take(&mut above).join("\n")));
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn all() -> BTreeMap<String, KeyReference> {
        let sections = reference().unwrap();
        sections.into_iter().flat_map(|section| section.keys).map(|key| (key.name.clone(), key)).collect()
    }

    #[test]
    fn every_key_of_the_default_is_there_with_its_comment() {
        let all = all();
        let catalogue = Catalogue::read(DEFAULT_TOML).unwrap();
        let missing: Vec<_> = catalogue.keys().filter(|key| !all.contains_key(*key)).collect();
        assert_eq!((missing, all.len()), (Vec::new(), catalogue.defaults.len()));
        let silent: Vec<_> = all.values().filter(|key| key.text.is_empty() || key.expected.is_empty()).collect();
        assert!(silent.is_empty(), "{silent:?}");
    }

    #[test]
    fn what_is_expected_is_what_the_judge_of_values_says() {
        let all = all();
        let expected = |name: &str| all[name].expected.as_str();
        assert_eq!((all["server.workers"].kind, all["heat.open_reads"].kind), ("integer", "boolean"));
        assert!(expected("server.listen").starts_with("an IP address and a port"), "{}", expected("server.listen"));
        assert!(expected("server.head_timeout").contains("\"10s\""), "{}", expected("server.head_timeout"));
        assert_eq!(expected("heat.auth"), "\"project_key\" or \"jwt\" or \"both\"");
        assert!(expected("server.trusted_proxies").starts_with("a list; each: "));
        assert_eq!(expected("heat.open_reads"), "true or false");
        assert_eq!(all["heat.rate_limit.max"].variable.as_deref(), Some("HEARTH_HEAT__RATE_LIMIT__MAX"));
        assert_eq!((all["proxy.upstreams"].kind, &all["proxy.upstreams"].variable), ("list of tables", &None));
    }

    #[test]
    fn comments_belong_to_what_they_stand_above() {
        let [one, two] = comments(
            "# file\n\n# about one\n[one]\n\n# more of it\n\n# a\n#  of one\na = [\n  1,\n]\n\n[two]\nb = 2\n",
        )
        .try_into()
        .unwrap();
        assert_eq!((one.section.as_str(), one.text.as_str()), ("one", "about one\nmore of it"));
        assert_eq!(one.keys, [("a".to_owned(), "a\n of one".to_owned())]);
        assert_eq!((two.text.as_str(), two.keys.len()), ("", 1));
    }
}
