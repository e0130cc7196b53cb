//! `GET /api/v1/projects/{project}/persons`: who used the apps.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::person_body::{PersonBody, Window, describe};
use super::place_cursor::{cursor, place};
use super::report_params::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::api::csv;
use crate::api::service::{ApiService, next_link, page, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::conversions::Place;
use crate::query::track::touches_described::TouchTexts;
use crate::query::track::{identity, persons};

/// A page of persons.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonPage {
    /// Newest first: by when the id that stands for the person was first met.
    pub persons: Vec<PersonBody>,
    /// Give it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/persons",
    tag = "apps",
    summary = "Who used the apps, newest first",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("limit" = Option<u16>, Query, description = "Persons a page, 1 to 1000; 100 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "`json` or `csv`"),
    ),
    responses((status = 200, description = "A page of persons", body = PersonPage), ReadProblems),
    security(("read_token" = []))
)]
/// Lists persons.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let before = place(&parameters)?.map(|place| place.seq);
    let is_csv = csv::is_asked_for(&parameters)?;
    let window = Window { now_ms: service.clock.now_ms(), window_ms: service.attribution_window_ms };
    let (persons, next) = service
        .ask(move |connection| {
            // One more than the page tells whether there is another.
            let mut roots = persons::roots(connection, project, before, limit + 1)?;
            let next = (roots.len() > limit).then(|| cursor(Place { time_ms: 0, seq: roots[limit - 1] }));
            roots.truncate(limit);
            let mut touches = TouchTexts::new(connection);
            let mut bodies = Vec::with_capacity(roots.len());
            for root in roots {
                if let Some(person) = identity::person(connection, root)? {
                    bodies.push(describe(connection, &mut touches, &person, None, window)?);
                }
            }
            Ok((bodies, next))
        })
        .await?;
    if is_csv {
        let link = next.map(|next| next_link(request, &next));
        return csv::answer(&PersonBody::HEAD, persons.into_iter().map(PersonBody::cells), link);
    }
    let body = PersonPage { persons, next_cursor: next.map(|next| next.to_string()) };
    Ok(page(request, &body, next.as_ref()))
}
