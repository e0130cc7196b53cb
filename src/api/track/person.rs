//! One person, and its app events.

use actix_web::{HttpRequest, HttpResponse, web};

use super::asked_person::name;
use super::events::{self, EventPage};
use super::person_body::{PersonBody, Window, describe};
use crate::api::service::{ApiService, json, respond};
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::asked_person;
use crate::query::track::persons::activity;
use crate::query::track::touches_described::TouchTexts;

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/persons/{person}",
    tag = "apps",
    summary = "One person",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("person" = String, Path, description = "`user:U`, `anonymous:A`, `device:D`, `external:NAMESPACE:ID` or `email:ADDRESS`"),
    ),
    responses((status = 200, description = "The person", body = PersonBody), ReadProblems),
    security(("read_token" = []))
)]
/// Shows one person.
pub async fn detail(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/persons/{person}/events",
    tag = "apps",
    summary = "App events of one person in order of time",
    description = "As of the project, with the same parameters.",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("person" = String, Path, description = "`user:U`, `anonymous:A`, `device:D`, `external:NAMESPACE:ID` or `email:ADDRESS`"),
        ("from" = Option<String>, Query, description = "Not before: milliseconds since the epoch, or RFC 3339"),
        ("to" = Option<String>, Query, description = "Not after: milliseconds since the epoch, or RFC 3339"),
        ("name" = Option<String>, Query, description = "Only events of this name"),
        ("kind" = Option<String>, Query, description = "Only events of this kind"),
        ("channel" = Option<String>, Query, description = "Only events of this channel"),
        ("session" = Option<String>, Query, description = "Only events of this session"),
        ("event_id" = Option<String>, Query, description = "Only events with this id"),
        ("hidden" = Option<bool>, Query, description = "Also events that default reports leave out"),
        ("order" = Option<String>, Query, description = "`asc` or `desc`; `desc` when absent"),
        ("limit" = Option<u16>, Query, description = "Events a page, 1 to 1000; 100 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "`json` or `csv`"),
    ),
    responses((status = 200, description = "A page of events", body = EventPage), ReadProblems),
    security(("read_token" = []))
)]
/// Lists a person's app events.
pub async fn events(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    let answer = match name(&request) {
        Ok(name) => events::read(&request, &service, Some(name)).await,
        Err(problem) => Err(problem),
    };
    respond(&request, answer)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let name = name(request)?;
    let hash = service.store.text_hash();
    let window = Window { now_ms: service.clock.now_ms(), window_ms: service.attribution_window_ms };
    let person = service
        .ask(move |connection| {
            let Some(person) = asked_person::find(connection, hash, project, &name)? else { return Ok(None) };
            let activity = activity(connection, project, &person)?;
            describe(connection, &mut TouchTexts::new(connection), &person, Some(activity), window).map(Some)
        })
        .await?;
    Ok(json(&person.ok_or(Problem::PersonNotFound)?))
}
