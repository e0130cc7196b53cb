//! `/p/{project}/sessions`: visits one by one, the newest first.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{person_link, session_link};
use crate::dashboard::bar::Bar;
use crate::dashboard::empty::{Data, Empty};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::listing::sentence;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::domain::visit::{DeviceClass, VisitSource};
use crate::http::parameters::Parameters;
use crate::query::session_errors::session_errors;
use crate::query::visits::list::{After, ListedVisit, list};

const PAGE_ROWS: usize = 50;

#[derive(Template)]
#[template(path = "sessions/list.html")]
struct ListPage {
    layout: Layout,
    bar: Bar,
    empty: Option<Empty>,
    rows: Vec<Row>,
    /// Where the newest are, on later pages.
    newest: Option<String>,
    next: Option<String>,
}

struct Row {
    machine_time: String,
    time: String,
    ago: String,
    href: String,
    user: Option<String>,
    person: Option<String>,
    entry_page: String,
    views: String,
    events: String,
    duration: String,
    channel: String,
    /// Campaign, else referrer.
    source: String,
    device: String,
    browser: String,
    errors: u64,
}

/// Answers the list.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let after = Parameters::of(screen.request()).parsed("after", parse_after)?;
    let scope = screen.scope();
    let found = screen.ask(move |connection| {
        let page = list(connection, &scope, after, PAGE_ROWS)?;
        let errors = page
            .visits
            .iter()
            .map(|visit| session_errors(connection, scope.project, &visit.session, visit.started_ms, visit.ended_ms));
        let errors = errors.collect::<Result<Vec<_>, _>>()?;
        Ok((page, errors))
    });
    let (found, errors) = found.await?;
    let is_empty = found.visits.is_empty() && after.is_none();
    let rows = found.visits.into_iter().zip(errors).map(|(visit, errors)| row(&screen, visit, errors));
    html(&ListPage {
        layout: screen.layout("Sessions", "sessions"),
        bar: screen.bar(),
        empty: is_empty.then(|| Empty::of(&screen, Data::Visits)),
        rows: rows.collect(),
        newest: after.map(|_| screen.link("sessions")),
        next: found.next.map(|next| screen.link_to("sessions", &[("after", &after_text(next))])),
    })
}

fn row(screen: &Screen, visit: ListedVisit, errors: u64) -> Row {
    let zone = &screen.view.zone;
    let agent = [visit.browser.as_str(), visit.os.as_str()].into_iter().filter(|text| !text.is_empty());
    Row {
        machine_time: format::machine_time(visit.started_ms, zone),
        time: format::minute(visit.started_ms, zone),
        ago: format::ago(visit.started_ms, screen.view.now_ms),
        href: session_link(screen, &visit.session),
        person: visit.user.as_deref().map(|user| person_link(screen, user)),
        user: visit.user,
        views: format::count(visit.views),
        events: format::count(visit.events),
        duration: format::span_ms(visit.ended_ms - visit.started_ms),
        channel: sentence(visit.channel.word()),
        source: if visit.campaign.is_empty() { visit.referrer } else { visit.campaign },
        device: if visit.device == DeviceClass::Unknown { String::new() } else { sentence(visit.device.word()) },
        browser: agent.collect::<Vec<_>>().join(", "),
        entry_page: visit.entry_page,
        errors,
    }
}

/// A place in the list, for the address of the next page.
fn after_text(after: After) -> String {
    format!("{}.{}.{}", after.started_ms, after.session_row, after.source.word())
}

fn parse_after(text: &str) -> Option<After> {
    let mut parts = text.splitn(3, '.');
    Some(After {
        started_ms: parts.next()?.parse().ok()?,
        session_row: parts.next()?.parse().ok()?,
        source: VisitSource::from_word(parts.next()?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        for source in VisitSource::ALL {
            let after = After { started_ms: -5, session_row: 42, source: *source };
            assert_eq!(parse_after(&after_text(after)), Some(after));
        }
        for odd in ["", "1", "1.2", "1.2.tv", "x.2.web"] {
            assert_eq!(parse_after(odd), None, "{odd}");
        }
    }
}
