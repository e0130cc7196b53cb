//! `GET /api/v1/projects/{project}/live`: what happens at the moment, for who cannot hold a websocket open.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::service::{ApiService, json, respond};
use crate::domain::traffic::Failure;
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::recent::{Recent, recent};
use crate::query::traffic::per_minute::per_minute;
use crate::query::visits::now::{MINUTES, Present, now};

/// Events when `limit` is absent.
const DEFAULT_LIMIT: usize = 50;

/// Most events.
const MAX_LIMIT: usize = 200;

/// A project at the moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveBody {
    /// The server's time: milliseconds since the epoch.
    pub now: i64,
    /// Different visitors of the last five minutes.
    pub visitors: u64,
    /// Page views of the last thirty minutes, each counted back from now, the oldest first.
    pub views_per_minute: Vec<u64>,
    /// Proxied requests of the last thirty minutes of the clock, the oldest first; the last one goes on.
    pub requests_per_minute: Vec<u64>,
    /// Pages that visitors viewed last.
    pub pages: Vec<PresentBody>,
    /// Hosts from which they came.
    pub referrers: Vec<PresentBody>,
    /// The latest of the last thirty minutes, the newest first, as the websocket tells them.
    #[schema(value_type = Vec<serde_json::Value>)]
    pub events: Vec<EventText>,
}

/// A page or host with visitors.
#[derive(Debug, Serialize, ToSchema)]
pub struct PresentBody {
    pub text: String,
    pub visitors: u64,
}

/// An event with the names of the websocket (docs/live.md).
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum EventText {
    Request {
        kind: &'static str,
        id: i64,
        created_at: i64,
        method: String,
        host: String,
        route: String,
        original_url: String,
        status_code: u16,
        duration_ms: JsonNumber,
        is_slow: bool,
        failure: Option<&'static str>,
        user_id: Option<String>,
        session_id: Option<String>,
    },
    Browser {
        kind: &'static str,
        session_id: String,
        path: String,
        ts: JsonNumber,
    },
    Track {
        kind: &'static str,
        seq: i64,
        event_id: Option<String>,
        name: String,
        time: i64,
        channel: String,
        user_id: Option<String>,
        anonymous_id: Option<String>,
        device_id: Option<String>,
        session_id: Option<String>,
        revenue: Option<RevenueText>,
    },
}

/// What an app's event has brought in.
#[derive(Debug, Serialize)]
pub struct RevenueText {
    pub amount: Option<JsonNumber>,
    pub currency: String,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/live",
    tag = "live",
    summary = "What happens at the moment",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("limit" = Option<u16>, Query, description = "Events, 1 to 200; 50 when absent"),
    ),
    responses((status = 200, description = "The moment", body = LiveBody), ReadProblems),
    security(("read_token" = []))
)]
/// Tells the moment.
pub async fn moment(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let limit = Parameters::of(request).limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let (text_hash, now_ms) = (service.store.text_hash(), service.clock.now_ms());
    let found = service.ask(move |connection| {
        Ok((
            now(connection, project, now_ms)?,
            per_minute(connection, text_hash, project, now_ms, MINUTES)?,
            recent(connection, text_hash, project, now_ms, limit)?,
        ))
    });
    let (now, requests_per_minute, events) = found.await?;
    let present = |present: Vec<Present>| {
        present.into_iter().map(|one| PresentBody { text: one.text, visitors: one.visitors }).collect()
    };
    Ok(json(&LiveBody {
        now: now_ms,
        visitors: now.visitors,
        views_per_minute: now.views_per_minute,
        requests_per_minute,
        pages: present(now.pages),
        referrers: present(now.referrers),
        events: events.into_iter().map(EventText::from).collect(),
    }))
}

impl From<Recent> for EventText {
    fn from(recent: Recent) -> Self {
        match recent {
            Recent::Request(record) => Self::Request {
                kind: "request",
                id: record.id,
                created_at: record.created_at_ms,
                method: record.method.as_ref().into(),
                host: record.host.as_ref().into(),
                route: record.route.as_ref().into(),
                original_url: record.original_url.into(),
                status_code: record.status,
                duration_ms: JsonNumber::ms_of_whole_us(record.duration_us),
                is_slow: record.is_slow,
                failure: record.failure.map(Failure::name),
                user_id: record.user.map(|user| user.id.into()),
                session_id: record.session_id.map(Into::into),
            },
            Recent::Browser(event) => Self::Browser {
                kind: event.kind.name(),
                session_id: event.session,
                path: event.path,
                ts: JsonNumber(event.ts),
            },
            Recent::Track(event) => {
                let text = |text: Option<std::sync::Arc<str>>| text.map(|text| text.as_ref().to_owned());
                #[expect(clippy::cast_precision_loss, reason = "a glance; other questions tell amounts exactly")]
                let amount = |micros: i64| JsonNumber::rounded(micros as f64 / 1e6);
                let revenue = event.revenue.map(|revenue| RevenueText {
                    amount: revenue.micros.map(amount),
                    currency: revenue.currency.as_ref().to_owned(),
                });
                Self::Track {
                    kind: "track",
                    seq: event.stored.seq,
                    event_id: event.stored.event_id.map(|id| id.to_string()),
                    name: event.name.as_ref().to_owned(),
                    time: event.stored.time_ms,
                    channel: event.channel.as_ref().to_owned(),
                    user_id: text(event.user),
                    anonymous_id: text(event.anonymous),
                    device_id: text(event.device),
                    session_id: text(event.session).filter(|_| !event.is_synthetic_session),
                    revenue,
                }
            }
        }
    }
}
