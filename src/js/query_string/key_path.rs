//! Names with brackets.

use super::merging::Merging;
use crate::js::number;

/// Array indices from here on make an object instead.
const MAX_ARRAY_INDEX: f64 = 1_000.0;

/// Bracket groups read as levels; what follows is one literal name.
const MAX_BRACKETS: usize = 5;

/// A key taken apart: `name[a][b]`.
pub(super) struct KeyPath<'a> {
    pub(super) name: &'a str,
    /// Whether each pair of brackets, outermost first, makes an array or an object.
    levels: Vec<Level>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// `[]`
    Append,
    /// `[0]` to `[999]`
    Index,
    /// `[1000]` and above: an object that came from an array.
    LargeIndex,
    /// `[key]`, and anything with unmatched brackets or too deep
    Key,
}

impl<'a> KeyPath<'a> {
    /// Takes a key apart; nothing for keys that name no parameter.
    pub(super) fn split(key: &'a str) -> Option<Self> {
        let bracket = key.find('[').unwrap_or(key.len());
        let (mut name, mut rest) = key.split_at(bracket);
        let mut levels = Vec::new();
        let mut groups = 0;
        while let Some(open) = rest.find('[') {
            let content = if groups < MAX_BRACKETS { bracketed(&rest[open..]) } else { None };
            groups += 1;
            match content {
                Some("") | None if name.is_empty() => return None,
                // Without a name before it, the first group is the name.
                Some(content) if name.is_empty() => name = content,
                Some(content) => levels.push(Level::of(content)),
                None => levels.push(Level::Key),
            }
            let Some(content) = content else { break };
            rest = &rest[open + content.len() + 2..];
        }
        (!name.is_empty()).then_some(Self { name, levels })
    }

    /// What this key alone makes of its parameter.
    pub(super) fn merging(&self, only_text: Option<String>) -> Merging {
        let scalar = match only_text {
            Some(text) => Merging::Text(text),
            None => Merging::Array { only_text: None, holds_conflict: false },
        };
        self.levels.iter().rev().fold(scalar, |inner, level| match (level, inner) {
            (Level::Append, inner @ Merging::Object { is_large_array: true, .. }) => inner,
            (Level::Append | Level::Index, inner) => {
                Merging::Array { only_text: inner.into_only_text(), holds_conflict: false }
            }
            (Level::LargeIndex, _) => Merging::Object { is_large_array: true, holds_conflict: false },
            (Level::Key, _) => Merging::Object { is_large_array: false, holds_conflict: false },
        })
    }
}

impl Level {
    fn of(content: &str) -> Self {
        if content.is_empty() {
            return Self::Append;
        }
        let index: f64 = content.parse().unwrap_or(f64::NAN);
        let is_index = content.bytes().all(|byte| byte.is_ascii_digit()) && number::to_text(index) == content;
        match is_index {
            false => Self::Key,
            true if index < MAX_ARRAY_INDEX => Self::Index,
            true => Self::LargeIndex,
        }
    }
}

/// The inside of the balanced brackets that a text starts with.
fn bracketed(text: &str) -> Option<&str> {
    let mut open = 0_usize;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => open += 1,
            b']' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(&text[1..index]);
        }
    }
    None
}
