//! `GET /api/v1/projects/{project}/conversions`: what counts as a success, each with what brought it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::decimal::Millionths;
use super::place_cursor::{cursor, place};
use super::report_params::{Bounds, DEFAULT_LIMIT, MAX_LIMIT, RangeParams, window_ms};
use super::touch_body::TouchBody;
use crate::api::csv::{self, Cell};
use crate::api::service::{ApiService, next_link, page, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::asked_person;
use crate::query::track::conversions::{ConversionFilter, newest};
use crate::query::track::conversions_described::{DescribedConversion, describe};

/// The row id of no text.
const NO_TEXT: i64 = -1;

/// A column's name, and its cell.
type TouchColumn = (&'static str, fn(&ConversionBody) -> Cell);

/// What a row of CSV tells of the touches.
const TOUCH_COLUMNS: [TouchColumn; 12] = [
    ("first_touch_time", |body| Cell::number(body.first_touch.as_ref().map(|touch| touch.time))),
    ("first_touch_source", |body| of(body.first_touch.as_ref(), |touch| &touch.source)),
    ("first_touch_medium", |body| of(body.first_touch.as_ref(), |touch| &touch.medium)),
    ("first_touch_campaign", |body| of(body.first_touch.as_ref(), |touch| &touch.campaign)),
    ("first_touch_click_id_type", |body| of(body.first_touch.as_ref(), |touch| &touch.click_id_type)),
    ("first_touch_click_id", |body| of(body.first_touch.as_ref(), |touch| &touch.click_id)),
    ("last_touch_time", |body| Cell::number(body.last_touch.as_ref().map(|touch| touch.time))),
    ("last_touch_source", |body| of(body.last_touch.as_ref(), |touch| &touch.source)),
    ("last_touch_medium", |body| of(body.last_touch.as_ref(), |touch| &touch.medium)),
    ("last_touch_campaign", |body| of(body.last_touch.as_ref(), |touch| &touch.campaign)),
    ("last_touch_click_id_type", |body| of(body.last_touch.as_ref(), |touch| &touch.click_id_type)),
    ("last_touch_click_id", |body| of(body.last_touch.as_ref(), |touch| &touch.click_id)),
];

fn of(touch: Option<&TouchBody>, part: impl Fn(&TouchBody) -> &Option<String>) -> Cell {
    Cell::text(touch.and_then(|touch| part(touch).as_deref()))
}

/// A page of conversions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversionPage {
    pub conversions: Vec<ConversionBody>,
    /// Give it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// An event that counts as a success.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversionBody {
    /// As sent; one of ours if none was.
    pub event_id: String,
    pub seq: i64,
    pub name: String,
    /// Milliseconds since the epoch.
    pub time: i64,
    pub channel: String,
    /// Null if nobody knows who it was.
    pub person_id: Option<String>,
    pub session_id: Option<String>,
    /// Whether its amount is revenue.
    pub is_revenue: bool,
    /// Negative for refunds; null if none was said.
    #[schema(value_type = Option<f64>)]
    pub amount: Option<Millionths>,
    pub currency: String,
    /// Within the window before the conversion, like the next two; with the link tag that was said last until then.
    pub first_touch: Option<TouchBody>,
    pub last_touch: Option<TouchBody>,
    /// How many sessions had a touch.
    pub touchpoints: usize,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/conversions",
    tag = "apps",
    summary = "Conversions with what brought them, newest first",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        RangeParams,
        ("person" = Option<String>, Query, description = "Only this person's: `user:U`, `anonymous:A`..."),
        ("name" = Option<String>, Query, description = "Only events of this name"),
        ("currency" = Option<String>, Query, description = "Only amounts in this currency"),
        ("revenue" = Option<bool>, Query, description = "Only revenue events"),
        ("window_days" = Option<f64>, Query, description = "How many days before a conversion a touch may lie, up to 3650; as configured when absent"),
        ("limit" = Option<u16>, Query, description = "Conversions a page, 1 to 1000; 100 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "`json` or `csv`"),
    ),
    responses((status = 200, description = "A page of conversions", body = ConversionPage), ReadProblems),
    security(("read_token" = []))
)]
/// Lists conversions.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let bounds = Bounds::read(&parameters)?;
    let person = parameters.text("person")?.map(str::to_owned);
    let name = parameters.text("name")?.map(str::to_owned);
    let currency = parameters.text("currency")?.map(str::to_owned);
    let only_revenue = parameters.flag("revenue")?.unwrap_or(false);
    let window_ms = window_ms(&parameters, service)?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let before = place(&parameters)?;
    let is_csv = csv::is_asked_for(&parameters)?;
    let text_hash = service.store.text_hash();
    let found = service
        .ask(move |connection| {
            let text = |text: Option<String>| {
                let found = text.map(|text| text_hash.find(connection, &text)).transpose();
                found.map(|found| found.map(|id| id.unwrap_or(NO_TEXT)))
            };
            let (name, currency) = (text(name)?, text(currency)?);
            let (from_ms, to_ms) = (bounds.from_ms, bounds.to_ms);
            let filter = ConversionFilter { project, from_ms, to_ms, name, currency, only_revenue };
            let person = match person {
                Some(text) => match asked_person::find(connection, text_hash, project, &text)? {
                    Some(person) => Some(person),
                    None => return Ok(None),
                },
                None => None,
            };
            // One more than the page tells whether there is another.
            let mut found = newest(connection, &filter, person.as_ref(), before, limit + 1)?;
            let next = (found.len() > limit).then(|| cursor(found[limit - 1].place()));
            found.truncate(limit);
            Ok(Some((describe(connection, text_hash, &found, window_ms)?, next)))
        })
        .await?;
    let (conversions, next) = found.ok_or(Problem::PersonNotFound)?;
    let conversions: Vec<_> = conversions.into_iter().map(ConversionBody::from).collect();
    if is_csv {
        let head: Vec<_> = ConversionBody::HEAD.into_iter().chain(TOUCH_COLUMNS.map(|(name, _)| name)).collect();
        let link = next.map(|next| next_link(request, &next));
        return csv::answer(&head, conversions.iter().map(ConversionBody::cells), link);
    }
    let body = ConversionPage { conversions, next_cursor: next.map(|next| next.to_string()) };
    Ok(page(request, &body, next.as_ref()))
}

impl From<DescribedConversion> for ConversionBody {
    fn from(conversion: DescribedConversion) -> Self {
        Self {
            event_id: conversion.event_id.to_string(),
            seq: conversion.seq,
            name: conversion.name.to_string(),
            time: conversion.time_ms,
            channel: conversion.channel.to_string(),
            person_id: conversion.person_id,
            session_id: conversion.session_id.map(|id| id.to_string()),
            is_revenue: conversion.is_revenue,
            amount: conversion.amount_micros.map(|micros| Millionths(micros.into())),
            currency: conversion.currency.to_string(),
            first_touch: conversion.first_touch.map(TouchBody::from),
            last_touch: conversion.last_touch.map(TouchBody::from),
            touchpoints: conversion.touchpoints,
        }
    }
}

impl ConversionBody {
    /// The first columns of [`Self::cells`]; those of the touches follow.
    const HEAD: [&str; 11] = [
        "event_id",
        "seq",
        "name",
        "time",
        "channel",
        "person_id",
        "session_id",
        "is_revenue",
        "amount",
        "currency",
        "touchpoints",
    ];

    /// The conversion as a row.
    fn cells(&self) -> Vec<Cell> {
        let text = |text: &Option<String>| Cell::text(text.as_deref());
        let mut cells = vec![
            Cell::Text(self.event_id.clone()),
            Cell::number(Some(self.seq)),
            Cell::Text(self.name.clone()),
            Cell::number(Some(self.time)),
            Cell::Text(self.channel.clone()),
            text(&self.person_id),
            text(&self.session_id),
            Cell::Plain(self.is_revenue.to_string()),
            Cell::number(self.amount),
            Cell::Text(self.currency.clone()),
            Cell::number(Some(self.touchpoints)),
        ];
        cells.extend(TOUCH_COLUMNS.map(|(_, cell)| cell(self)));
        cells
    }
}
