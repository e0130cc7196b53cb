//! `/p/{project}/heatmaps/viewer?path=`: one page, layer by layer.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::picture::Picture;
use crate::dashboard::bar::Bar;
use crate::dashboard::empty::{Data, Empty};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::domain::heat::Kind;
use crate::http::parameters::Parameters;
use crate::query::heatmap::{Heatmap, HeatmapQuery, KindChoice, Resolution, ViewportMode, heatmap};
use crate::query::page_behaviour::{BANDS, MAX_SESSIONS, PageBehaviour, page_behaviour};

/// Cells of the picture that needs no script; the script asks for finer ones.
const CELLS: u32 = 1_000;

/// Pages count as no longer, in CSS pixels.
const MAX_HEIGHT: f64 = 30_000.0;

/// Rows of the ranking.
const ELEMENT_ROWS: usize = 25;

/// The row id of no path.
const NOTHING: i64 = -1;

/// What is laid over the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Click,
    Move,
    Scroll,
    Attention,
}

#[derive(Template)]
#[template(path = "heatmaps/viewer.html")]
struct ViewerPage {
    layout: Layout,
    bar: Bar,
    empty: Option<Empty>,
    all_pages: String,
    path: String,
    layers: Vec<Choice>,
    buckets: Vec<Choice>,
    /// `clicks`
    unit: &'static str,
    layer: &'static str,
    summary: String,
    picture: Picture,
    /// What the first and the last colour mean.
    least: String,
    most: String,
    /// Where the script gets finer cells; empty for bands.
    source: String,
    elements: Vec<ElementRow>,
    element_count: String,
    more_elements: usize,
    bands: Vec<BandRow>,
    sample: Option<String>,
    elements_csv: String,
    grid_csv: String,
    page_href: String,
    sessions_href: String,
}

/// A link that may be the current one.
struct Choice {
    name: String,
    href: String,
    is_current: bool,
}

struct ElementRow {
    rank: usize,
    selector: String,
    clicks: String,
    share: String,
    sessions: String,
    width: u64,
}

struct BandRow {
    from: usize,
    visits: String,
    share: String,
    attention: String,
}

/// Answers the viewer.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let parameters = Parameters::of(screen.request());
    let path = parameters.text("path")?.ok_or(PageError::Missing("No page is chosen"))?.to_owned();
    let layer = parameters.parsed("layer", Layer::from_word)?.unwrap_or(Layer::Click);
    let bucket = parameters.text("bucket")?.map(str::to_owned);
    let (map, behaviour) = look(&screen, &path, layer, bucket.clone()).await?;
    let is_empty = map.total == 0 && behaviour.sessions == 0 && bucket.is_none();

    let filter = super::filter(&screen);
    let range = super::range(&filter);
    let asked = |others: &[(&'static str, &'static str)]| {
        let mut parameters = vec![("path", path.as_str())];
        parameters.extend(range.iter().map(|(name, value)| (*name, value.as_str())));
        parameters.extend(bucket.as_deref().map(|bucket| ("bucket", bucket)));
        parameters.extend(others.iter().copied());
        parameters
    };
    let kind = layer.kind().name();
    let mut own = vec![("path", path.clone()), ("layer", layer.word().to_owned())];
    own.extend(bucket.clone().map(|bucket| ("bucket", bucket)));
    let shares = layer.shares(&behaviour);
    let picture = Picture::new(&map, &behaviour);
    let top = shares.iter().map(|(share, _)| *share).fold(0.0, f64::max);
    let most = if layer.is_bands() { format::percent(Some(top)) } else { format::count(picture.max) };
    html(&ViewerPage {
        layout: screen.layout("Heatmap", "heatmaps"),
        bar: screen.bar().keeping(&own),
        empty: is_empty.then(|| Empty::of(&screen, Data::Browser)),
        all_pages: screen.link("heatmaps"),
        layers: Layer::ALL.map(|choice| choice.link(&screen, &path, bucket.as_deref(), layer)).into(),
        buckets: buckets(&screen, &path, layer, bucket.as_deref(), &map),
        unit: layer.unit(),
        layer: layer.word(),
        least: if layer.is_bands() { "0 %".to_owned() } else { "1".to_owned() },
        most,
        summary: summary(&path, layer, &map, &behaviour),
        picture: if layer.is_bands() { picture.of_bands(&shares) } else { picture.with_outlines(&behaviour.elements) },
        source: if layer.is_bands() { String::new() } else { screen.api("heatmaps/map", &asked(&[("type", kind)])) },
        elements: elements(&behaviour),
        element_count: format::count(behaviour.element_count as u64),
        more_elements: behaviour.element_count.saturating_sub(ELEMENT_ROWS),
        bands: bands(&behaviour),
        sample: sample(&behaviour),
        elements_csv: screen.api("heatmaps/page", &asked(&[("format", "csv")])),
        grid_csv: screen.api("heatmaps/map", &asked(&[("type", kind), ("format", "csv")])),
        page_href: screen.link_to("pages/page", &[("path", &path)]),
        sessions_href: screen.link_to("sessions", &[("f", &format!("page:is:{path}"))]),
        path,
    })
}

async fn look(
    screen: &Screen,
    path: &str,
    layer: Layer,
    bucket: Option<String>,
) -> Result<(Heatmap, PageBehaviour), PageError> {
    let mut query = HeatmapQuery {
        filter: super::filter(screen),
        kinds: KindChoice::Only(layer.kind()),
        resolution: Resolution::Square { cells: CELLS, max_height: MAX_HEIGHT },
        viewport_mode: if bucket.is_some() { ViewportMode::Filter } else { ViewportMode::Scale },
        bucket,
    };
    let (text_hash, path) = (screen.dashboard.store.text_hash(), path.to_owned());
    let asked = move |connection: &rusqlite::Connection| {
        query.filter.path = Some(text_hash.find(connection, &path)?.unwrap_or(NOTHING));
        let map = heatmap(connection, &query)?;
        Ok((map, page_behaviour(connection, &query.filter, query.bucket.as_deref())?))
    };
    screen.ask(asked).await
}

impl Layer {
    const ALL: [Self; 4] = [Self::Click, Self::Move, Self::Scroll, Self::Attention];

    fn word(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Move => "move",
            Self::Scroll => "scroll",
            Self::Attention => "attention",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.word() == word)
    }

    /// The points it is drawn from, or at least counted by.
    fn kind(self) -> Kind {
        match self {
            Self::Click => Kind::Click,
            Self::Move | Self::Attention => Kind::Move,
            Self::Scroll => Kind::Scroll,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Click => "Clicks",
            Self::Move => "Pointer",
            Self::Scroll => "Scroll depth",
            Self::Attention => "Attention",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Click => "clicks",
            Self::Move => "points",
            Self::Scroll => "of visits",
            Self::Attention => "of the time",
        }
    }

    fn is_bands(self) -> bool {
        matches!(self, Self::Scroll | Self::Attention)
    }

    /// What each band shows: a share, and the same in words.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn shares(self, behaviour: &PageBehaviour) -> Vec<(f64, String)> {
        let share = |visits: u64| visits as f64 / behaviour.sessions.max(1) as f64;
        let bands = behaviour.bands.iter();
        let shares = bands.map(|band| if self == Self::Attention { band.attention } else { share(band.visits) });
        shares.map(|share| (share, format::percent(Some(share)))).collect()
    }

    fn link(self, screen: &Screen, path: &str, bucket: Option<&str>, current: Self) -> Choice {
        let mut parameters = vec![("path", path), ("layer", self.word())];
        parameters.extend(bucket.map(|bucket| ("bucket", bucket)));
        let href = screen.link_to("heatmaps/viewer", &parameters);
        Choice { name: self.name().to_owned(), href, is_current: self == current }
    }
}

/// The windows' sizes, each with how many points it has.
fn buckets(screen: &Screen, path: &str, layer: Layer, chosen: Option<&str>, map: &Heatmap) -> Vec<Choice> {
    let link = |bucket: Option<&str>| {
        let mut parameters = vec![("path", path), ("layer", layer.word())];
        parameters.extend(bucket.map(|bucket| ("bucket", bucket)));
        screen.link_to("heatmaps/viewer", &parameters)
    };
    let all = Choice { name: "All sizes".to_owned(), href: link(None), is_current: chosen.is_none() };
    let known = map.buckets.iter().map(|(bucket, points)| Choice {
        name: format!("{} ({})", bucket.replace('x', " × "), format::short_count(*points)),
        href: link(Some(bucket)),
        is_current: chosen == Some(bucket),
    });
    std::iter::once(all).chain(known).collect()
}

fn summary(path: &str, layer: Layer, map: &Heatmap, behaviour: &PageBehaviour) -> String {
    let count = format::count;
    let visits = format!("{} visit{}", count(behaviour.sessions), if behaviour.sessions == 1 { "" } else { "s" });
    let clicks = |number: u64| format!("{} click{}", count(number), if number == 1 { "" } else { "s" });
    match layer {
        Layer::Click => match behaviour.elements.iter().find(|element| element.selector.is_some()) {
            Some(first) => format!(
                "{} on {path}; most of them, {} by {visits}, on {}.",
                clicks(map.total),
                format::share(first.clicks, behaviour.clicks),
                first.selector.as_deref().unwrap_or_default(),
            ),
            None => format!("{} on {path}.", clicks(map.total)),
        },
        Layer::Move => format!("Pointers went through {} points on {path}.", count(map.total)),
        Layer::Scroll => {
            let at = |band: usize| behaviour.bands.get(band).map_or(0, |band| band.visits);
            let share = |visits| format::share(visits, behaviour.sessions);
            let (half, end) = (share(at(BANDS / 2)), share(at(BANDS - 1)));
            format!("Of {visits} to {path}, {half} saw the middle of the page and {end} its end.")
        }
        Layer::Attention => {
            let bands = behaviour.bands.iter().enumerate();
            let most = bands.max_by(|(_, one), (_, other)| one.attention.total_cmp(&other.attention));
            let (at, share) = most.map_or((0, 0.0), |(at, band)| (at, band.attention));
            let (from, to) = (at * 100 / BANDS, (at + 1) * 100 / BANDS);
            format!(
                "Pointers stayed longest between {from} and {to} % of the page: {} of the time.",
                format::percent(Some(share))
            )
        }
    }
}

fn sample(behaviour: &PageBehaviour) -> Option<String> {
    let newest = format::count(MAX_SESSIONS as u64);
    behaviour.is_sample.then(|| {
        format!("Elements, depth and attention are of the newest sessions of this period, at most {newest}: {} of them were here.", format::count(behaviour.sessions))
    })
}

fn elements(behaviour: &PageBehaviour) -> Vec<ElementRow> {
    let top = behaviour.elements.first().map_or(1, |element| element.clicks.max(1));
    let rows = behaviour.elements.iter().take(ELEMENT_ROWS).enumerate();
    rows.map(|(at, element)| ElementRow {
        rank: at + 1,
        selector: element.selector.clone().unwrap_or_else(|| "(not told)".to_owned()),
        clicks: format::count(element.clicks),
        share: format::share(element.clicks, behaviour.clicks),
        sessions: format::count(element.sessions),
        width: element.clicks * 100 / top,
    })
    .collect()
}

fn bands(behaviour: &PageBehaviour) -> Vec<BandRow> {
    let rows = behaviour.bands.iter().enumerate();
    rows.map(|(at, band)| BandRow {
        from: at * 100 / BANDS,
        visits: format::count(band.visits),
        share: format::share(band.visits, behaviour.sessions),
        attention: format::percent(Some(band.attention)),
    })
    .collect()
}
