//! `GET /api/v1/projects/{project}/traffic/timeline`: requests over time.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::{RangeParams, range};
use super::summary_body::SummaryBody;
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::traffic::buckets::Grain;
use crate::query::traffic::one_route::route_filter;
use crate::query::traffic::timeline::{Timeline, extent, fitting_grain, is_coarse_enough, timeline_of};

/// Requests over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineBody {
    /// Length of a bucket: `minute`, `hour` or `day`, in UTC.
    #[schema(example = "minute")]
    pub grain: &'static str,
    /// In order of time. Buckets without requests are left out. Those at the ends are whole, even if the range is not.
    pub buckets: Vec<TimelineBucketBody>,
}

/// The requests of one minute, hour or day.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineBucketBody {
    /// When the bucket begins: milliseconds since the epoch.
    pub start: i64,
    #[serde(flatten)]
    pub summary: SummaryBody,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/timeline",
    tag = "traffic",
    summary = "Proxied requests over time",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        RangeParams,
        ("grain" = Option<String>, Query, description = "`minute`, `hour` or `day`, at most 3000 of the first two; `auto` fits the range"),
        ("route" = Option<String>, Query, description = "Only this route"),
        ("method" = Option<String>, Query, description = "Only this method; `_OTHER` are all that are not registered"),
    ),
    responses((status = 200, description = "The timeline", body = TimelineBody), ReadProblems),
    security(("read_token" = []))
)]
/// Gives the timeline.
pub async fn timeline(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let range = range(&parameters)?;
    let fineness = parameters.parsed("grain", Fineness::parse)?.unwrap_or(Fineness::Fitting);
    let route = parameters.text("route")?.map(str::to_owned);
    let method = parameters.text("method")?.map(str::to_owned);
    let (text_hash, now_ms) = (service.store.text_hash(), service.clock.now_ms());
    let timeline = service
        .ask(move |connection| {
            let filter = route_filter(connection, text_hash, route.as_deref(), method.as_deref())?;
            let extent = extent(connection, project, range.span, now_ms)?;
            let grain = match fineness {
                Fineness::Fitting => fitting_grain(extent),
                Fineness::Grain(grain) => grain,
            };
            if !is_coarse_enough(extent, grain) {
                return Ok(None);
            }
            timeline_of(connection, project, range.span, grain, filter).map(Some)
        })
        .await?;
    Ok(json(&TimelineBody::from(timeline.ok_or(Problem::InvalidParameter("grain"))?)))
}

/// How finely somebody wants to see it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fineness {
    Fitting,
    Grain(Grain),
}

impl Fineness {
    fn parse(text: &str) -> Option<Self> {
        if text == "auto" {
            return Some(Self::Fitting);
        }
        Grain::ALL.into_iter().find(|grain| name(*grain) == text).map(Self::Grain)
    }
}

fn name(grain: Grain) -> &'static str {
    match grain {
        Grain::Minute => "minute",
        Grain::Hour => "hour",
        Grain::Day => "day",
    }
}

impl From<Timeline> for TimelineBody {
    fn from(timeline: Timeline) -> Self {
        let buckets = timeline.buckets.iter();
        Self {
            grain: name(timeline.grain),
            buckets: buckets
                .map(|(start, summary)| TimelineBucketBody { start: *start, summary: summary.into() })
                .collect(),
        }
    }
}
