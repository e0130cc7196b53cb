//! `/p/{project}/live`: who is here now, and what happens.
//!
//! The page is complete as the server writes it. Where there are scripts, `live.js` takes the feed over.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;

use super::empty::{Data, Empty};
use super::error::PageError;
use super::format;
use super::layout::Layout;
use super::listing::{BarList, BarRow};
use super::screen::{Screen, html};
use super::service::Dashboard;
use super::traffic::asked;
use super::traffic::rows::{Status, duration_us, request_link};
use crate::domain::heat::Kind;
use crate::query::recent::{Recent, recent};
use crate::query::traffic::per_minute::per_minute;
use crate::query::visits::now::{MINUTES, Present, now};

/// Events of the feed.
const FEED_ROWS: usize = 50;

/// Width of a bar and the space beside it, in a drawing of 100 units of height.
const BAR_STEP: usize = 20;

#[derive(Template)]
#[template(path = "live.html")]
struct LivePage {
    layout: Layout,
    empty: Option<Empty>,
    /// Of the websocket and of the question that is asked where there is none.
    project: String,
    visitors: u64,
    per_minute: Minutes,
    requests: Minutes,
    views: String,
    request_count: String,
    lists: Vec<BarList>,
    rows: Vec<FeedRow>,
    zone: String,
    refresh_href: String,
}

/// Bars of the last minutes.
struct Minutes {
    name: &'static str,
    colour: u8,
    /// Place and height of each.
    bars: Vec<(usize, u64)>,
    values: Vec<u64>,
    width: usize,
}

/// An event of the feed.
struct FeedRow {
    word: &'static str,
    time: String,
    machine_time: String,
    text: String,
    href: Option<String>,
    status: Option<Status>,
    /// Duration, amount, user.
    detail: String,
}

/// Answers the live view.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let (project, text_hash, now_ms) = (screen.project.id, screen.dashboard.store.text_hash(), screen.view.now_ms);
    let found = screen.ask(move |connection| {
        Ok((
            now(connection, project, now_ms)?,
            per_minute(connection, text_hash, project, now_ms, MINUTES)?,
            recent(connection, text_hash, project, now_ms, FEED_ROWS)?,
        ))
    });
    let (now, requests, events) = found.await?;
    let zone = &screen.view.zone;
    html(&LivePage {
        layout: screen.layout("Live", "live"),
        empty: screen.data.all().is_none().then(|| Empty::of(&screen, Data::Any)),
        project: screen.project.uuid.to_string(),
        visitors: now.visitors,
        views: format::count(now.views_per_minute.iter().sum()),
        request_count: format::count(requests.iter().sum()),
        per_minute: Minutes::new("Page views", 1, now.views_per_minute),
        requests: Minutes::new("Requests", 2, requests),
        lists: vec![
            present_list(&screen, "Pages", "Page", &now.pages, true),
            present_list(&screen, "Where they came from", "Referrer", &now.referrers, false),
        ],
        rows: events.iter().map(|event| row(&screen, event, zone)).collect(),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        refresh_href: screen.request().path().to_owned(),
    })
}

impl Minutes {
    fn new(name: &'static str, colour: u8, values: Vec<u64>) -> Self {
        let top = values.iter().copied().max().unwrap_or(0).max(1);
        let bars = values.iter().enumerate().map(|(at, value)| (at * BAR_STEP, value * 100 / top));
        Self { name, colour, bars: bars.collect(), width: values.len() * BAR_STEP, values }
    }

    /// What the drawing says, in one sentence.
    fn summary(&self) -> String {
        let all: u64 = self.values.iter().sum();
        let last = self.values.last().copied().unwrap_or_default();
        format!(
            "{} in the last {} minutes: {}; at most {} in one of them, {} in the current one.",
            self.name,
            self.values.len(),
            format::count(all),
            format::count(self.values.iter().copied().max().unwrap_or_default()),
            format::count(last),
        )
    }

    /// How many minutes ago each was, and its value.
    fn rows(&self) -> impl Iterator<Item = (usize, u64)> {
        let count = self.values.len();
        self.values.iter().enumerate().map(move |(at, value)| (count - 1 - at, *value))
    }
}

fn present_list(
    screen: &Screen,
    title: &'static str,
    entry: &'static str,
    found: &[Present],
    is_page: bool,
) -> BarList {
    let top = found.iter().map(|one| one.visitors).max().unwrap_or(0).max(1);
    let all: u64 = found.iter().map(|one| one.visitors).sum();
    let rows = found.iter().map(|one| BarRow {
        text: if one.text.is_empty() { "(none)".to_owned() } else { one.text.clone() },
        href: is_page.then(|| asked::link(screen, "pages/page", &[("path", one.text.clone())])),
        value: format::count(one.visitors),
        share: format::share(one.visitors, all),
        width: one.visitors * 100 / top,
    });
    BarList { title, entry, measure: "Visitors", rows: rows.collect(), more: 0, details: None }
}

fn row(screen: &Screen, event: &Recent, zone: &TimeZone) -> FeedRow {
    let (time, machine_time) =
        (format::time_of_day(event.time_ms(), zone), format::machine_time(event.time_ms(), zone));
    let session = |id: &str| asked::link(screen, "sessions/session", &[("id", id.to_owned())]);
    match event {
        Recent::Request(record) => {
            let user = record.user.as_ref().map(|user| format!(" · {}", user.id)).unwrap_or_default();
            FeedRow {
                word: "Request",
                time,
                machine_time,
                text: format!("{} {}", record.method, record.original_url),
                href: Some(request_link(screen, record.id)),
                status: Some(Status::new(record.status)),
                detail: duration_us(record.duration_us) + &user,
            }
        }
        Recent::Browser(event) => FeedRow {
            word: kind_word(event.kind),
            time,
            machine_time,
            text: event.path.clone(),
            href: Some(session(&event.session)),
            status: None,
            detail: String::new(),
        },
        Recent::Track(event) => {
            #[expect(clippy::cast_precision_loss, reason = "a glance")]
            let amount = event
                .revenue
                .as_ref()
                .map(|revenue| format!("{:.2} {}", revenue.micros.unwrap_or_default() as f64 / 1e6, revenue.currency));
            let user = event.user.as_deref().map(str::to_owned);
            FeedRow {
                word: "App event",
                time,
                machine_time,
                text: event.name.as_ref().to_owned(),
                href: event.session.as_deref().map(session),
                status: None,
                detail: amount.into_iter().chain(user).collect::<Vec<_>>().join(" · "),
            }
        }
    }
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Pageview => "Page view",
        Kind::Click => "Click",
        Kind::Custom => "Event",
        Kind::Move => "Move",
        Kind::Scroll => "Scroll",
        Kind::Input => "Input",
        Kind::Keyboard => "Keyboard",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_share_of_the_highest() {
        let bars = Minutes::new("Requests", 1, vec![0, 5, 10]);
        assert_eq!(bars.bars, [(0, 0), (20, 50), (40, 100)]);
        assert_eq!(bars.rows().collect::<Vec<_>>(), [(2, 0), (1, 5), (0, 10)]);
        assert_eq!(
            bars.summary(),
            "Requests in the last 3 minutes: 15; at most 10 in one of them, 10 in the current one."
        );
    }
}
