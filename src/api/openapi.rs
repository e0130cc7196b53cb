//! `GET /api/openapi.json`: the API described (OpenAPI 3.1), made from the handlers themselves.

use actix_web::{HttpResponse, web};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::service::ApiService;
use super::{
    events, export, health, heatmaps, live, projects, session_moments, session_replay, sessions, status, totals, track,
    traffic, visits,
};

/// The description of Hearth's own API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hearth",
        description = "Read what browsers have sent. Times are milliseconds since the Unix epoch. Errors are problem \
                       details (RFC 9457) with a stable `code`. The compatible API of heat-collector lives beside this one.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(
        health::healthz,
        health::readyz,
        health::version,
        status::status,
        projects::list,
        totals::totals,
        events::list,
        live::moment,
        sessions::list,
        sessions::detail,
        sessions::timeline,
        session_moments::list,
        session_replay::play,
        heatmaps::pages::list,
        heatmaps::map::draw,
        heatmaps::page::detail,
        track::events::list,
        track::totals::totals,
        track::sessions::list,
        track::sessions::detail,
        track::quarantine::list,
        track::pairings::list,
        track::persons::list,
        track::person::detail,
        track::person::events,
        track::person_timeline::timeline,
        traffic::overview::overview,
        traffic::timeline::timeline,
        traffic::series::list,
        traffic::routes::list,
        traffic::route::detail,
        traffic::requests::list,
        traffic::requests::detail,
        traffic::open::list,
        traffic::users::list,
        traffic::user::detail,
        traffic::errors::list,
        track::conversion_series::series,
        traffic::error_groups::list,
        track::conversions::list,
        track::revenue::report,
        track::attribution::report,
        track::touches::list,
        track::journey::detail,
        track::export::document,
        track::erase::erase,
        visits::list::list,
        visits::totals::totals,
        visits::breakdown::list,
        visits::now::now,
        visits::occurrences::list,
        visits::page::page,
        visits::goals::list,
        export::rows
    ),
    modifiers(&ReadToken)
)]
pub struct ApiDocument;

struct ReadToken;

impl Modify for ReadToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A project's read token: printed at the first start, or made by `hearth token create`."))
            .build();
        document.components.get_or_insert_default().add_security_scheme("read_token", SecurityScheme::Http(scheme));
    }
}

/// Answers the document.
pub async fn document(service: web::Data<ApiService>) -> HttpResponse {
    HttpResponse::Ok().json(&service.document)
}
