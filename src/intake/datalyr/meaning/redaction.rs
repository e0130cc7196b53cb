//! What of a URL may be stored (datalyr.md 7.9).
//!
//! SDKs redact URLs themselves since web 1.7.6; older ones send them whole. Only values go: which parameters there were can
//! still be counted. Datalyr's own parameters, which carry a visitor from one page to another, go altogether.

mod parameters;

use std::borrow::Cow;

use self::parameters::{Fate, pieces};
use crate::intake::datalyr::fields::{Fields, string};
use crate::js::json::write_json_text;

/// What stands where a value was.
const REDACTED: &str = "__redacted__";

/// Keys beside those that name a URL, a link or a referrer.
const URL_KEYS: [&str; 9] =
    ["search", "href", "uri", "location", "path", "landingpage", "landing_page", "landingpath", "landing_path"];

/// Redacts the URLs among the members of a JSON object, and among the members of objects in it. What needs no redaction
/// stays as it is, letter for letter.
#[must_use]
pub fn redact_urls(properties_json: &str) -> Cow<'_, str> {
    if !parameters::may_be_in(properties_json) {
        return Cow::Borrowed(properties_json);
    }
    let Ok(members) = serde_json::from_str::<Fields<'_>>(properties_json) else {
        return Cow::Borrowed(properties_json);
    };
    let mut redacted = String::new();
    let mut copied = 0;
    splice(&members, true, &mut |value, instead| {
        // Values are parts of the text they were read from.
        let start = value.as_ptr().addr().saturating_sub(properties_json.as_ptr().addr());
        redacted.push_str(properties_json.get(copied..start).unwrap_or_default());
        redacted.push_str(&instead);
        copied = start + value.len();
    });
    if copied == 0 {
        return Cow::Borrowed(properties_json);
    }
    redacted.push_str(properties_json.get(copied..).unwrap_or_default());
    Cow::Owned(redacted)
}

/// Tells `replace` of each value that must not stay, as JSON text, and of the JSON text that takes its place.
fn splice(members: &Fields<'_>, may_descend: bool, replace: &mut impl FnMut(&str, String)) {
    for (key, value) in members.iter() {
        let json = value.get();
        if may_descend && json.starts_with('{') {
            if let Some(inner) = Fields::read(value) {
                splice(&inner, false, replace);
            }
        } else if json.starts_with('"')
            && is_url_key(key)
            && let Some(url) = string(value)
            && let Cow::Owned(redacted) = redact_url(&url)
        {
            let mut instead = String::with_capacity(redacted.len() + 2);
            write_json_text(&redacted, &mut instead);
            replace(json, instead);
        }
    }
}

/// Whether URLs, or parts of them with parameters, are kept under a key: `url`, `page_url`, `landingPage`, `search`,
/// `referrer_search`, `deep_link_url`, `install_referrer`...
fn is_url_key(key: &str) -> bool {
    let has =
        |part: &str| key.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()));
    ["url", "link", "referrer", "referer"].into_iter().any(has)
        || URL_KEYS.iter().any(|known| key.eq_ignore_ascii_case(known))
}

/// Redacts a URL, or a query without one, in its query and in its fragment. Borrowed if nothing has to go.
#[must_use]
pub fn redact_url(url: &str) -> Cow<'_, str> {
    if pieces(url).all(|piece| piece.fate() == Fate::Stays) {
        return Cow::Borrowed(url);
    }
    let mut redacted = String::with_capacity(url.len() + REDACTED.len());
    // What a parameter that is gone has opened: the next one begins with it.
    let mut opened = None;
    // A value goes on behind a question mark.
    let mut is_in_secret = false;
    for piece in pieces(url) {
        if is_in_secret && piece.separator == Some('?') {
            continue;
        }
        let fate = piece.fate();
        is_in_secret = fate != Fate::Stays;
        let separator = match piece.separator {
            Some('&') => opened.or(piece.separator),
            separator => separator,
        };
        opened = None;
        if fate == Fate::Gone {
            opened = if separator == Some('&') { None } else { separator };
            continue;
        }
        redacted.extend(separator);
        match (fate, piece.text.split_once('=')) {
            (Fate::Redacted, Some((name, _))) => {
                redacted.push_str(name);
                redacted.push('=');
                redacted.push_str(REDACTED);
            }
            _ => redacted.push_str(piece.text),
        }
    }
    Cow::Owned(redacted)
}

#[cfg(test)]
mod tests;
