//! Query strings as an Express 4 host reads them.
//!
//! The parser behind `req.query` (qs 6, "extended") makes arrays of repeated names and trees of bracketed ones. What any
//! endpoint can tell apart is less: text, array or object, and the one text in an array of arrays, because `Number()`
//! reads through those (heat-collector.md 5). So only that is kept, and no tree is built.

mod key_path;
mod merging;

use std::collections::HashMap;

use key_path::KeyPath;
use merging::Merging;

/// Parameters past this count are not looked at, as in the original.
pub const MAX_PARAMETERS: usize = 1_000;

/// The parameters of a query, by name without brackets.
#[derive(Debug, Default)]
pub struct QueryString {
    parameters: HashMap<String, Parameter>,
}

/// What a query says about one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    /// `name=text`
    Text(String),
    /// A repeated name, `name[]=…` or `name[0]=…`.
    Array {
        /// The one text in it, however many arrays deep, if it holds just one.
        only_text: Option<String>,
    },
    /// `name[key]=…`
    Object,
}

impl QueryString {
    /// Reads the part of a URL behind the question mark.
    ///
    /// Escapes are decoded once and `+` is a blank; a name or value with any invalid escape stays as it is.
    #[must_use]
    pub fn parse(raw_query: &str) -> Self {
        let mut merged: HashMap<String, Merging> = HashMap::new();
        for (key, mut texts) in grouped_by_key(raw_query) {
            let Some(path) = KeyPath::split(&key) else {
                continue;
            };
            let only_text = if texts.len() == 1 { texts.pop() } else { None };
            let merging = path.merging(only_text);
            match merged.get_mut(path.name) {
                Some(earlier) => earlier.merge(merging),
                None => {
                    merged.insert(path.name.to_owned(), merging);
                }
            }
        }
        Self { parameters: merged.into_iter().map(|(name, merging)| (name, merging.into_parameter())).collect() }
    }

    /// What the query says about a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.parameters.get(name)
    }
}

/// Splits a query into names, brackets included, and the texts of each, in order of first appearance.
fn grouped_by_key(raw_query: &str) -> Vec<(String, Vec<String>)> {
    let query = raw_query.replace("%5B", "[").replace("%5b", "[").replace("%5D", "]").replace("%5d", "]");
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut grouped: Vec<(String, Vec<String>)> = Vec::new();
    for part in query.split('&').take(MAX_PARAMETERS) {
        // A bracket before an equals sign ends the name even if another equals sign comes first.
        let split = part.find("]=").map(|bracket| bracket + 1).or_else(|| part.find('='));
        let (key, text) = split.map_or((part, ""), |equals| (&part[..equals], &part[equals + 1..]));
        let (key, text) = (decode(key), decode(text));
        if let Some(&place) = places.get(&key) {
            grouped[place].1.push(text);
        } else {
            places.insert(key.clone(), grouped.len());
            grouped.push((key, vec![text]));
        }
    }
    grouped
}

/// Decodes `+` and percent escapes, all or none of them: one that is invalid leaves all as they are.
fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    if !spaced.contains('%') {
        return spaced;
    }
    decode_escapes(spaced.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or(spaced)
}

fn decode_escapes(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let [high, low, after @ ..] = rest else {
                return None;
            };
            decoded.push(hex_digit(*high)? << 4 | hex_digit(*low)?);
            rest = after;
        } else {
            decoded.push(*first);
        }
    }
    Some(decoded)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests;
