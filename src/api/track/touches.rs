//! `GET /api/v1/projects/{project}/persons/{person}/touches`: everything that ever brought a person.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked_person::name;
use super::touch_body::TouchBody;
use crate::api::csv;
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::asked_person;
use crate::query::track::touches::person_touches;
use crate::query::track::touches_described::TouchTexts;

/// A person's touches.
#[derive(Debug, Serialize, ToSchema)]
pub struct TouchList {
    /// Oldest first, each once.
    pub touches: Vec<TouchBody>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/persons/{person}/touches",
    tag = "apps",
    summary = "Everything that ever brought a person",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("person" = String, Path, description = "`user:U`, `anonymous:A`, `device:D`, `external:NAMESPACE:ID` or `email:ADDRESS`"),
        ("format" = Option<String>, Query, description = "`json` or `csv`"),
    ),
    responses((status = 200, description = "The touches", body = TouchList), ReadProblems),
    security(("read_token" = []))
)]
/// Lists touches.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let name = name(request)?;
    let is_csv = csv::is_asked_for(&Parameters::of(request))?;
    let text_hash = service.store.text_hash();
    let found = service
        .ask(move |connection| {
            let Some(person) = asked_person::find(connection, text_hash, project, &name)? else { return Ok(None) };
            let mut texts = TouchTexts::new(connection);
            let mut touches = Vec::new();
            for touch in person_touches(connection, &person)? {
                touches.push(TouchBody::from(texts.describe(&touch)?));
            }
            Ok(Some(touches))
        })
        .await?;
    let touches = found.ok_or(Problem::PersonNotFound)?;
    if is_csv {
        return csv::answer(&TouchBody::HEAD, touches.iter().map(TouchBody::cells), None);
    }
    Ok(json(&TouchList { touches }))
}
