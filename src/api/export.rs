//! `GET /api/v1/projects/{project}/export/{kind}`: all of a project's data of one kind, streamed.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use jiff::tz::TimeZone;

use super::service::{ApiService, respond};
use crate::export::filter::{Filter, MAX_FILTERS};
use crate::export::form::Form;
use crate::export::kind::Kind;
use crate::export::range;
use crate::export::stream::{Export, Refusal, Wanted};
use crate::http::parameters::Parameters;
use crate::http::path::segment;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::export::Scope;
use crate::store::project_settings;

/// Position of the kind in the paths.
const KIND_SEGMENT: usize = 5;

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/export/{kind}",
    tag = "projects",
    summary = "All data of one kind, streamed",
    description = "Columns and units are those of `hearth export`. The answer has no length; one that ends early is broken off.",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("kind" = String, Path, description = "`all`, `heat`, `sessions`, `heatmap`, `events`, `identities`, `persons`, `touches`, `conversions`, `visits`, `requests`, `rollups` or `goals`"),
        ("from" = Option<String>, Query, description = "A date (a day of the project's zone), RFC 3339, or milliseconds since the epoch"),
        ("to" = Option<String>, Query, description = "The same, exclusive; a date's day is in it"),
        ("format" = Option<String>, Query, description = "`ndjson` (when absent) or `csv`; `all` and `identities` are NDJSON only"),
        ("filter" = Option<String>, Query, description = "`column=value` or `column!=value`: only such rows. Several are separated by line ends (`%0A`)"),
        ("raw" = Option<bool>, Query, description = "Leaves texts in CSV as they are that a spreadsheet would take for a formula"),
    ),
    responses((status = 200, description = "The rows", content_type = "application/x-ndjson"), ReadProblems),
    security(("read_token" = []))
)]
/// Exports a kind of data.
pub async fn rows(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    let result = begin(&request, &service).await;
    respond(&request, result.map(|(export, kind, form)| answer(service, export, kind, form)))
}

async fn begin(request: &HttpRequest, service: &ApiService) -> Result<(Export, Kind, Form), Problem> {
    let project = service.project(request).await?;
    let word = segment(request.uri().path(), KIND_SEGMENT).unwrap_or_default();
    let kind = Kind::from_word(&word).ok_or(Problem::NotFound)?;
    let parameters = Parameters::of(request);
    let is_csv = parameters.parsed("format", |text| match text {
        "ndjson" => Some(false),
        "csv" => Some(true),
        _ => None,
    })?;
    let is_raw = parameters.flag("raw")?.unwrap_or(false);
    let form = if is_csv.unwrap_or(false) { Form::Csv { is_raw } } else { Form::Ndjson };
    let filters = parameters
        .parsed("filter", |text| {
            let filters: Option<Vec<Filter>> = text.split('\n').map(Filter::parse).collect();
            filters.filter(|filters| filters.len() <= MAX_FILTERS)
        })?
        .unwrap_or_default();
    let text = |name| parameters.text(name).map(|text| text.map(str::to_owned));
    let (from, to) = (text("from")?, text("to")?);
    let begun = service
        .ask(move |connection| {
            let zone = project_settings::read(connection, project)?.time_zone;
            let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
            let interval = match range::read(from.as_deref(), to.as_deref(), &zone) {
                Ok(interval) => interval,
                Err(name) => return Ok(Err(Problem::InvalidParameter(name))),
            };
            let export = Export::new(Wanted { kind, scope: Scope { project, interval }, form, filters });
            Ok(match export.check(connection)? {
                Ok(()) => Ok(export),
                Err(Refusal::Mixed(_)) => Err(Problem::InvalidParameter("format")),
                Err(Refusal::NoColumn { .. }) => Err(Problem::InvalidParameter("filter")),
            })
        })
        .await??;
    Ok((begun, kind, form))
}

/// Sends the rows as they are read. If reading fails half-way, the connection ends before the answer does.
fn answer(service: web::Data<ApiService>, export: Export, kind: Kind, form: Form) -> HttpResponse {
    let pieces = stream::try_unfold((service, export), |(service, mut export)| async move {
        let (piece, export) = service
            .ask(move |connection| Ok((export.next(connection)?, export)))
            .await
            .map_err(|problem| std::io::Error::other(problem.code()))?;
        Ok::<_, std::io::Error>(piece.map(|piece| (Bytes::from(piece), (service, export))))
    });
    let extension = if form == Form::Ndjson { "ndjson" } else { "csv" };
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.{extension}\"", kind.word())))
        .content_type(form.content_type())
        .streaming(Box::pin(pieces))
}
