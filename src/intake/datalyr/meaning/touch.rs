//! What brought a person, as an event tells it (datalyr.md 6.1, 6.2, 7.5).
//!
//! Browsers and apps repeat it with every event. The fingerprint tells whether it is the same, and the time of capture when
//! it was met.

use std::borrow::Cow;
use std::hash::Hasher;

use siphasher::sip::SipHasher13;
use url::Url;

use super::beginning;
use super::campaign::{Campaign, Evidence, evidence, restore_utm};
use super::redaction::redact_url;
use super::speaker::Speaker;
use super::words::{Words, name, slot};
use crate::domain::track::{EventKind, Touch};
use crate::intake::datalyr::decode::time::instant_ms;
use crate::intake::datalyr::envelope::Envelope;
use crate::js::json::write_json_text;

/// Longest text of a touch, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// Longest URL of a touch, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// Longest detail, in bytes.
const MAX_DETAIL_BYTES: usize = 16 * 1024;

/// 2000-01-01T00:00:00Z: no SDK is older.
const EARLIEST_MS: i64 = 946_684_800_000;

/// The touch that an event tells; nothing if it tells of none, or of a direct visit.
pub(super) fn read(event: &Envelope<'_>, speaker: Speaker, may_redact: bool) -> Option<Box<Touch>> {
    let mut words = told(event, speaker)?;
    if speaker == Speaker::Browser {
        restore_utm(&mut words);
    }
    let campaign = Campaign::of(&words);
    let properties = &event.properties;
    let page = if event.kind == EventKind::PageView { properties.text("url") } else { None };
    let landing_page = properties.first_text(&["landingPage", "landing_page"]).or(page);
    let referrer = properties.text("referrer");
    let text = |text: &str| Box::from(beginning(text, MAX_TEXT_BYTES));
    let url = |url: Cow<'_, str>| Box::from(beginning(&visible(&url, may_redact), MAX_URL_BYTES));
    Some(Box::new(Touch {
        fingerprint: fingerprint(&words, &campaign),
        captured_ms: captured_ms(event, speaker),
        source: campaign.source.map(text),
        medium: campaign.medium.map(text),
        campaign: campaign.name.map(text),
        term: campaign.term.map(text),
        content: campaign.content.map(text),
        click: campaign.click.map(|(key, value)| (key, text(value))),
        lyr: words.get(slot::LYR).map(text),
        landing_page: landing_page.map(url),
        referrer: referrer.map(url),
        detail: detail(&words, may_redact),
    }))
}

/// The words of a real touch: the event's own, or where it has none those of the page's address, as old SDKs and page views
/// of servers leave it to others to read them.
fn told<'a>(event: &Envelope<'a>, speaker: Speaker) -> Option<Words<'a>> {
    let words = Words::of_properties(&event.properties, speaker);
    match evidence(&words, speaker) {
        Evidence::Nothing => {}
        Evidence::Source if is_internal(event) => return None,
        Evidence::Source | Evidence::Campaign => return Some(words),
    }
    // A browser's SDK that says "direct" has read the address already.
    let is_judged = speaker == Speaker::Browser && words.get(slot::SOURCE).is_some();
    if is_judged || speaker.is_app() || event.kind != EventKind::PageView {
        return None;
    }
    let words = Words::of_url(&event.properties.text("url")?, speaker);
    (evidence(&words, speaker) == Evidence::Campaign).then_some(words)
}

/// Whether a page was reached from the same site: SDKs up to 1.6 call that a referral.
fn is_internal(event: &Envelope<'_>) -> bool {
    let host = |key: &str| -> Option<Box<str>> {
        let url = Url::parse(&event.properties.text(key)?).ok()?;
        url.host_str().map(Into::into)
    };
    host("referrer").is_some_and(|referrer| host("url").or_else(|| host("landingPage")) == Some(referrer))
}

/// When the client met what brought it, as far as it is believed; never later than the event.
///
/// Browsers say it with every event (`timestamp` and `captured_at` of the properties, by the clock of the event's own
/// timestamp), apps with what they read of a link. What an app has from elsewhere and repeats it has at least since its
/// installation. Otherwise it is met now.
fn captured_ms(event: &Envelope<'_>, speaker: Speaker) -> i64 {
    let said = |key: &str| event.properties.get(key).and_then(instant_ms);
    let captured = match speaker {
        Speaker::Browser => {
            let shifted =
                |key| said(key).map(|ms| ms.saturating_add(event.shift_ms)).filter(|ms| is_plausible(*ms, event));
            shifted("timestamp").into_iter().chain(shifted("captured_at")).min()
        }
        Speaker::App | Speaker::ReactNative | Speaker::Swift => {
            let link = said("attribution_timestamp").or_else(|| said("attribution_captured_at"));
            link.or_else(|| match &*event.name {
                "app_install" | "$deep_link" | "$deferred_deep_link" | "$deferred_attribution" => None,
                "$web_attribution_matched" | "$web_attribution_merged" => said("web_timestamp"),
                _ => said("install_time"),
            })
        }
        Speaker::Server | Speaker::Other => None,
    };
    captured.filter(|ms| is_plausible(*ms, event)).unwrap_or(event.time_ms)
}

fn is_plausible(captured_ms: i64, event: &Envelope<'_>) -> bool {
    (EARLIEST_MS..=event.time_ms).contains(&captured_ms)
}

/// What tells touches apart: the campaign, all `utm_*`, all click ids and `lyr`.
#[expect(clippy::cast_possible_wrap, reason = "SQLite's integers are signed; only equality matters")]
fn fingerprint(words: &Words<'_>, campaign: &Campaign<'_>) -> i64 {
    // Always the same keys: it is compared with what was stored years ago, and nobody gains by making two collide.
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    let mut add = |number: usize, text: Option<&str>| {
        if let Some(text) = text {
            hasher.write(&[u8::try_from(number).unwrap_or(u8::MAX)]);
            hasher.write(text.as_bytes());
            hasher.write(&[0xff]);
        }
    };
    for slot in 0..=slot::LYR {
        add(slot, words.get(slot));
    }
    let told = [campaign.source, campaign.medium, campaign.name, campaign.term, campaign.content];
    for (number, text) in told.into_iter().enumerate() {
        add(100 + number, text);
    }
    hasher.finish() as i64
}

/// All that was said, as a JSON object under the names of the words.
fn detail(words: &Words<'_>, may_redact: bool) -> Box<str> {
    let mut json = String::from("{");
    for slot in 0..slot::SOURCE {
        let Some(said) = words.get(slot) else { continue };
        if json.len() + said.len().min(MAX_TEXT_BYTES) > MAX_DETAIL_BYTES {
            break;
        }
        if json.len() > 1 {
            json.push(',');
        }
        write_json_text(name(slot), &mut json);
        json.push(':');
        let said = if is_url(name(slot)) { visible(said, may_redact) } else { Cow::Borrowed(said) };
        write_json_text(beginning(&said, MAX_TEXT_BYTES), &mut json);
    }
    json.push('}');
    json.into()
}

fn is_url(name: &str) -> bool {
    matches!(name, "deep_link_url" | "install_referrer" | "install_referrer_url")
}

fn visible(url: &str, may_redact: bool) -> Cow<'_, str> {
    if may_redact { redact_url(url) } else { Cow::Borrowed(url) }
}
