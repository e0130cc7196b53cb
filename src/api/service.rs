//! What every handler of the API needs: the store, who may read, and a place to block.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use uuid::Uuid;

use super::cursor::Cursor;
use crate::backup::service::Backups;
use crate::domain::clock::SharedClock;
use crate::domain::id::ProjectId;
use crate::http::installation::Installation;
use crate::http::path::segment;
use crate::http::problem::Problem;
use crate::http::proxy_state::ProxyState;
use crate::http::read_access::{Grant, ReadAccess};
use crate::http::refusals::Refusals;
use crate::query::public_id::PublicIds;
use crate::store::registry::find_project;
use crate::store::{Store, StoreError};

/// Position of the project's id in the paths.
const PROJECT_SEGMENT: usize = 3;

/// The API of one installation; shared by all workers.
pub struct ApiService {
    pub store: Store,
    pub clock: SharedClock,
    pub access: Arc<ReadAccess>,
    pub refusals: Arc<Refusals>,
    pub public_ids: PublicIds,
    pub proxy: Arc<ProxyState>,
    pub backups: Arc<Backups>,
    pub started_at_ms: i64,
    /// How everything is.
    pub installation: Arc<Installation>,
    /// How long before a conversion a touch may lie to be credited, unless a question says otherwise.
    pub attribution_window_ms: i64,
    /// What `/api/openapi.json` answers.
    pub document: utoipa::openapi::OpenApi,
}

impl ApiService {
    /// What the request may read.
    pub async fn grant(&self, request: &HttpRequest) -> Result<Grant, Problem> {
        Ok(self.access.grant(request, &self.store).await?)
    }

    /// Runs a question on one snapshot, where it may block.
    pub async fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.store.clone();
        Ok(web::block(move || store.read(read)).await.map_err(|_| Problem::Internal)??)
    }

    /// The project in the path, if the request may read it.
    pub async fn project(&self, request: &HttpRequest) -> Result<ProjectId, Problem> {
        let grant = self.grant(request).await?;
        let text = segment(request.uri().path(), PROJECT_SEGMENT).ok_or(Problem::ProjectNotFound)?;
        let uuid = Uuid::try_parse(&text).map_err(|_| Problem::ProjectNotFound)?;
        let project = self.ask(move |connection| Ok(find_project(connection, uuid)?)).await?;
        project.filter(|project| grant.covers(*project)).ok_or(Problem::ProjectNotFound)
    }
}

/// Turns a handler's result into its answer.
pub fn respond(request: &HttpRequest, result: Result<HttpResponse, Problem>) -> HttpResponse {
    result.unwrap_or_else(|problem| problem.answer(request))
}

/// A JSON answer that no cache keeps.
pub fn json(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

/// A JSON answer that links to its next page.
pub fn page(request: &HttpRequest, body: &impl Serialize, next: Option<&Cursor>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(link) = next.map(|next| next_link(request, next)) {
        answer.insert_header((header::LINK, link));
    }
    answer.json(body)
}

/// What the `Link` header says of the next page (RFC 8288).
#[must_use]
pub fn next_link(request: &HttpRequest, next: &Cursor) -> String {
    let kept = request.query_string().split('&').filter(|part| {
        let name = part.split('=').next().unwrap_or_default();
        !part.is_empty() && name != "cursor" && name != "token"
    });
    let query: Vec<_> = kept.map(str::to_owned).chain([format!("cursor={next}")]).collect();
    format!("<{}?{}>; rel=\"next\"", request.uri().path(), query.join("&"))
}
