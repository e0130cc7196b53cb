//! The words in which an event says what brought its person, each under one name (datalyr.md 6.1, 6.2).
//!
//! One pass over the properties, and no allocation but for what has escapes: every event goes through here.

mod vocabulary;

use std::borrow::Cow;

use url::form_urlencoded;

use self::vocabulary::find;
pub(super) use self::vocabulary::{name, slot};
use super::speaker::Speaker;
use crate::intake::datalyr::fields::{Fields, text};

/// Most parameters of a URL that are looked at.
const MAX_PARAMETERS: usize = 256;

/// Whether a key is such a word, if this speaker says it.
pub(super) fn is_word(key: &str, speaker: Speaker) -> bool {
    find(key, speaker).is_some()
}

/// What was said, by slot. A word without a text (empty, null, an object) was not said.
#[derive(Debug)]
pub(super) struct Words<'a> {
    said: [Option<Cow<'a, str>>; slot::COUNT],
}

impl<'a> Words<'a> {
    /// The words among the properties of an event. A name itself goes before its synonyms.
    pub(super) fn of_properties(properties: &Fields<'a>, speaker: Speaker) -> Self {
        let mut words = Self::none();
        for (key, value) in properties.iter() {
            if let Some(spelling) = find(key, speaker)
                && (spelling.is_name || words.said[spelling.slot].is_none())
            {
                words.said[spelling.slot] = text(value);
            }
        }
        words.name_click(slot::CLICK_VALUE, slot::CLICK_TYPE);
        words.name_click(slot::DL_CLICK_ID, slot::DL_CLICK_ID_TYPE);
        words
    }

    /// The words among the parameters of a URL.
    pub(super) fn of_url(url: &str, speaker: Speaker) -> Self {
        let mut words = Self::none();
        let before_fragment = url.split_once('#').map_or(url, |(before, _)| before);
        let Some((_, query)) = before_fragment.split_once('?') else { return words };
        for (key, value) in form_urlencoded::parse(query.as_bytes()).take(MAX_PARAMETERS) {
            if let Some(spelling) = find(&key, speaker)
                && words.said[spelling.slot].is_none()
                && !value.is_empty()
            {
                words.said[spelling.slot] = Some(Cow::Owned(value.into_owned()));
            }
        }
        words
    }

    fn none() -> Self {
        Self { said: [const { None }; slot::COUNT] }
    }

    /// What was said in a slot.
    pub(super) fn get(&self, slot: usize) -> Option<&str> {
        self.said.get(slot).and_then(Option::as_deref)
    }

    /// What was said in a slot, or else in another.
    pub(super) fn either(&self, slot: usize, other: usize) -> Option<&str> {
        self.get(slot).or_else(|| self.get(other))
    }

    /// Whether anything was said in any of some slots.
    pub(super) fn has_any(&self, slots: std::ops::Range<usize>) -> bool {
        self.said.get(slots).is_some_and(|said| said.iter().any(Option::is_some))
    }

    /// Says in one slot what was said in another, unless something was said there.
    pub(super) fn repeat(&mut self, from: usize, to: usize) {
        if self.said[to].is_none() {
            let said = self.said[from].clone();
            self.said[to] = said;
        }
    }

    /// Gives a click id that came as value and type its own name: web up to 1.2.x knew no other way.
    fn name_click(&mut self, value: usize, kind: usize) {
        let named = self.get(kind).and_then(|kind| find(kind, Speaker::Browser)).map(|spelling| spelling.slot);
        if let Some(slot) = named.filter(|slot| *slot < slot::CLICKS_END) {
            self.repeat(value, slot);
        }
    }
}
