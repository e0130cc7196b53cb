//! What brought a visit: what its first address and the page that linked to it say.
//!
//! Channels follow the public definition of the default channel groups of Google Analytics, as far as an address and a
//! referrer tell: lists of sites are short, and a click id counts as a paid click only where advertisers alone set it.

use url::Url;

use super::visit::Channel;

/// Longest text that is kept of a campaign, in bytes.
const MAX_TEXT_BYTES: usize = 255;

/// Click ids, in the order in which they are looked for, and what a click by them was if nothing else is said.
const CLICK_IDS: [(&str, Channel); 6] = [
    ("gclid", Channel::PaidSearch),
    ("msclkid", Channel::PaidSearch),
    // Facebook puts it on every link that leads away.
    ("fbclid", Channel::OrganicSocial),
    ("ttclid", Channel::PaidSocial),
    ("twclid", Channel::PaidSocial),
    ("li_fat_id", Channel::PaidSocial),
];

/// Sites that search; the name is a label of the host, or the source as campaigns call it.
const SEARCH: [&str; 18] = [
    "google",
    "bing",
    "duckduckgo",
    "yahoo",
    "baidu",
    "yandex",
    "ecosia",
    "qwant",
    "startpage",
    "naver",
    "seznam",
    "sogou",
    "ask",
    "aol",
    "daum",
    "kagi",
    "so",
    "presearch",
];

/// Searching hosts whose label alone says too little.
const SEARCH_HOSTS: [&str; 5] =
    ["search.brave.com", "search.marginalia.nu", "metager.de", "search.mojeek.com", "mojeek.com"];

/// Where people meet.
const SOCIAL: [&str; 30] = [
    "facebook",
    "instagram",
    "twitter",
    "linkedin",
    "reddit",
    "pinterest",
    "tiktok",
    "youtube",
    "snapchat",
    "tumblr",
    "quora",
    "vk",
    "weibo",
    "threads",
    "mastodon",
    "telegram",
    "whatsapp",
    "discord",
    "medium",
    "flickr",
    "meetup",
    "xing",
    "nextdoor",
    "twitch",
    "vimeo",
    "douban",
    "line",
    "wechat",
    "bluesky",
    "fb",
];

/// The same as hosts, among them short links.
const SOCIAL_HOSTS: [&str; 14] = [
    "t.co",
    "x.com",
    "lnkd.in",
    "youtu.be",
    "t.me",
    "bsky.app",
    "go.bsky.app",
    "news.ycombinator.com",
    "lobste.rs",
    "mastodon.social",
    "fb.me",
    "redd.it",
    "wa.me",
    "ok.ru",
];

/// Hosts that look like one of the above and are not.
const NEITHER: [&str; 6] = [
    "mail.google.com",
    "docs.google.com",
    "sites.google.com",
    "groups.google.com",
    "mail.yahoo.com",
    "accounts.google.com",
];

/// Parts of names of web mail.
const MAIL_HOSTS: [&str; 5] =
    ["mail.google.com", "mail.yahoo.com", "outlook.live.com", "mail.proton.me", "com.google.android.gm"];

/// What an address says of a campaign. Absent is what it does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Campaign {
    pub source: Option<String>,
    pub medium: Option<String>,
    pub name: Option<String>,
    pub term: Option<String>,
    pub content: Option<String>,
    /// Name of the click id, such as `gclid`.
    pub click_key: Option<&'static str>,
}

impl Campaign {
    /// Reads the query of an address, without its `?`. Of parameters that occur more than once the first counts.
    #[must_use]
    pub fn of_query(query: &str) -> Self {
        let mut campaign = Self::default();
        let (mut other_source, mut click_at) = (None, CLICK_IDS.len());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = shortened(value.trim());
            if value.is_empty() {
                continue;
            }
            let name = name.to_ascii_lowercase();
            let place = match name.as_str() {
                "utm_source" => &mut campaign.source,
                "utm_medium" => &mut campaign.medium,
                "utm_campaign" => &mut campaign.name,
                "utm_term" => &mut campaign.term,
                "utm_content" => &mut campaign.content,
                "source" | "ref" => &mut other_source,
                name => {
                    click_at =
                        CLICK_IDS.iter().position(|(key, _)| *key == name).map_or(click_at, |at| at.min(click_at));
                    continue;
                }
            };
            place.get_or_insert_with(|| value.to_owned());
        }
        campaign.source = campaign.source.or(other_source);
        campaign.click_key = CLICK_IDS.get(click_at).map(|(key, _)| *key);
        campaign
    }

    /// The name of a click id that advertisers are known to set.
    #[must_use]
    pub fn known_click_key(name: &str) -> Option<&'static str> {
        CLICK_IDS.iter().map(|(key, _)| *key).find(|key| *key == name)
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How a visitor came, by the campaign and by the host of the page that linked here.
#[must_use]
pub fn channel(campaign: &Campaign, referrer: Option<&str>) -> Channel {
    let lower = |text: &Option<String>| text.as_deref().unwrap_or_default().to_lowercase();
    let (source, medium) = (lower(&campaign.source), lower(&campaign.medium));
    let from = if source.is_empty() { referrer.unwrap_or_default() } else { &source };
    let (is_search, is_social) = (is_search(from), is_social(from));
    let clicked = campaign.click_key.and_then(|key| CLICK_IDS.iter().find(|(known, _)| *known == key));
    let clicked = clicked.map(|(_, channel)| *channel);
    let is_paid = medium.contains("cp") || medium == "ppc" || medium == "retargeting" || medium.starts_with("paid");
    match medium.as_str() {
        "display" | "banner" | "expandable" | "interstitial" | "cpm" => return Channel::Display,
        "affiliate" | "affiliates" => return Channel::Affiliate,
        _ if is_mail(&medium) || is_mail(&source) => return Channel::Email,
        _ if is_paid && is_search => return Channel::PaidSearch,
        _ if is_paid && is_social => return Channel::PaidSocial,
        _ if is_paid => return clicked.unwrap_or(Channel::Campaign),
        "social" | "social-network" | "social-media" | "sm" | "social network" | "social media" => {
            return Channel::OrganicSocial;
        }
        "organic" => return Channel::OrganicSearch,
        "referral" | "app" | "link" => return Channel::Referral,
        _ => {}
    }
    if let Some(clicked) = clicked {
        return clicked;
    }
    match (is_search, is_social) {
        (true, _) => Channel::OrganicSearch,
        (_, true) => Channel::OrganicSocial,
        _ if !campaign.is_empty() => Channel::Campaign,
        _ => match referrer {
            Some(host) if MAIL_HOSTS.contains(&host) => Channel::Email,
            Some(_) => Channel::Referral,
            None => Channel::Direct,
        },
    }
}

/// The host of an address as it is listed: lower case, without `www.`; absent where there is none.
#[must_use]
pub fn host_of(address: &str) -> Option<String> {
    let with_scheme = Url::parse(address).ok().filter(|url| url.host_str().is_some());
    let url = with_scheme.or_else(|| Url::parse(&format!("http://{address}")).ok())?;
    let host = url.host_str()?.to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    (!host.is_empty()).then(|| shortened(host).to_owned())
}

/// The beginning of a text that is not too long to be kept.
#[must_use]
pub fn shortened(text: &str) -> &str {
    let end = (0..=text.len().min(MAX_TEXT_BYTES)).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// The part of an address before its query and fragment, and the query if there is one.
#[must_use]
pub fn parted(path: &str) -> (&str, Option<&str>) {
    let path = path.split('#').next().unwrap_or_default();
    match path.split_once('?') {
        Some((page, query)) => (page, Some(query)),
        None => (path, None),
    }
}

fn is_search(from: &str) -> bool {
    !NEITHER.contains(&from) && (SEARCH_HOSTS.contains(&from) || is_among(&SEARCH, from))
}

fn is_social(from: &str) -> bool {
    SOCIAL_HOSTS.contains(&from) || is_among(&SOCIAL, from)
}

fn is_mail(word: &str) -> bool {
    matches!(word, "email" | "e-mail" | "e_mail" | "e mail" | "newsletter")
}

/// Whether a text is one of the names, or a host whose registered label is: `google.co.uk`, `de.search.yahoo.com`.
fn is_among(names: &[&str], from: &str) -> bool {
    if !from.contains('.') {
        return names.contains(&from);
    }
    let labels: Vec<&str> = from.split('.').collect();
    let Some((_, rest)) = labels.split_last() else { return false };
    let is_second_level = |label: &&str| label.len() <= 3;
    let registered = match rest.split_last() {
        // google.co.uk: what stands before the last two.
        Some((second, before)) if is_second_level(second) && !before.is_empty() && !names.contains(second) => {
            before.last()
        }
        Some((second, _)) => Some(second),
        None => None,
    };
    registered.is_some_and(|label| names.contains(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_those_of_the_public_definition() {
        for (query, referrer, expected) in [
            ("", None, Channel::Direct),
            ("", Some("google.com"), Channel::OrganicSearch),
            ("", Some("google.co.uk"), Channel::OrganicSearch),
            ("", Some("de.search.yahoo.com"), Channel::OrganicSearch),
            ("", Some("mail.google.com"), Channel::Email),
            ("", Some("docs.google.com"), Channel::Referral),
            ("", Some("t.co"), Channel::OrganicSocial),
            ("", Some("l.facebook.com"), Channel::OrganicSocial),
            ("", Some("notgoogle.example"), Channel::Referral),
            ("", Some("blog.example"), Channel::Referral),
            ("gclid=x", Some("google.com"), Channel::PaidSearch),
            ("fbclid=x", None, Channel::OrganicSocial),
            ("ttclid=x", None, Channel::PaidSocial),
            ("utm_source=google&utm_medium=cpc", None, Channel::PaidSearch),
            ("utm_source=Facebook&utm_medium=Paid_Social", None, Channel::PaidSocial),
            ("utm_source=partner&utm_medium=cpc", None, Channel::Campaign),
            ("utm_source=partner&utm_medium=cpm", None, Channel::Display),
            ("utm_medium=email&utm_source=google", None, Channel::Email),
            ("utm_source=newsletter", Some("google.com"), Channel::Email),
            ("utm_medium=affiliate", None, Channel::Affiliate),
            ("utm_medium=organic", None, Channel::OrganicSearch),
            ("utm_medium=social", None, Channel::OrganicSocial),
            ("utm_source=flyer&utm_campaign=spring", Some("google.com"), Channel::Campaign),
            ("ref=producthunt", None, Channel::Campaign),
        ] {
            assert_eq!(channel(&Campaign::of_query(query), referrer), expected, "{query} {referrer:?}");
        }
    }

    #[test]
    fn campaigns_are_read_from_queries() {
        let campaign =
            Campaign::of_query("utm_source=A+B&utm_source=c&utm_medium=&fbclid=1&gclid=2&ref=x&UTM_TERM=%C3%A9");
        assert_eq!(campaign.source.as_deref(), Some("A B"));
        assert_eq!((campaign.medium, campaign.term.as_deref()), (None, Some("é")));
        assert_eq!(campaign.click_key, Some("gclid"), "the first in the order of advertisers");
        assert_eq!(Campaign::of_query("source=x&ref=y").source.as_deref(), Some("x"));
        assert!(Campaign::of_query("q=1&page=2").is_empty());
        let long = format!("utm_source={}", "é".repeat(500));
        assert_eq!(Campaign::of_query(&long).source.map(|source| source.len()), Some(254));
    }

    #[test]
    fn hosts_are_listed_without_www() {
        assert_eq!(host_of("https://www.Example.org/a?b").as_deref(), Some("example.org"));
        assert_eq!(host_of("example.org/path").as_deref(), Some("example.org"));
        assert_eq!(host_of("localhost:3000").as_deref(), Some("localhost"));
        assert_eq!(host_of(""), None);
        assert_eq!(parted("/a?b=c#d"), ("/a", Some("b=c")));
        assert_eq!(parted("/a#b?c"), ("/a", None));
    }
}
