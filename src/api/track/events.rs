//! `GET /api/v1/projects/{project}/track/events`: app events in order of time.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::event_body::EventBody;
use super::place_cursor::{cursor, place};
use crate::api::csv;
use crate::api::range::TimeRange;
use crate::api::service::{ApiService, next_link, page, respond};
use crate::domain::id::{ClientId, ProjectId};
use crate::domain::track::EventKind;
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::asked_person;
use crate::query::track::events::{self, EventFilter, Page};
use crate::query::track::events_described::Describer;
use crate::query::track::sessions;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1_000;

/// The row id of nothing.
const NOTHING: i64 = -1;

/// A page of app events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrackEventPage)]
pub struct EventPage {
    #[schema(value_type = Vec<EventBody>)]
    pub events: Vec<EventBody>,
    /// Give it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// What is asked for, as texts.
struct Asked {
    name: Option<String>,
    channel: Option<String>,
    session: Option<String>,
    person: Option<String>,
    filter: EventFilter,
    page: Page,
    is_csv: bool,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/track/events",
    tag = "apps",
    summary = "App events in order of time",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("from" = Option<String>, Query, description = "Not before: milliseconds since the epoch, or RFC 3339"),
        ("to" = Option<String>, Query, description = "Not after: milliseconds since the epoch, or RFC 3339"),
        ("name" = Option<String>, Query, description = "Only events of this name"),
        ("kind" = Option<String>, Query, description = "Only events of this kind"),
        ("channel" = Option<String>, Query, description = "Only events of this channel"),
        ("session" = Option<String>, Query, description = "Only events of this session"),
        ("person" = Option<String>, Query, description = "Only this person's: `user:U`, `anonymous:A`..."),
        ("event_id" = Option<String>, Query, description = "Only events with this id; found at once while the id is remembered"),
        ("hidden" = Option<bool>, Query, description = "Also events that default reports leave out"),
        ("order" = Option<String>, Query, description = "`asc` or `desc`; `desc` when absent"),
        ("limit" = Option<u16>, Query, description = "Events a page, 1 to 1000; 100 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "`json` or `csv`"),
    ),
    responses((status = 200, description = "A page of events", body = EventPage), ReadProblems),
    security(("read_token" = []))
)]
/// Lists app events.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service, None).await)
}

/// Answers a page of events, of the person given or of the one that the request asks for.
pub async fn read(
    request: &HttpRequest,
    service: &ApiService,
    person: Option<String>,
) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let mut asked = asked(project, &Parameters::of(request))?;
    asked.person = person.or(asked.person);
    let (is_csv, hash) = (asked.is_csv, service.store.text_hash());
    let found = service
        .ask(move |connection| {
            let Asked { name, channel, session, person, mut filter, mut page, .. } = asked;
            let id = |text: Option<String>| {
                let found = text.map(|text| hash.find(connection, &text)).transpose();
                found.map(|found| found.map(|id| id.unwrap_or(NOTHING)))
            };
            (filter.name, filter.channel) = (id(name)?, id(channel)?);
            if let Some(session) = session {
                filter.session = Some(sessions::find_id(connection, hash, project, &session)?.unwrap_or(NOTHING));
            }
            let person = match person {
                Some(text) => match asked_person::find(connection, hash, project, &text)? {
                    Some(person) => Some(person),
                    None => return Ok(None),
                },
                None => None,
            };
            // One more than the page tells whether there is another.
            let limit = page.limit;
            page.limit += 1;
            let mut found = events::list(connection, hash, &filter, person.as_ref(), page)?;
            let next = (found.len() > limit).then(|| cursor(found[limit - 1].place()));
            found.truncate(limit);
            let mut describer = Describer::new(connection, hash);
            let bodies = found.into_iter().map(|event| describer.describe(event).map(EventBody::from));
            Ok(Some((bodies.collect::<Result<Vec<_>, _>>()?, next)))
        })
        .await?;
    let (events, next) = found.ok_or(Problem::PersonNotFound)?;
    if is_csv {
        let link = next.map(|next| next_link(request, &next));
        return csv::answer(&EventBody::HEAD, events.into_iter().map(EventBody::cells), link);
    }
    let body = EventPage { events, next_cursor: next.map(|next| next.to_string()) };
    Ok(page(request, &body, next.as_ref()))
}

#[expect(clippy::cast_possible_truncation, reason = "what is out of range is the end of the range")]
fn asked(project: ProjectId, parameters: &Parameters) -> Result<Asked, Problem> {
    let range = TimeRange::read(parameters)?;
    let text = |name| parameters.text(name).map(|text| text.map(str::to_owned));
    let filter = EventFilter {
        from_ms: range.from.ceil() as i64,
        to_ms: range.to.floor() as i64,
        kind: parameters.parsed("kind", |word| EventKind::ALL.into_iter().find(|kind| kind.name() == word))?,
        event_id: parameters.text("event_id")?.map(ClientId::new),
        with_hidden: parameters.flag("hidden")?.unwrap_or(false),
        ..EventFilter::all(project)
    };
    let page = Page {
        is_descending: parameters.is_descending(true)?,
        after: place(parameters)?,
        limit: parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?,
    };
    Ok(Asked {
        name: text("name")?,
        channel: text("channel")?,
        session: text("session")?,
        person: text("person")?,
        filter,
        page,
        is_csv: csv::is_asked_for(parameters)?,
    })
}
