//! Source, medium, campaign, term and content of a touch, and whether it is a real one (datalyr.md 6.2, 7.5).

use super::clicks::CLICKS;
use super::speaker::Speaker;
use super::words::{Words, slot};

/// What brought somebody.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Campaign<'w> {
    pub source: Option<&'w str>,
    pub medium: Option<&'w str>,
    pub name: Option<&'w str>,
    pub term: Option<&'w str>,
    pub content: Option<&'w str>,
    /// Its canonical key and value.
    pub click: Option<(&'static str, &'w str)>,
}

/// What words tell of it, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    Nothing,
    /// A source, as a referrer gives one.
    Source,
    /// A click id, a campaign, `lyr`.
    Campaign,
}

/// How far words tell of a real touch; "direct" is none.
pub(super) fn evidence(words: &Words<'_>, speaker: Speaker) -> Evidence {
    let is_campaign = words.has_any(0..slot::UTM_END)
        || words.has_any(slot::LYR..slot::LYR + 1)
        || real(words, slot::CAMPAIGN).or(real(words, slot::DL_CAMPAIGN)).is_some()
        || words.either(slot::ASA_CAMPAIGN_ID, slot::ASA_CAMPAIGN_NAME).is_some()
        || (speaker.is_app() && words.get(slot::CLICK_ID).is_some());
    if is_campaign {
        Evidence::Campaign
    } else if real(words, slot::SOURCE).or(klaviyo(words)).is_some() {
        Evidence::Source
    } else {
        Evidence::Nothing
    }
}

impl<'w> Campaign<'w> {
    pub(super) fn of(words: &'w Words<'_>) -> Self {
        let either = |said, utm| real(words, said).or(real(words, utm));
        let click = CLICKS.iter().enumerate().find_map(|(slot, (key, source))| Some((*key, *source, words.get(slot)?)));
        let asa_campaign = words.either(slot::ASA_CAMPAIGN_NAME, slot::ASA_CAMPAIGN_ID);
        let source = klaviyo(words)
            .or_else(|| either(slot::SOURCE, slot::UTM_SOURCE))
            .or(click.map(|(_, source, _)| source))
            .or(asa_campaign.map(|_| "apple_search_ads"));
        Self {
            source,
            medium: either(slot::MEDIUM, slot::UTM_MEDIUM),
            name: either(slot::CAMPAIGN, slot::UTM_CAMPAIGN)
                .or_else(|| real(words, slot::DL_CAMPAIGN))
                .or(asa_campaign),
            term: either(slot::TERM, slot::UTM_TERM),
            content: either(slot::CONTENT, slot::UTM_CONTENT),
            click: click.map(|(key, _, value)| (key, value)),
        }
    }
}

/// Says the `utm_*` that a browser's SDK up to 1.7.2 left out, where it repeats them as `source`, `medium`, `campaign`...
/// Those it made up itself, of a click id or a referrer, are no `utm_*`; it makes up no campaign.
pub(super) fn restore_utm(words: &mut Words<'_>) {
    if words.has_any(slot::UTM_SOURCE..slot::UTM_END) || words.get(slot::CAMPAIGN).is_none() {
        return;
    }
    for (said, utm) in [
        (slot::SOURCE, slot::UTM_SOURCE),
        (slot::MEDIUM, slot::UTM_MEDIUM),
        (slot::CAMPAIGN, slot::UTM_CAMPAIGN),
        (slot::TERM, slot::UTM_TERM),
        (slot::CONTENT, slot::UTM_CONTENT),
    ] {
        if real(words, said).is_some() {
            words.repeat(said, utm);
        }
    }
}

/// Klaviyo's links say so themselves, whatever else they say.
fn klaviyo(words: &Words<'_>) -> Option<&'static str> {
    words.get(slot::DL_KSOURCE)?.eq_ignore_ascii_case("klaviyo").then_some("klaviyo")
}

/// What was said in a slot, if it says something: "direct" and "none" say that nothing is known.
fn real<'w>(words: &'w Words<'_>, slot: usize) -> Option<&'w str> {
    let said = words.get(slot)?.trim();
    let is_nothing = ["", "direct", "(direct)", "none", "(none)"].iter().any(|word| said.eq_ignore_ascii_case(word));
    (!is_nothing).then_some(said)
}
