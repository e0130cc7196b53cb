//! `GET /api/v1/projects/{project}/traffic/users/{user}`: one user.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::{RangeParams, range};
use super::users::TrafficUserBody;
use crate::api::service::{ApiService, json, respond};
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::http::path::segment;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::traffic::user_detail::{RouteUse, Tally, Use, user_detail};

/// Position of the user's id in the path.
const USER_SEGMENT: usize = 6;

/// What one user did. Each list has at most 1000 entries, those with the most requests first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrafficUserDetail {
    /// Beginning of the range in milliseconds since the epoch; null is the beginning of all time. Ranges of users are
    /// whole hours.
    pub from: Option<i64>,
    /// Last millisecond of the range; null is the end of all time.
    pub to: Option<i64>,
    pub user: TrafficUserBody,
    pub routes: Vec<RouteUseBody>,
    /// Of slow requests only.
    pub slow_routes: Vec<RouteUseBody>,
    /// Of errors only.
    pub error_routes: Vec<RouteUseBody>,
    pub devices: Vec<DeviceBody>,
    /// Only with `traffic.track_ip`.
    pub ip_addresses: Vec<AddressBody>,
    pub sessions: Vec<TrafficSessionBody>,
    /// Whether the lists are made of the newest 50,000 requests of the range only; the counts of `user` never are.
    pub truncated: bool,
}

/// The user's requests on one route by one method.
#[derive(Debug, Serialize, ToSchema)]
pub struct RouteUseBody {
    pub route: String,
    /// `_OTHER` stands for all methods that are not registered.
    pub method: String,
    #[serde(flatten)]
    pub tally: TallyBody,
}

/// The user's requests with one user agent.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceBody {
    pub user_agent: String,
    #[serde(flatten)]
    pub tally: TallyBody,
}

/// The user's requests from one address.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddressBody {
    pub ip: String,
    #[serde(flatten)]
    pub tally: TallyBody,
}

/// The user's requests in one session.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrafficSessionBody {
    pub session_id: String,
    #[serde(flatten)]
    pub tally: TallyBody,
}

/// Some requests of the user.
#[derive(Debug, Serialize, ToSchema)]
pub struct TallyBody {
    pub requests: u64,
    #[schema(value_type = f64)]
    pub average_duration_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub max_duration_ms: JsonNumber,
    pub slow_count: u64,
    pub error_count: u64,
    /// In the range: milliseconds since the epoch.
    pub first_seen_at: i64,
    /// In the range: milliseconds since the epoch.
    pub last_seen_at: i64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/users/{user}",
    tag = "traffic",
    summary = "One user",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("user" = String, Path, description = "user_id, percent-encoded"),
        RangeParams,
    ),
    responses((status = 200, description = "The user", body = TrafficUserDetail), ReadProblems),
    security(("read_token" = []))
)]
/// Shows one user.
pub async fn detail(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let range = range(&Parameters::of(request))?.hours();
    let id = segment(request.uri().path(), USER_SEGMENT).ok_or(Problem::UserNotFound)?;
    let found = service.ask(move |connection| user_detail(connection, project, range.span, &id)).await?;
    let found = found.ok_or(Problem::UserNotFound)?;
    let route = |found: RouteUse| RouteUseBody {
        route: found.route.as_ref().into(),
        method: found.method.as_ref().into(),
        tally: TallyBody::from(&found.tally),
    };
    let text = |found: Use| (String::from(&*found.text), TallyBody::from(&found.tally));
    let device = |(user_agent, tally)| DeviceBody { user_agent, tally };
    let address = |(ip, tally)| AddressBody { ip, tally };
    let session = |(session_id, tally)| TrafficSessionBody { session_id, tally };
    Ok(json(&TrafficUserDetail {
        from: range.from_ms(),
        to: range.to_ms(),
        user: TrafficUserBody::from(found.counts),
        routes: found.routes.into_iter().map(route).collect(),
        slow_routes: found.slow_routes.into_iter().map(route).collect(),
        error_routes: found.error_routes.into_iter().map(route).collect(),
        devices: found.devices.into_iter().map(text).map(device).collect(),
        ip_addresses: found.addresses.into_iter().map(text).map(address).collect(),
        sessions: found.sessions.into_iter().map(text).map(session).collect(),
        truncated: found.is_truncated,
    }))
}

impl From<&Tally> for TallyBody {
    fn from(tally: &Tally) -> Self {
        Self {
            requests: tally.requests,
            average_duration_ms: JsonNumber::mean_ms(tally.duration_us, tally.requests),
            max_duration_ms: JsonNumber::ms_of_whole_us(tally.max_us),
            slow_count: tally.slow,
            error_count: tally.errors,
            first_seen_at: tally.first_ms,
            last_seen_at: tally.last_ms,
        }
    }
}
