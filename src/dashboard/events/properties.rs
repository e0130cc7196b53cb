//! Properties of events, taken apart: which there are, and which values they have most often.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::dashboard::format;
use crate::dashboard::listing::BarRow;

/// Properties that are told apart; events of one name rarely have so many.
const MAX_PROPERTIES: usize = 20;

/// Different values of a property that are counted.
const MAX_VALUES: usize = 200;

/// Values of a property that are listed.
const LISTED_VALUES: usize = 8;

/// Characters of a value.
const MAX_CHARACTERS: usize = 120;

/// A property and its most frequent values.
#[derive(Debug, Clone)]
pub struct Property {
    pub name: String,
    pub rows: Vec<BarRow>,
    /// Different values that are not listed.
    pub more: usize,
}

/// What of one event is shown: `plan: pro`.
#[must_use]
pub fn shown(properties: Option<&str>) -> Vec<(String, String)> {
    let Some(Ok(Value::Object(object))) = properties.map(serde_json::from_str) else { return Vec::new() };
    object.iter().take(MAX_PROPERTIES).map(|(name, value)| (shortened(name), text(value))).collect()
}

/// Counts the values of each property of some events.
#[must_use]
pub fn count<'a>(events: impl Iterator<Item = Option<&'a str>>) -> Vec<Property> {
    let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (name, value) in events.flat_map(shown) {
        if counts.len() >= MAX_PROPERTIES && !counts.contains_key(&name) {
            continue;
        }
        let values = counts.entry(name).or_default();
        if values.len() < MAX_VALUES || values.contains_key(&value) {
            *values.entry(value).or_default() += 1;
        }
    }
    counts.into_iter().map(|(name, values)| property(name, values)).collect()
}

fn property(name: String, values: BTreeMap<String, u64>) -> Property {
    let all: u64 = values.values().sum();
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let top = values.first().map_or(1, |(_, count)| *count);
    let more = values.len().saturating_sub(LISTED_VALUES);
    let row = |(text, count): (String, u64)| BarRow {
        text,
        href: None,
        value: format::count(count),
        share: format::share(count, all),
        width: count * 100 / top,
    };
    Property { name, rows: values.into_iter().take(LISTED_VALUES).map(row).collect(), more }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => shortened(text),
        other => shortened(&other.to_string()),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_by_property() {
        let events = [Some(r#"{"plan":"pro","seats":3}"#), Some(r#"{"plan":"free"}"#), Some(r#"{"plan":"pro"}"#), None];
        let found = count(events.into_iter());
        let plan: Vec<_> = found[0].rows.iter().map(|row| (row.text.as_str(), row.value.as_str(), row.width)).collect();
        assert_eq!((found.len(), found[0].name.as_str()), (2, "plan"));
        assert_eq!(plan, [("pro", "2", 100), ("free", "1", 50)]);
        assert_eq!(found[1].rows[0].text, "3");
    }

    #[test]
    fn hostile_events_are_bounded() {
        let long = format!(r#"{{"a":"{}"}}"#, "ä".repeat(10_000));
        assert_eq!(shown(Some(&long))[0].1.chars().count(), MAX_CHARACTERS + 1);
        let many = (0..1_000).map(|n| format!(r#""p{n}":1,"#)).collect::<Vec<_>>().concat();
        assert_eq!(shown(Some(&format!("{{{}}}", many.trim_end_matches(',')))).len(), MAX_PROPERTIES);
        assert_eq!(shown(Some("[1,2]")), []);
        assert_eq!(shown(Some("{")), []);
    }
}
