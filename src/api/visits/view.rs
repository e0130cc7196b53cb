//! What a request asks to see of visits: the view, in the project's zone.

use actix_web::HttpRequest;
use jiff::tz::TimeZone;
use utoipa::IntoParams;

use crate::api::service::ApiService;
use crate::domain::id::ProjectId;
use crate::domain::period::Interval;
use crate::http::problem::Problem;
use crate::http::view::{View, zone_named};
use crate::query::visits::first_data::data_spans;
use crate::query::visits::scope::Scope;
use crate::store::project_settings;

/// The period, the zone and the filters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described for the OpenAPI document only")]
pub struct ViewParams {
    /// `today`, `yesterday`, `24h`, `7d`, `28d`, `90d`, `month`, `12mo` or `all`; `28d` when there is neither this nor bounds.
    period: Option<String>,
    /// Instead: a day of the zone (`2026-11-21`), or a moment (RFC 3339, or milliseconds since the epoch).
    from: Option<String>,
    /// A day, which still counts, or a moment, which does not.
    to: Option<String>,
    /// IANA name of a zone; the project's when absent.
    tz: Option<String>,
    /// `field:operator:value`, can be repeated. Operators are `is`, `is_not`, `contains` and `contains_not`.
    #[param(example = "device:is:phone")]
    f: Option<Vec<String>>,
}

/// How a series is parted, and what it is compared with.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described for the OpenAPI document only")]
pub struct SeriesParams {
    /// `minute`, `hour`, `day`, `week` or `month`; what fits the period when absent.
    grain: Option<String>,
    /// `previous` for the period before, or `year` for 52 weeks earlier.
    compare: Option<String>,
}

/// Reads the view of a project.
pub async fn view(request: &HttpRequest, service: &ApiService, project: ProjectId) -> Result<View, Problem> {
    let now_ms = service.clock.now_ms();
    let about = move |connection: &rusqlite::Connection| {
        Ok((project_settings::read(connection, project)?, data_spans(connection, project, now_ms)?))
    };
    let (settings, spans) = service.ask(about).await?;
    let zone = zone_named(&settings.time_zone).unwrap_or(TimeZone::UTC);
    let view = View::read(request, zone, now_ms, spans.first_ms(now_ms))?;
    // Filters on requests say nothing about visits; to leave them out would answer another question.
    if view.traffic_filters().next().is_some() { Err(Problem::InvalidParameter("f")) } else { Ok(view) }
}

/// The visits that a view is about.
#[must_use]
pub fn scope(project: ProjectId, view: &View) -> Scope {
    scope_of(project, view, view.interval)
}

/// The same of another interval.
#[must_use]
pub fn scope_of(project: ProjectId, view: &View, interval: Interval) -> Scope {
    Scope { project, interval, filters: view.visit_filters() }
}
