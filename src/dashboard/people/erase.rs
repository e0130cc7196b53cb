//! Erasing a person: a page that says what will happen, a confirmation that must be typed, then the store's one way.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{MAX_ID_BYTES, address, asked};
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::domain::Batch;
use crate::domain::erasure::Erased;
use crate::http::problem::Problem;
use crate::query::track::whole_person::{self, WholePerson};

#[derive(Template)]
#[template(path = "people/erase.html")]
struct ErasePage {
    layout: Layout,
    person: String,
    id: String,
    action: String,
    export: String,
    error: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "people/erased.html")]
struct ErasedPage {
    layout: Layout,
    people: String,
    /// What was taken away, and how much.
    counts: Vec<(&'static str, String)>,
}

/// `GET`: what will happen, and the form.
pub async fn form(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let name = asked(screen.request())?;
    let person = find(&screen, name).await?;
    html(&confirmation(&screen, person.name, None))
}

/// `POST`: erases whom the form names, if the same was typed.
pub async fn erase(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let form = Fields::of(&body);
    let name = form.text("id").to_owned();
    if name.is_empty() || name.len() > MAX_ID_BYTES {
        return Err(Problem::PersonNotFound.into());
    }
    let person = find(&screen, name).await?;
    if form.text("confirmation") != person.name {
        let mut answer = html(&confirmation(&screen, person.name, Some("This is not the id above.")))?;
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(answer);
    }
    let erasure = person.erasure(screen.dashboard.clock.now_ms());
    let receipt = screen.dashboard.store.submit(Batch::Erase(Box::new(erasure))).await.map_err(Problem::from)?;
    tracing::info!("a person was erased");
    html(&ErasedPage {
        layout: screen.layout("Erased", "people"),
        people: format!("{}/people", screen.link_base()),
        counts: counts(receipt.erased.unwrap_or_default()),
    })
}

async fn find(screen: &Screen, name: String) -> Result<WholePerson, PageError> {
    let (project, hash) = (screen.project.id, screen.dashboard.store.text_hash());
    let found = screen.ask(move |connection| whole_person::find(connection, hash, project, &name)).await?;
    Ok(found.ok_or(Problem::PersonNotFound)?)
}

fn confirmation(screen: &Screen, id: String, error: Option<&'static str>) -> ErasePage {
    let base = screen.link_base();
    ErasePage {
        layout: screen.layout("Erase a person", "people"),
        person: address(&base, &id),
        action: format!("{base}/people/erase"),
        export: format!("/api/v1/projects/{}/persons/{}/export", screen.project.uuid, super::person::path_segment(&id)),
        id,
        error,
    }
}

fn counts(erased: Erased) -> Vec<(&'static str, String)> {
    let Erased { events, conversions, touches, heat_rows, heat_sessions, requests } = erased;
    let counts = [
        ("App events", events),
        ("Conversions", conversions),
        ("Touches", touches),
        ("Browsers' events", heat_rows),
        ("Browsers' sessions", heat_sessions),
        ("Requests that no longer say whose they were", requests),
    ];
    counts.map(|(what, count)| (what, format::count(count))).to_vec()
}
