//! Click ids: what an advertising platform puts into the address it sends a visitor to (datalyr.md 6.1).

/// Every click id in the order of precedence, and the source it comes from.
pub(super) const CLICKS: [(&str, &str); 16] = [
    ("fbclid", "facebook"),
    ("gclid", "google"),
    ("gbraid", "google"),
    ("wbraid", "google"),
    ("ttclid", "tiktok"),
    ("oppref", "openai"),
    ("msclkid", "bing"),
    ("twclid", "twitter"),
    ("li_fat_id", "linkedin"),
    ("sclid", "snapchat"),
    ("dclid", "doubleclick"),
    ("epik", "pinterest"),
    ("rdt_cid", "reddit"),
    ("obclid", "outbrain"),
    ("irclid", "impact"),
    ("ko_click_id", "klaviyo"),
];

/// The key as it stands in this program, if it is one.
#[must_use]
pub fn known_key(text: &str) -> Option<&'static str> {
    CLICKS.iter().map(|(key, _)| *key).find(|key| *key == text)
}
