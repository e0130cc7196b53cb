//! What brings people: searches, friends, letters, advertisements.

use super::random::Numbers;

/// One way to the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    /// The page before, as the tracker tells it: without a query.
    pub referrer: Option<&'static str>,
    /// `utm_*` in the address.
    pub utm: &'static [(&'static str, &'static str)],
    /// Name of the advertiser's own mark in the address; its value is made up for each click.
    pub click: Option<&'static str>,
    /// Where it leads; empty: anywhere.
    pub lands_on: &'static [&'static str],
    weight: u64,
    /// How much more often its visitors buy, in hundredths.
    pub zeal: u64,
}

const DIRECT: Source = Source { referrer: None, utm: &[], click: None, lands_on: &[], weight: 34, zeal: 120 };

const SOURCES: [Source; 11] = [
    DIRECT,
    Source { referrer: Some("https://www.google.com/"), weight: 26, zeal: 100, ..DIRECT },
    Source { referrer: Some("https://duckduckgo.com/"), weight: 4, zeal: 100, ..DIRECT },
    Source {
        referrer: Some("https://www.google.com/"),
        utm: &[
            ("utm_source", "google"),
            ("utm_medium", "cpc"),
            ("utm_campaign", "stoves-autumn"),
            ("utm_term", "wood stove"),
        ],
        click: Some("gclid"),
        lands_on: &["/shop/stoves", "/product/alder-stove"],
        weight: 12,
        zeal: 130,
    },
    Source {
        utm: &[("utm_source", "newsletter"), ("utm_medium", "email"), ("utm_campaign", "first-frost")],
        lands_on: &["/product/fireside-blanket", "/product/camp-kettle", "/"],
        weight: 8,
        zeal: 220,
        ..DIRECT
    },
    Source {
        referrer: Some("https://l.facebook.com/"),
        utm: &[
            ("utm_source", "facebook"),
            ("utm_medium", "paid_social"),
            ("utm_campaign", "cosy-evenings"),
            ("utm_content", "video-2"),
        ],
        click: Some("fbclid"),
        lands_on: &["/product/ember-mug", "/product/ring-fire-pit"],
        weight: 9,
        zeal: 60,
    },
    Source {
        referrer: Some("https://www.instagram.com/"),
        lands_on: &["/", "/product/ring-fire-pit"],
        weight: 6,
        zeal: 50,
        ..DIRECT
    },
    Source {
        referrer: Some("https://hutmagazine.example/reviews/stoves"),
        utm: &[("utm_source", "hutmagazine"), ("utm_medium", "affiliate"), ("utm_campaign", "partners")],
        lands_on: &["/product/alder-stove", "/product/hollow-fireplace"],
        weight: 4,
        zeal: 180,
        ..DIRECT
    },
    Source {
        referrer: Some("https://www.reddit.com/r/cabins/"),
        lands_on: &["/guides/first-fire"],
        weight: 3,
        zeal: 40,
        ..DIRECT
    },
    Source {
        referrer: Some("https://forum.ofenbau.example/threads/alder"),
        lands_on: &["/product/alder-stove"],
        weight: 2,
        zeal: 90,
        ..DIRECT
    },
    Source { referrer: Some("https://www.bing.com/"), weight: 3, zeal: 100, ..DIRECT },
];

/// Who wrote about the shop on its loud day.
const LOUD: Source = Source {
    referrer: Some("https://news.ycombinator.com/item"),
    lands_on: &["/", "/reports/heating-costs", "/guides/first-fire"],
    weight: 1,
    zeal: 25,
    ..DIRECT
};

/// What brought a visitor; `wave` says how much of the loud day is left, from 0 to 1.
pub(super) fn source(wave: f64, numbers: &mut Numbers) -> Source {
    if numbers.part() < 0.75 * wave {
        return LOUD;
    }
    numbers.weighted(&SOURCES, |source| source.weight)
}

impl Source {
    /// The query of the address it leads to.
    pub(super) fn query(&self, numbers: &mut Numbers) -> Vec<(&'static str, String)> {
        let mut query: Vec<_> = self.utm.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        query.extend(self.click.map(|name| (name, numbers.uuid().simple().to_string())));
        query
    }
}
