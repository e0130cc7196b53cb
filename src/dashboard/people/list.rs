//! The list of persons, newest first, and the search for one.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use rusqlite::Connection;

use super::{MAX_ID_BYTES, address};
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::{format, money};
use crate::domain::id::ProjectId;
use crate::http::parameters::Parameters;
use crate::query::track::identity::{self, Person};
use crate::query::track::persons::{Activity, Seen, activity, roots, seen, traits};
use crate::query::track::whole_person;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Persons a page.
const ROWS: usize = 30;

/// Traits that a person is called by, the first that is there.
const NAMES: [&str; 4] = ["name", "full_name", "first_name", "username"];

#[derive(Template)]
#[template(path = "people/list.html")]
struct PeoplePage {
    layout: Layout,
    people: Vec<Row>,
    /// What was looked for in vain.
    missed: Option<String>,
    is_first: bool,
    first: String,
    next: Option<String>,
    csv: String,
    install: String,
}

/// A person in the list.
#[derive(Debug, Clone)]
struct Row {
    title: String,
    id: String,
    href: String,
    email: String,
    first_seen: String,
    last_seen: String,
    events: String,
    sessions: String,
    revenue: Vec<String>,
}

/// What the list shows of one person.
struct Listed {
    id: String,
    said: Said,
    seen: Seen,
    activity: Activity,
}

/// How people call a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub name: Option<String>,
    pub email: Option<String>,
}

/// Answers the list; a search that finds somebody leads to that person.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let parameters = Parameters::of(screen.request());
    let wanted = parameters.text("q")?.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let before = parameters.parsed("before", |text| text.parse::<i64>().ok())?;
    let (project, base) = (screen.project.id, screen.link_base());
    let mut missed = None;
    if let Some(wanted) = wanted {
        let hash = screen.dashboard.store.text_hash();
        let text = wanted.clone();
        let found = screen.ask(move |connection| search(connection, hash, project, &text)).await?;
        if let Some(name) = found {
            return Ok(HttpResponse::SeeOther()
                .insert_header((header::LOCATION, address(&base, &name)))
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .finish());
        }
        missed = Some(wanted);
    }
    let (listed, next) = screen.ask(move |connection| list(connection, project, before)).await?;
    let (zone, now_ms) = (screen.view.zone.clone(), screen.view.now_ms);
    let time = |ms: Option<i64>| ms.map_or_else(|| format::NOTHING.to_owned(), |ms| format::minute(ms, &zone));
    let people = listed.into_iter().map(|person| Row {
        title: person.said.name.or_else(|| person.said.email.clone()).unwrap_or_else(|| person.id.clone()),
        href: address(&base, &person.id),
        id: person.id,
        email: person.said.email.unwrap_or_default(),
        first_seen: time(person.seen.first_ms),
        last_seen: person.seen.last_ms.map_or_else(|| format::NOTHING.to_owned(), |ms| format::ago(ms, now_ms)),
        events: format::count(person.activity.events),
        sessions: format::count(person.activity.sessions),
        revenue: revenue(&person.activity),
    });
    html(&PeoplePage {
        layout: screen.layout("People", "people"),
        people: people.collect(),
        missed,
        is_first: before.is_none(),
        first: format!("{base}/people"),
        next: next.map(|next| format!("{base}/people?before={next}")),
        csv: format!("/api/v1/projects/{}/persons?format=csv&limit=1000", screen.project.uuid),
        install: format!("{base}/settings/install"),
    })
}

/// Whom a text means: an id with or without its kind, or an e-mail address.
fn search(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    text: &str,
) -> Result<Option<String>, StoreError> {
    if text.len() > MAX_ID_BYTES {
        return Ok(None);
    }
    let mut found = whole_person::find(connection, hash, project, text)?;
    if found.is_none() && text.contains('@') {
        found = whole_person::find(connection, hash, project, &format!("email:{text}"))?;
    }
    Ok(found.map(|person| person.name))
}

fn list(
    connection: &Connection,
    project: ProjectId,
    before: Option<i64>,
) -> Result<(Vec<Listed>, Option<i64>), StoreError> {
    // One more than the page tells whether there is another.
    let mut found = roots(connection, project, before, ROWS + 1)?;
    let next = (found.len() > ROWS).then(|| found[ROWS - 1]);
    found.truncate(ROWS);
    let mut people = Vec::with_capacity(found.len());
    for root in found {
        let Some(person) = identity::person(connection, root)? else { continue };
        people.push(Listed {
            id: person.name(),
            said: said(connection, &person)?,
            seen: seen(connection, &person)?,
            activity: activity(connection, project, &person)?,
        });
    }
    Ok((people, next))
}

/// How a person is called by its traits.
pub(super) fn said(connection: &Connection, person: &Person) -> Result<Said, StoreError> {
    let traits = traits(connection, person)?;
    let text = |key: &str| traits.get(key).and_then(|json| serde_json::from_str::<String>(json).ok());
    let text = |key: &str| text(key).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(Said { name: NAMES.into_iter().find_map(text), email: text("email") })
}

/// What a person paid, currency by currency.
pub(super) fn revenue(activity: &Activity) -> Vec<String> {
    activity.revenue.iter().map(|(currency, sum)| money::amount(sum.micros, currency)).collect()
}
