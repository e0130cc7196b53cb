//! Why there is nothing to show, and what leads on: never any data, none in this period, or none behind the filters.
//!
//! A screen puts `Option<Empty>` into its template as `empty`, and the template includes `parts/empty.html` where the
//! data would be.

use super::bar::address;
use super::format;
use super::screen::Screen;
use super::table::with_own;
use crate::domain::period::{Period, civil};
use crate::domain::role::Role;
use crate::query::visits::first_data::DataSpan;

/// Which data a screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// Visits, whoever told of them.
    Visits,
    /// Heat events: what pointers did.
    Browser,
    /// App events.
    Track,
    /// Proxied requests.
    Traffic,
    Any,
}

/// Why there is nothing to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Empty {
    /// Nothing has ever come.
    Never {
        /// What is waited for: `page views`.
        what: &'static str,
        /// The tag that sends it, where one does.
        snippet: Option<String>,
        /// The settings that say how to install it, for those who may see them.
        install: Option<String>,
    },
    /// There is something, but not now.
    Period { what: &'static str, last_day: Option<LastDay> },
    /// There may be something, but not of this kind.
    Filtered { unfiltered: String },
}

/// The last day that has data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastDay {
    pub text: String,
    pub href: String,
}

impl Empty {
    /// Why a screen that found nothing did not.
    #[must_use]
    pub fn of(screen: &Screen, data: Data) -> Self {
        let (view, path) = (&screen.view, screen.request().path());
        let Some(span) = data.span(screen) else { return Self::never(screen, data) };
        if !view.filters.is_empty() {
            return Self::Filtered { unfiltered: address(path, &view.without_filters()) };
        }
        let is_outside = !(view.interval.from_ms..view.interval.to_ms).contains(&span.last_ms);
        let last_day = is_outside.then(|| {
            let day = civil(span.last_ms, &view.zone);
            let there = view.with_period(Period::Days { first: day, last: day });
            LastDay { text: format::day(span.last_ms, &view.zone), href: address(path, &there) }
        });
        Self::Period { what: data.words(), last_day }
    }

    /// The same of a screen about a part, such as one page: its links keep `own` parameters, and there may be data of other
    /// parts in view.
    #[must_use]
    pub fn of_part(screen: &Screen, data: Data, own: &[(&'static str, String)]) -> Self {
        let keep = |href: String| with_own(&href, own.iter().cloned());
        match Self::of(screen, data) {
            Self::Filtered { unfiltered } => Self::Filtered { unfiltered: keep(unfiltered) },
            Self::Period { what, last_day } => {
                Self::Period { what, last_day: last_day.map(|last| LastDay { href: keep(last.href), ..last }) }
            }
            never @ Self::Never { .. } => never,
        }
    }

    fn never(screen: &Screen, data: Data) -> Self {
        let install = screen.project.role >= Role::Admin;
        Self::Never {
            what: data.words(),
            snippet: matches!(data, Data::Visits | Data::Browser | Data::Any).then(|| snippet(screen)),
            install: install.then(|| format!("/p/{}/settings/install", screen.project.uuid)),
        }
    }
}

impl Data {
    fn words(self) -> &'static str {
        match self {
            Self::Visits => "visits",
            Self::Browser => "clicks and page views",
            Self::Track => "events of apps",
            Self::Traffic => "requests",
            Self::Any => "data",
        }
    }

    fn span(self, screen: &Screen) -> Option<DataSpan> {
        let data = &screen.data;
        match self {
            Self::Visits => data.browser.into_iter().chain(data.track).reduce(|one, other| DataSpan {
                first_ms: one.first_ms.min(other.first_ms),
                last_ms: one.last_ms.max(other.last_ms),
            }),
            Self::Browser => data.browser,
            Self::Track => data.track,
            Self::Traffic => data.traffic,
            Self::Any => data.all(),
        }
    }
}

/// The tag of the tracker. Keys are not kept in clear, so that it has a place for one.
fn snippet(screen: &Screen) -> String {
    let derived = || format!("http://{}", screen.request().connection_info().host());
    let url = screen.dashboard.public_url.clone().unwrap_or_else(derived);
    format!("<script async src=\"{url}/hearth.js\" data-key=\"hk_…\"></script>")
}
