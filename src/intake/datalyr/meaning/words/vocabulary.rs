//! Every word, how it is spelled, and who means it so (datalyr.md 6.1, 6.2, and the traps of 4.4).

use std::sync::LazyLock;

use self::Speakers::{All, Apps, Browsers, ButServers};
use crate::intake::datalyr::meaning::clicks::CLICKS;
use crate::intake::datalyr::meaning::speaker::Speaker;

/// Places of the words that rules ask for.
pub(in crate::intake::datalyr::meaning) mod slot {
    /// Click ids come first, in their order of precedence; then `utm_*`.
    pub const CLICKS_END: usize = super::CLICKS.len();
    pub const UTM_SOURCE: usize = 16;
    pub const UTM_MEDIUM: usize = 17;
    pub const UTM_CAMPAIGN: usize = 18;
    pub const UTM_TERM: usize = 19;
    pub const UTM_CONTENT: usize = 20;
    pub const UTM_END: usize = 25;
    pub const LYR: usize = 25;
    pub const DL_CAMPAIGN: usize = 26;
    pub const DL_KSOURCE: usize = 27;
    pub const CLICK_ID: usize = 28;
    pub const DL_CLICK_ID: usize = 29;
    pub const DL_CLICK_ID_TYPE: usize = 30;
    pub const ASA_CAMPAIGN_ID: usize = 31;
    pub const ASA_CAMPAIGN_NAME: usize = 32;
    /// From here on: words that say again what others say, and are not kept under a name of their own.
    pub const SOURCE: usize = super::CLICKS.len() + super::OTHER_NAMES.len();
    pub const MEDIUM: usize = SOURCE + 1;
    pub const CAMPAIGN: usize = SOURCE + 2;
    pub const TERM: usize = SOURCE + 3;
    pub const CONTENT: usize = SOURCE + 4;
    pub const CLICK_VALUE: usize = SOURCE + 5;
    pub const CLICK_TYPE: usize = SOURCE + 6;
    pub const COUNT: usize = SOURCE + 7;
}

/// Who means a word so; to others it is a property like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speakers {
    All,
    Browsers,
    Apps,
    ButServers,
}

/// The names under which words are kept, by their slots: click ids, then these.
const OTHER_NAMES: [(&str, Speakers); 55] = [
    ("utm_source", All),
    ("utm_medium", All),
    ("utm_campaign", All),
    ("utm_term", All),
    ("utm_content", All),
    ("utm_id", All),
    ("utm_source_platform", All),
    ("utm_creative_format", All),
    ("utm_marketing_tactic", All),
    ("lyr", All),
    ("dl_campaign", All),
    ("dl_ksource", All),
    ("click_id", Apps),
    ("dl_click_id", All),
    ("dl_click_id_type", All),
    ("asa_campaign_id", Apps),
    ("asa_campaign_name", Apps),
    ("asa_ad_group_id", Apps),
    ("asa_ad_group_name", Apps),
    ("asa_keyword_id", Apps),
    ("asa_keyword", Apps),
    ("asa_org_id", Apps),
    ("asa_org_name", Apps),
    ("asa_click_date", Apps),
    ("asa_conversion_type", Apps),
    ("asa_country_or_region", Apps),
    ("asa_attribution", Apps),
    ("dl_kmessage_id", All),
    ("gad_source", All),
    ("campaign_id", All),
    ("adset_id", All),
    ("ad_id", All),
    ("creative_id", All),
    ("placement_id", All),
    ("fb_action_ids", All),
    ("fb_action_types", All),
    ("fbp", All),
    ("fbc", All),
    ("attribution_source", All),
    ("deep_link_url", All),
    ("install_referrer", All),
    ("install_referrer_url", All),
    ("install_begin_timestamp", All),
    ("referrer_click_timestamp", All),
    ("ref", ButServers),
    ("placement", ButServers),
    ("site_source_name", ButServers),
    ("keyword", ButServers),
    ("matchtype", ButServers),
    ("network", ButServers),
    ("device", ButServers),
    ("partner_id", ButServers),
    ("affiliate_id", ButServers),
    ("referrer_id", ButServers),
    ("source_id", ButServers),
];

/// What is spelled otherwise, by whom, and the name it means.
const SYNONYMS: [(&str, Speakers, &str); 19] = [
    ("ScCid", All, "sclid"),
    ("sccid", All, "sclid"),
    ("irclickid", All, "irclid"),
    ("fb_click_id", All, "fbclid"),
    ("tt_click_id", All, "ttclid"),
    ("tiktok_click_id", All, "ttclid"),
    ("li_click_id", All, "li_fat_id"),
    ("utmSource", All, "utm_source"),
    ("utmMedium", All, "utm_medium"),
    ("utmCampaign", All, "utm_campaign"),
    ("utmTerm", All, "utm_term"),
    ("utmContent", All, "utm_content"),
    ("datalyr", Apps, "lyr"),
    ("dl_tag", Apps, "lyr"),
    ("_fbp", All, "fbp"),
    ("_fbc", All, "fbc"),
    ("asa_adgroup_id", Apps, "asa_ad_group_id"),
    ("asa_adgroup_name", Apps, "asa_ad_group_name"),
    ("asa_region", Apps, "asa_country_or_region"),
];

/// Words that are not kept under their own name, and their slots.
const SAID_AGAIN: [(&str, Speakers, usize); 12] = [
    ("source", Browsers, slot::SOURCE),
    ("medium", Browsers, slot::MEDIUM),
    ("campaign", Browsers, slot::CAMPAIGN),
    ("term", Browsers, slot::TERM),
    ("content", Browsers, slot::CONTENT),
    ("campaign_source", Apps, slot::SOURCE),
    ("campaign_medium", Apps, slot::MEDIUM),
    ("campaign_name", Apps, slot::CAMPAIGN),
    ("campaign_term", Apps, slot::TERM),
    ("campaign_content", Apps, slot::CONTENT),
    ("clickId", ButServers, slot::CLICK_VALUE),
    ("clickIdType", ButServers, slot::CLICK_TYPE),
];

/// One way to spell a word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelling {
    text: &'static str,
    by: Speakers,
    pub slot: usize,
    /// Whether it goes before other spellings of the same.
    pub is_name: bool,
}

/// All spellings, by their length in bytes.
static SPELLINGS: LazyLock<Vec<Vec<Spelling>>> = LazyLock::new(|| {
    let clicks = CLICKS.iter().map(|(text, _)| (*text, All));
    let names =
        clicks.chain(OTHER_NAMES).enumerate().map(|(slot, (text, by))| Spelling { text, by, slot, is_name: true });
    let synonyms = SYNONYMS.iter().filter_map(|(text, by, name)| {
        let slot = (0..slot::SOURCE).find(|slot| self::name(*slot) == *name)?;
        Some(Spelling { text, by: *by, slot, is_name: false })
    });
    let said_again = SAID_AGAIN.iter().map(|(text, by, slot)| Spelling { text, by: *by, slot: *slot, is_name: true });
    let mut by_length = vec![Vec::new(); LONGEST + 1];
    for spelling in names.chain(synonyms).chain(said_again) {
        by_length[spelling.text.len()].push(spelling);
    }
    by_length
});

/// Longest spelling, in bytes.
const LONGEST: usize = 24;

/// The name under which a slot's word is kept.
pub(in crate::intake::datalyr::meaning) fn name(slot: usize) -> &'static str {
    match CLICKS.get(slot) {
        Some((name, _)) => name,
        None => OTHER_NAMES.get(slot - CLICKS.len()).map_or("", |(name, _)| name),
    }
}

/// What a key means if this speaker says it. Apps mean the same in any case.
pub(super) fn find(key: &str, speaker: Speaker) -> Option<Spelling> {
    if let Some(spelling) = spelled(key, speaker) {
        return Some(spelling);
    }
    if !speaker.is_app() || key.len() > LONGEST || !key.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    spelled(&key.to_ascii_lowercase(), speaker)
}

fn spelled(key: &str, speaker: Speaker) -> Option<Spelling> {
    let spelling = SPELLINGS.get(key.len())?.iter().find(|spelling| spelling.text == key)?;
    spelling.by.include(speaker).then_some(*spelling)
}

impl Speakers {
    fn include(self, speaker: Speaker) -> bool {
        match self {
            All => true,
            Browsers => speaker == Speaker::Browser,
            Apps => speaker.is_app(),
            ButServers => speaker == Speaker::Browser || speaker.is_app(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_where_rules_look_for_them() {
        for (slot, expected) in [
            (0, "fbclid"),
            (slot::CLICKS_END - 1, "ko_click_id"),
            (slot::UTM_SOURCE, "utm_source"),
            (slot::UTM_MEDIUM, "utm_medium"),
            (slot::UTM_CAMPAIGN, "utm_campaign"),
            (slot::UTM_TERM, "utm_term"),
            (slot::UTM_CONTENT, "utm_content"),
            (slot::UTM_END - 1, "utm_marketing_tactic"),
            (slot::LYR, "lyr"),
            (slot::DL_CAMPAIGN, "dl_campaign"),
            (slot::DL_KSOURCE, "dl_ksource"),
            (slot::CLICK_ID, "click_id"),
            (slot::DL_CLICK_ID, "dl_click_id"),
            (slot::DL_CLICK_ID_TYPE, "dl_click_id_type"),
            (slot::ASA_CAMPAIGN_ID, "asa_campaign_id"),
            (slot::ASA_CAMPAIGN_NAME, "asa_campaign_name"),
            (slot::SOURCE - 1, "source_id"),
        ] {
            assert_eq!(name(slot), expected);
        }
        let count = CLICKS.len() + OTHER_NAMES.len() + SYNONYMS.len() + SAID_AGAIN.len();
        assert_eq!(SPELLINGS.iter().map(Vec::len).sum::<usize>(), count);
        assert!(!SPELLINGS[LONGEST].is_empty());
    }

    #[test]
    fn a_word_means_what_its_speaker_means() {
        let meant = |key, speaker| find(key, speaker).map(|spelling| spelling.slot);
        for (key, browser, app, server) in [
            ("utm_source", Some(slot::UTM_SOURCE), Some(slot::UTM_SOURCE), Some(slot::UTM_SOURCE)),
            ("ScCid", Some(9), Some(9), Some(9)),
            ("sccid", Some(9), Some(9), Some(9)),
            ("SCCID", None, Some(9), None),
            ("FBCLID", None, Some(0), None),
            ("UTM_Source", None, Some(slot::UTM_SOURCE), None),
            ("source", Some(slot::SOURCE), None, None),
            ("campaign_source", None, Some(slot::SOURCE), None),
            ("campaign", Some(slot::CAMPAIGN), None, None),
            ("clickId", Some(slot::CLICK_VALUE), Some(slot::CLICK_VALUE), None),
            ("datalyr", None, Some(slot::LYR), None),
            ("first_touch_source", None, None, None),
            ("", None, None, None),
        ] {
            assert_eq!(meant(key, Speaker::Browser), browser, "{key}");
            assert_eq!(meant(key, Speaker::Swift), app, "{key}");
            assert_eq!(meant(key, Speaker::Server), server, "{key}");
        }
    }
}
