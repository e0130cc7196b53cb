//! `GET /api/v1/projects/{project}/persons/{person}/journey`: what brought a person until a moment.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked_person::name;
use super::report_params::window_ms;
use super::touch_body::TouchBody;
use crate::api::csv;
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::asked_person;
use crate::query::track::journey::SHOWN_TOUCHPOINTS;
use crate::query::track::journey_person::Traveller;
use crate::query::track::touches_described::TouchTexts;

/// What brought a person, within a window of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct JourneyBody {
    pub first_touch: Option<TouchBody>,
    pub last_touch: Option<TouchBody>,
    /// The first touch of each session, oldest first; the last 30.
    pub touchpoints: Vec<TouchBody>,
    /// Datalyr's link tag, as said last.
    pub lyr: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/persons/{person}/journey",
    tag = "apps",
    summary = "What brought a person until a moment",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("person" = String, Path, description = "`user:U`, `anonymous:A`, `device:D`, `external:NAMESPACE:ID` or `email:ADDRESS`"),
        ("at" = Option<String>, Query, description = "The moment: milliseconds since the epoch, or RFC 3339; now when absent"),
        ("window_days" = Option<f64>, Query, description = "How many days before it a touch may lie, up to 3650; as configured when absent"),
        ("format" = Option<String>, Query, description = "`json`, or `csv`: the touchpoints"),
    ),
    responses((status = 200, description = "The journey", body = JourneyBody), ReadProblems),
    security(("read_token" = []))
)]
/// Tells the journey.
pub async fn detail(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

#[expect(clippy::cast_possible_truncation, reason = "what is out of range is the end of the range")]
async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let name = name(request)?;
    let parameters = Parameters::of(request);
    let at_ms = parameters.time_ms("at")?.map_or_else(|| service.clock.now_ms(), |at| at.floor() as i64);
    let window_ms = window_ms(&parameters, service)?;
    let is_csv = csv::is_asked_for(&parameters)?;
    let text_hash = service.store.text_hash();
    let found = service
        .ask(move |connection| {
            let Some(person) = asked_person::find(connection, text_hash, project, &name)? else { return Ok(None) };
            let traveller = Traveller::of(connection, &person)?;
            let journey = traveller.journey(at_ms, window_ms);
            let mut texts = TouchTexts::new(connection);
            let shown = &journey.touchpoints[journey.touchpoints.len().saturating_sub(SHOWN_TOUCHPOINTS)..];
            let mut touchpoints = Vec::with_capacity(shown.len());
            for &place in shown {
                touchpoints.extend(texts.describe_in(&journey, place)?.map(TouchBody::from));
            }
            Ok(Some(JourneyBody {
                first_touch: texts.first(&journey)?.map(TouchBody::from),
                last_touch: texts.last(&journey)?.map(TouchBody::from),
                touchpoints,
                lyr: journey.lyr().map(str::to_owned),
            }))
        })
        .await?;
    let journey = found.ok_or(Problem::PersonNotFound)?;
    if is_csv {
        return csv::answer(&TouchBody::HEAD, journey.touchpoints.iter().map(TouchBody::cells), None);
    }
    Ok(json(&journey))
}
