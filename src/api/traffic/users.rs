//! `GET /api/v1/projects/{project}/traffic/users`: who made requests.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::{DEFAULT_LIMIT, MAX_DEPTH, MAX_LIMIT, PageParams, RangeParams, range};
use crate::api::service::{ApiService, json, respond};
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::traffic::buckets::{self, UserCounts, UserPage, UserSort};
use crate::query::traffic::sort_names::user_sort;

/// A part of the list of users.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserList {
    /// Beginning of the range in milliseconds since the epoch; null is the beginning of all time. Ranges of users are
    /// whole hours.
    pub from: Option<i64>,
    /// Last millisecond of the range; null is the end of all time.
    pub to: Option<i64>,
    pub users: Vec<TrafficUserBody>,
    /// Users of the whole list.
    pub total: u64,
}

/// A user who made requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrafficUserBody {
    pub user_id: String,
    /// As last told.
    pub user_name: Option<String>,
    pub user_email: Option<String>,
    pub requests: u64,
    /// Milliseconds; absent without requests in the range.
    #[schema(value_type = Option<f64>)]
    pub average_duration_ms: Option<JsonNumber>,
    pub slow_count: u64,
    pub error_count: u64,
    /// Of all time: milliseconds since the epoch.
    pub first_seen_at: i64,
    /// Of all time: milliseconds since the epoch.
    pub last_seen_at: i64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/users",
    tag = "traffic",
    summary = "Users with their numbers",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        RangeParams,
        PageParams,
        ("sort" = Option<String>, Query, description = "`user_id`, `requests`, `average_duration_ms`, `slow_count`, `error_count` or `last_seen_at`; `requests` when absent"),
        ("search" = Option<String>, Query, description = "Only users whose id, name or e-mail address contains it"),
    ),
    responses((status = 200, description = "A part of the list", body = UserList), ReadProblems),
    security(("read_token" = []))
)]
/// Lists users.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let range = range(&parameters)?.hours();
    let sort = parameters.parsed("sort", user_sort)?.unwrap_or(UserSort::Requests);
    let descending = parameters.is_descending(sort != UserSort::ExternalId)?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let page = UserPage {
        sort,
        descending,
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
        offset: parameters.offset(limit, MAX_DEPTH)? as u64,
    };
    let search = parameters.text("search")?.map(str::to_owned);
    let (users, total) =
        service.ask(move |connection| buckets::users(connection, project, range.span, page, search.as_deref())).await?;
    Ok(json(&UserList {
        from: range.from_ms(),
        to: range.to_ms(),
        users: users.into_iter().map(TrafficUserBody::from).collect(),
        total,
    }))
}

impl From<UserCounts> for TrafficUserBody {
    fn from(counts: UserCounts) -> Self {
        Self {
            user_id: counts.external_id,
            user_name: counts.name,
            user_email: counts.email,
            requests: counts.requests,
            average_duration_ms: (counts.requests > 0)
                .then(|| JsonNumber::mean_ms(counts.duration_us, counts.requests)),
            slow_count: counts.slow,
            error_count: counts.errors,
            first_seen_at: counts.first_seen_ms,
            last_seen_at: counts.last_seen_ms,
        }
    }
}
