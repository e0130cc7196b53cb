//! The name that was probably meant.

use strsim::damerau_levenshtein;

use super::catalogue::Catalogue;

/// The existing key (or section) nearest to a name that does not exist, if any is near.
///
/// Besides slips of the finger it knows three habits: names of other tools (`maxBodyBytes`, `max-body-bytes`), keys without
/// their section (`listen`; of several the first), and one underscore too few between section and key (`HEARTH_SERVER_LISTEN`).
pub fn nearest_key<'a>(name: &str, catalogue: &'a Catalogue, is_section: bool) -> Option<&'a str> {
    if name.len() > 200 {
        return None;
    }
    let name = snake_case(name);
    let candidates: Vec<&str> =
        if is_section { catalogue.sections.iter().map(String::as_str).collect() } else { catalogue.keys().collect() };
    only(candidates.iter().copied().filter(|key| flat(key) == flat(&name)))
        .or_else(|| only(candidates.iter().copied().filter(|key| flat(key).ends_with(&format!("_{}", flat(&name))))))
        .or_else(|| only(candidates.iter().copied().filter(|key| leaf(key) == leaf(&name))))
        .or_else(|| candidates.iter().copied().find(|key| !name.contains('.') && leaf(key) == name))
        .or_else(|| nearest(&name, candidates.iter().copied()))
}

/// The word of a fixed set nearest to one that is not in it, if any is near.
pub fn nearest_word(word: &str, words: &[&'static str]) -> Option<&'static str> {
    if word.len() > 200 {
        return None;
    }
    nearest(&snake_case(word), words.iter().copied())
}

fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (1 + leaf(name).len() / 3).min(4);
    candidates
        .map(|candidate| {
            let whole = damerau_levenshtein(name, candidate);
            let end = damerau_levenshtein(leaf(name), leaf(candidate)) + 1;
            (whole.min(end), whole, candidate)
        })
        .min()
        .filter(|&(distance, ..)| distance <= limit)
        .map(|(.., candidate)| candidate)
}

/// The one item of an iterator that has exactly one.
fn only<'a>(mut items: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}

fn leaf(key: &str) -> &str {
    key.rsplit_once('.').map_or(key, |(_, leaf)| leaf)
}

fn flat(key: &str) -> String {
    key.replace('.', "_")
}

fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for char in name.chars() {
        if after_lower && char.is_ascii_uppercase() {
            snake.push('_');
        }
        after_lower = char.is_ascii_lowercase();
        snake.push(if char == '-' { '_' } else { char.to_ascii_lowercase() });
    }
    snake
}
