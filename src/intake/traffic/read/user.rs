//! `GET <mount>/api/users/:userId`: one user.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{DashboardRefusals, Refusal, TrafficProblem, json, respond};
use super::params::{DashboardRange, range};
use super::service::DashboardService;
use super::users::TrafficUser;
use crate::http::iso_time::IsoTime;
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::http::path::segment;
use crate::http::problem::Problem;
use crate::query::traffic::user_detail::{RouteUse, Tally, Use, user_detail};

/// Position of the user's id in the path behind the mount path.
const USER_SEGMENT: usize = 2;

/// What one user did. Each list has at most 1000 entries, those with the most requests first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficUserDrillDown {
    pub user: TrafficUser,
    pub routes: Vec<TrafficUserRoute>,
    /// Of slow requests only.
    pub slow_routes: Vec<TrafficUserRoute>,
    /// Of errors only.
    pub error_routes: Vec<TrafficUserRoute>,
    pub devices: Vec<TrafficDevice>,
    /// Only with `traffic.track_ip`.
    pub ip_addresses: Vec<TrafficIpAddress>,
    pub sessions: Vec<TrafficSession>,
    /// Whether the lists are made of the newest 50,000 requests of the range only; the counts of `user` never are.
    pub truncated: bool,
    /// Beginning of the range; null is the beginning of all time. Ranges of users are whole hours.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<IsoTime>,
    /// Last millisecond of the range; null is the end of all time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<IsoTime>,
}

/// The user's requests on one route by one method.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrafficUserRoute {
    pub route: String,
    /// `_OTHER` stands for all methods that are not registered.
    pub method: String,
    #[serde(flatten)]
    pub tally: TrafficTally,
}

/// The user's requests with one user agent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficDevice {
    pub user_agent: String,
    #[serde(flatten)]
    pub tally: TrafficTally,
}

/// The user's requests from one address.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrafficIpAddress {
    pub ip: String,
    #[serde(flatten)]
    pub tally: TrafficTally,
}

/// The user's requests in one session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficSession {
    pub session_id: String,
    #[serde(flatten)]
    pub tally: TrafficTally,
}

/// Some requests of the user.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficTally {
    pub requests: u64,
    #[schema(value_type = f64)]
    pub average_duration_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub max_duration_ms: JsonNumber,
    pub slow_count: u64,
    pub error_count: u64,
    /// In the range.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen_at: IsoTime,
    /// In the range.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: IsoTime,
}

#[utoipa::path(
    get,
    path = "/api/users/{userId}",
    tag = "dashboard",
    summary = "One user",
    params(("userId" = String, Path, description = "The user's id, percent-encoded"), DashboardRange),
    responses(
        (status = 200, description = "The user", body = TrafficUserDrillDown),
        (status = 404, description = "`user_not_found`", body = TrafficProblem),
        DashboardRefusals
    ),
    security(("dashboard" = []), ("read_token" = []))
)]
/// Shows one user.
pub async fn detail(request: HttpRequest, service: web::Data<DashboardService>) -> HttpResponse {
    respond(read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &DashboardService) -> Result<HttpResponse, Refusal> {
    let project = service.project(request).await?;
    let range = range(&Parameters::of(request))?.hours();
    let position = service.config.mount_path.matches('/').count() + USER_SEGMENT;
    let id = segment(request.uri().path(), position).ok_or(Problem::UserNotFound)?;
    let found = service.ask(move |connection| user_detail(connection, project, range.span, &id)).await?;
    let found = found.ok_or(Problem::UserNotFound)?;
    let route = |found: RouteUse| TrafficUserRoute {
        route: found.route.as_ref().into(),
        method: found.method.as_ref().into(),
        tally: TrafficTally::from(&found.tally),
    };
    let text = |found: Use| (String::from(&*found.text), TrafficTally::from(&found.tally));
    let device = |(user_agent, tally)| TrafficDevice { user_agent, tally };
    let address = |(ip, tally)| TrafficIpAddress { ip, tally };
    let session = |(session_id, tally)| TrafficSession { session_id, tally };
    Ok(json(&TrafficUserDrillDown {
        user: TrafficUser::from(found.counts),
        routes: found.routes.into_iter().map(route).collect(),
        slow_routes: found.slow_routes.into_iter().map(route).collect(),
        error_routes: found.error_routes.into_iter().map(route).collect(),
        devices: found.devices.into_iter().map(text).map(device).collect(),
        ip_addresses: found.addresses.into_iter().map(text).map(address).collect(),
        sessions: found.sessions.into_iter().map(text).map(session).collect(),
        truncated: found.is_truncated,
        from: range.from_ms().map(IsoTime),
        to: range.to_ms().map(IsoTime),
    }))
}

impl From<&Tally> for TrafficTally {
    fn from(tally: &Tally) -> Self {
        Self {
            requests: tally.requests,
            average_duration_ms: JsonNumber::mean_ms(tally.duration_us, tally.requests),
            max_duration_ms: JsonNumber::ms_of_whole_us(tally.max_us),
            slow_count: tally.slow,
            error_count: tally.errors,
            first_seen_at: IsoTime(tally.first_ms),
            last_seen_at: IsoTime(tally.last_ms),
        }
    }
}
