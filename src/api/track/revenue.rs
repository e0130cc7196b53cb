//! `GET /api/v1/projects/{project}/revenue`: what was paid.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::decimal::Millionths;
use super::report_params::{Bounds, RangeParams};
use crate::api::csv::{self, Cell};
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::conversions::ConversionFilter;
use crate::query::track::revenue::{self, CurrencyRevenue, RevenueBy, Sum};

/// What was paid in a range of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevenueBody {
    /// Milliseconds since the epoch; null is the beginning of all time.
    pub from: Option<i64>,
    /// Milliseconds since the epoch; null is the end of all time.
    pub to: Option<i64>,
    /// `day`, `name` or `channel`.
    pub by: &'static str,
    /// By currency, in the order of their names; nothing is converted.
    pub revenue: Vec<CurrencyRevenueBody>,
}

/// What was paid in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct CurrencyRevenueBody {
    pub currency: String,
    #[schema(value_type = f64)]
    pub amount: Millionths,
    /// Revenue events, also those that said no amount.
    pub count: u64,
    /// Days in order; names and channels with the highest amount first.
    pub rows: Vec<RevenueRow>,
}

/// A part of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevenueRow {
    /// A day of UTC (`2026-11-20`), an event's name, or a channel.
    pub key: String,
    #[schema(value_type = f64)]
    pub amount: Millionths,
    pub count: u64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/revenue",
    tag = "apps",
    summary = "Revenue by currency, and by day, name or channel",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        RangeParams,
        ("by" = Option<String>, Query, description = "`day` (UTC), `name` or `channel`; `day` when absent"),
        ("format" = Option<String>, Query, description = "`json`, or `csv`: a line for each currency and key"),
    ),
    responses((status = 200, description = "The revenue", body = RevenueBody), ReadProblems),
    security(("read_token" = []))
)]
/// Gives the revenue.
pub async fn report(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let bounds = Bounds::read(&parameters)?;
    let by = parameters.parsed("by", RevenueBy::from_name)?.unwrap_or(RevenueBy::Day);
    let is_csv = csv::is_asked_for(&parameters)?;
    let filter = ConversionFilter { from_ms: bounds.from_ms, to_ms: bounds.to_ms, ..ConversionFilter::all(project) };
    let revenue = service.ask(move |connection| revenue::revenue(connection, &filter, by)).await?;
    if is_csv {
        return csv::answer(&["currency", by.name(), "amount", "count"], revenue.into_iter().flat_map(cells), None);
    }
    let revenue = revenue.into_iter().map(CurrencyRevenueBody::from).collect();
    Ok(json(&RevenueBody { from: bounds.from(), to: bounds.to(), by: by.name(), revenue }))
}

/// A currency's lines.
fn cells(revenue: CurrencyRevenue) -> impl Iterator<Item = Vec<Cell>> {
    let currency = revenue.currency;
    revenue.rows.into_iter().map(move |(key, sum)| {
        vec![
            Cell::Text(currency.to_string()),
            Cell::Text(key.to_string()),
            Cell::number(Some(Millionths(sum.micros))),
            Cell::number(Some(sum.count)),
        ]
    })
}

impl From<CurrencyRevenue> for CurrencyRevenueBody {
    fn from(revenue: CurrencyRevenue) -> Self {
        let row = |(key, sum): (std::sync::Arc<str>, Sum)| RevenueRow {
            key: key.to_string(),
            amount: Millionths(sum.micros),
            count: sum.count,
        };
        Self {
            currency: revenue.currency.to_string(),
            amount: Millionths(revenue.total.micros),
            count: revenue.total.count,
            rows: revenue.rows.into_iter().map(row).collect(),
        }
    }
}
