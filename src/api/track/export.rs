//! `GET /api/v1/projects/{project}/persons/{person}/export`: everything that is kept about a person.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;

use super::export_document::ExportDocument;
use crate::api::service::{ApiService, respond};
use crate::http::path::segment;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::whole_person;
use crate::store::registry::project_uuid;

/// Position of the person in the paths.
pub(super) const PERSON_SEGMENT: usize = 5;

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/persons/{person}/export",
    tag = "apps",
    summary = "Everything that is kept about a person, as one JSON document",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("person" = String, Path, description = "`user:U`, `anonymous:A`, `device:D`, `external:NAMESPACE:ID` or `email:ADDRESS`"),
    ),
    responses((status = 200, description = "The document", content_type = "application/json"), ReadProblems),
    security(("read_token" = []))
)]
/// Exports a person.
pub async fn document(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    let result = begin(&request, &service).await;
    respond(&request, result.map(|document| answer(service, document)))
}

async fn begin(request: &HttpRequest, service: &ApiService) -> Result<ExportDocument, Problem> {
    let project = service.project(request).await?;
    let name = segment(request.uri().path(), PERSON_SEGMENT).ok_or(Problem::PersonNotFound)?;
    let (hash, now_ms, ids) = (service.store.text_hash(), service.clock.now_ms(), service.public_ids.clone());
    let begun = service
        .ask(move |connection| {
            let Some(person) = whole_person::find(connection, hash, project, &name)? else { return Ok(None) };
            let uuid = project_uuid(connection, project)?;
            ExportDocument::new(connection, &person, uuid, now_ms, ids).map(Some)
        })
        .await?;
    begun.ok_or(Problem::PersonNotFound)
}

/// Sends the document as it is read. If reading fails half-way, the connection ends before the answer does.
fn answer(service: web::Data<ApiService>, document: ExportDocument) -> HttpResponse {
    let pieces = stream::try_unfold((service, document), |(service, mut document)| async move {
        let (piece, document) = service
            .ask(move |connection| Ok((document.next(connection)?, document)))
            .await
            .map_err(|problem| std::io::Error::other(problem.code()))?;
        Ok::<_, std::io::Error>(piece.map(|piece| (Bytes::from(piece), (service, document))))
    });
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/json")
        .streaming(Box::pin(pieces))
}
