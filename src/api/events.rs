//! `GET /api/v1/projects/{project}/events`: events in order of time, with everything known about them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::cursor::Cursor;
use super::event_body::{EventBody, describe};
use super::range::TimeRange;
use super::service::{ApiService, page, respond};
use crate::domain::heat::Kind;
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::heat_events::{self, EventFilter};
use crate::query::heat_sessions;
use crate::query::texts::Lookup;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1_000;

/// The row id of no text.
const NO_TEXT: i64 = -1;

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventPage {
    pub events: Vec<EventBody>,
    /// Give it as `cursor` for the next page; absent on the last one.
    pub next_cursor: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/events",
    tag = "events",
    summary = "Events of a project in order of time",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("from" = Option<String>, Query, description = "Not before: milliseconds since the epoch, or RFC 3339"),
        ("to" = Option<String>, Query, description = "Not after: milliseconds since the epoch, or RFC 3339"),
        ("type" = Option<String>, Query, description = "Only events of this type"),
        ("path" = Option<String>, Query, description = "Only events on exactly this path"),
        ("limit" = Option<u16>, Query, description = "Events a page, 1 to 1000; 100 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, description = "A page of events", body = EventPage),
        ReadProblems
    ),
    security(("read_token" = []))
)]
/// Lists events.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let range = TimeRange::read(&parameters)?;
    let kind = match parameters.text("type")? {
        Some(word) => Some(Kind::from_name(word).ok_or(Problem::InvalidParameter("type"))?),
        None => None,
    };
    let path = parameters.text("path")?.map(str::to_owned);
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let after = Cursor::of(&parameters)?.map(|cursor| cursor.0);
    let (text_hash, ids) = (service.store.text_hash(), service.public_ids.clone());
    let (events, next) = service
        .ask(move |connection| {
            let path = match path {
                Some(path) => Some(text_hash.find(connection, &path)?.unwrap_or(NO_TEXT)),
                None => None,
            };
            let filter = EventFilter { project, path, kind, from: range.from, to: range.to };
            // One more than the page tells whether there is another.
            let mut found = heat_events::stored(connection, &filter, after, limit + 1)?;
            let next = (found.len() > limit).then(|| Cursor(found[limit - 1].1.position()));
            found.truncate(limit);
            let mut lookup = Lookup::new(connection);
            let mut received: HashMap<i64, i64> = HashMap::new();
            let mut events = Vec::with_capacity(found.len());
            for (session, stored) in found {
                let received_at_ms = match received.entry(stored.session_id) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(new) => *new.insert(heat_sessions::received_at_ms(connection, stored.session_id)?),
                };
                events.push(describe(stored, &session.to_string(), received_at_ms, &ids, &mut lookup)?);
            }
            Ok((events, next))
        })
        .await?;
    let body = EventPage { events, next_cursor: next.map(|next| next.to_string()) };
    Ok(page(request, &body, next.as_ref()))
}
