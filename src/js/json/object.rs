//! A JSON object in JavaScript's order of keys.

use std::collections::HashMap;

use super::Value;

/// Distinct keys and their values, in the order `Object.keys` gives: array indices ascending, then the others in
/// order of first appearance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object {
    entries: Vec<(String, Value)>,
}

impl Object {
    /// Makes an object of entries in source order; of a repeated key the last value stands at the first place.
    #[must_use]
    pub fn from_entries(entries: Vec<(String, Value)>) -> Self {
        let mut entries = if has_repeated_key(&entries) { last_values(entries) } else { entries };
        if entries.iter().any(|(key, _)| array_index(key).is_some()) {
            entries.sort_by_key(|(key, _)| array_index(key).unwrap_or(u32::MAX));
        }
        Self { entries }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Keys and values in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The entries, given away in order.
    #[must_use]
    pub fn into_entries(self) -> Vec<(String, Value)> {
        self.entries
    }

    /// Number of keys.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there are no keys.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Up to this many keys, comparing each with each is faster than hashing; beyond, it would be quadratic.
const MAX_COMPARED_KEYS: usize = 16;

fn has_repeated_key(entries: &[(String, Value)]) -> bool {
    if entries.len() <= MAX_COMPARED_KEYS {
        return entries
            .iter()
            .enumerate()
            .any(|(index, (key, _))| entries[..index].iter().any(|(seen, _)| seen == key));
    }
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

fn last_values(entries: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    let mut kept: Vec<(String, Value)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        if let Some(&place) = places.get(&key) {
            kept[place].1 = value;
        } else {
            places.insert(key.clone(), kept.len());
            kept.push((key, value));
        }
    }
    kept
}

/// Reads a key as an array index, 0 to 2³² − 2 without leading zeros; JavaScript puts these keys first.
fn array_index(key: &str) -> Option<u32> {
    let bytes = key.as_bytes();
    let canonical = bytes == b"0" || bytes.first().is_some_and(|first| (b'1'..=b'9').contains(first));
    if !canonical {
        return None;
    }
    key.parse().ok().filter(|&index| index < u32::MAX)
}
