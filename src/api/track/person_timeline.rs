//! `GET /api/v1/projects/{project}/persons/{person}/timeline`: what a person did, whoever told it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked_person::name;
use super::event_body::EventBody;
use super::report_params::{Bounds, DEFAULT_LIMIT, MAX_LIMIT, RangeParams};
use crate::api::cursor::Cursor;
use crate::api::service::{ApiService, page, respond};
use crate::domain::traffic::TrafficRecord;
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::asked_person;
use crate::query::track::events_described::Describer;
use crate::query::track::person_timeline::{self, HeatVisit, Item, Part};
use crate::store::StoreError;

/// A page of a person's timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonTimeline {
    pub items: Vec<ItemBody>,
    /// Give it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// One thing that a person did: an app event, a heat session, or a proxied request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ItemBody {
    Event(Box<EventItem>),
    HeatSession(HeatSessionItem),
    Request(RequestItem),
}

/// An app event. Its `kind` is `event`; its own kind is beside it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventItem {
    #[serde(flatten)]
    pub event: EventBody,
    /// `event`, `page_view`, `identify`, `alias`, `group`, `session_mark` or `download_click`.
    pub event_kind: &'static str,
}

/// A heat session in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeatSessionItem {
    #[schema(example = "heat_session")]
    pub kind: &'static str,
    /// When it started: milliseconds since the epoch.
    #[schema(value_type = f64)]
    pub time: JsonNumber,
    /// Id the SDK gave it.
    pub session_id: String,
    #[schema(value_type = f64)]
    pub started_at: JsonNumber,
    #[schema(value_type = f64)]
    pub last_seen_at: JsonNumber,
    pub first_path: String,
    /// Rows as heat-collector counts them.
    pub events: u64,
}

/// A proxied request in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestItem {
    #[schema(example = "request")]
    pub kind: &'static str,
    /// When it was stored, right after it ended: milliseconds since the epoch.
    pub time: i64,
    pub id: i64,
    pub method: String,
    pub route: String,
    pub status_code: u16,
    #[schema(value_type = f64)]
    pub duration_ms: JsonNumber,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/persons/{person}/timeline",
    tag = "apps",
    summary = "What one person did: app events, heat sessions and proxied requests in one order of time",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("person" = String, Path, description = "`user:U`, `anonymous:A`, `device:D`, `external:NAMESPACE:ID` or `email:ADDRESS`"),
        RangeParams,
        ("hidden" = Option<bool>, Query, description = "Also events that default reports leave out"),
        ("order" = Option<String>, Query, description = "`asc` or `desc`; `asc` when absent"),
        ("limit" = Option<u16>, Query, description = "Items a page, 1 to 1000; 100 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of the timeline", body = PersonTimeline), ReadProblems),
    security(("read_token" = []))
)]
/// Tells the timeline.
pub async fn timeline(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let name = name(request)?;
    let parameters = Parameters::of(request);
    let bounds = Bounds::read(&parameters)?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let part = Part {
        from_ms: bounds.from_ms,
        to_ms: bounds.to_ms,
        is_descending: parameters.is_descending(false)?,
        after: Cursor::of(&parameters)?.map(|cursor| cursor.0),
        // One more than the page tells whether there is another.
        limit: limit + 1,
        with_hidden: parameters.flag("hidden")?.unwrap_or(false),
    };
    let hash = service.store.text_hash();
    let found = service
        .ask(move |connection| {
            let Some(person) = asked_person::find(connection, hash, project, &name)? else { return Ok(None) };
            let mut items = person_timeline::page(connection, hash, project, &person, part)?;
            let next = (items.len() > limit).then(|| Cursor(items[limit - 1].position()));
            items.truncate(limit);
            let mut describer = Describer::new(connection, hash);
            let items = items.into_iter().map(|item| body(item, &mut describer));
            Ok(Some((items.collect::<Result<Vec<_>, _>>()?, next)))
        })
        .await?;
    let (items, next) = found.ok_or(Problem::PersonNotFound)?;
    let body = PersonTimeline { items, next_cursor: next.map(|next| next.to_string()) };
    Ok(page(request, &body, next.as_ref()))
}

fn body(item: Item, describer: &mut Describer<'_>) -> Result<ItemBody, StoreError> {
    Ok(match item {
        Item::Event(event) => {
            let mut event = EventBody::from(describer.describe(*event)?);
            let event_kind = std::mem::replace(&mut event.kind, "event");
            ItemBody::Event(Box::new(EventItem { event, event_kind }))
        }
        Item::HeatSession(visit) => ItemBody::HeatSession(visit.into()),
        Item::Request(record) => ItemBody::Request((*record).into()),
    })
}

impl From<HeatVisit> for HeatSessionItem {
    fn from(visit: HeatVisit) -> Self {
        Self {
            kind: "heat_session",
            time: JsonNumber(visit.started_at),
            session_id: visit.external_id.to_string(),
            started_at: JsonNumber(visit.started_at),
            last_seen_at: JsonNumber(visit.last_seen_at),
            first_path: visit.first_path,
            events: visit.row_count,
        }
    }
}

impl From<TrafficRecord> for RequestItem {
    fn from(record: TrafficRecord) -> Self {
        Self {
            kind: "request",
            time: record.created_at_ms,
            id: record.id,
            method: record.method.as_ref().into(),
            route: record.route.as_ref().into(),
            status_code: record.status,
            duration_ms: JsonNumber::ms_of_whole_us(record.duration_us),
        }
    }
}
