//! `GET <mount>/api/users`: who made requests.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{DashboardRefusals, Refusal, json, respond};
use super::params::{DEFAULT_LIMIT, DashboardPage, DashboardRange, MAX_DEPTH, MAX_LIMIT, range, sort};
use super::service::DashboardService;
use crate::http::iso_time::IsoTime;
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::query::traffic::buckets::{self, UserCounts, UserPage, UserSort};
use crate::query::traffic::sort_names::user_sort;

/// A part of the list of users.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrafficUsers {
    pub users: Vec<TrafficUser>,
    /// Users of the whole list.
    pub total: u64,
    /// Beginning of the range; null is the beginning of all time. Ranges of users are whole hours.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<IsoTime>,
    /// Last millisecond of the range; null is the end of all time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<IsoTime>,
}

/// A user who made requests.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficUser {
    pub user_id: String,
    /// As last told.
    pub user_name: Option<String>,
    pub user_email: Option<String>,
    pub requests: u64,
    /// 0 without requests in the range.
    #[schema(value_type = f64)]
    pub average_duration_ms: JsonNumber,
    pub slow_count: u64,
    pub error_count: u64,
    /// Of all time.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen_at: IsoTime,
    /// Of all time.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: IsoTime,
}

#[utoipa::path(
    get,
    path = "/api/users",
    tag = "dashboard",
    summary = "Users with their numbers",
    params(
        DashboardRange,
        DashboardPage,
        ("sort" = Option<String>, Query, description = "`userId`, `requests`, `averageDurationMs`, `slowCount`, `errorCount` or `lastSeenAt`; `requests` when absent"),
    ),
    responses((status = 200, description = "A part of the list", body = TrafficUsers), DashboardRefusals),
    security(("dashboard" = []), ("read_token" = []))
)]
/// Lists users.
pub async fn list(request: HttpRequest, service: web::Data<DashboardService>) -> HttpResponse {
    respond(read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &DashboardService) -> Result<HttpResponse, Refusal> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let range = range(&parameters)?.hours();
    let sort = sort(&parameters, user_sort)?.unwrap_or(UserSort::Requests);
    let descending = parameters.is_descending(sort != UserSort::ExternalId)?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let page = UserPage {
        sort,
        descending,
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
        offset: parameters.offset(limit, MAX_DEPTH)? as u64,
    };
    let (users, total) =
        service.ask(move |connection| buckets::users(connection, project, range.span, page, None)).await?;
    Ok(json(&TrafficUsers {
        users: users.into_iter().map(TrafficUser::from).collect(),
        total,
        from: range.from_ms().map(IsoTime),
        to: range.to_ms().map(IsoTime),
    }))
}

impl From<UserCounts> for TrafficUser {
    fn from(counts: UserCounts) -> Self {
        Self {
            user_id: counts.external_id,
            user_name: counts.name,
            user_email: counts.email,
            requests: counts.requests,
            average_duration_ms: JsonNumber::mean_ms(counts.duration_us, counts.requests),
            slow_count: counts.slow,
            error_count: counts.errors,
            first_seen_at: IsoTime(counts.first_seen_ms),
            last_seen_at: IsoTime(counts.last_seen_ms),
        }
    }
}
