//! `GET /api/v1/projects/{project}/sessions/{session}/replay`: what a player needs to show a session again.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::service::{ApiService, json, respond};
use crate::http::json_number::JsonNumber;
use crate::http::path::segment;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::session_replay::{Replay, replay};
use crate::query::session_timeline;

const SESSION_SEGMENT: usize = 5;

/// A session to be played. Times are milliseconds after `started_at`, places CSS pixels of the document.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayBody {
    /// Milliseconds since the epoch.
    #[schema(value_type = f64)]
    pub started_at: JsonNumber,
    #[schema(value_type = f64)]
    pub duration_ms: JsonNumber,
    /// Whether there is more than is told: 20,000 events.
    pub is_cut: bool,
    /// Of so many points of moves, one is told.
    pub stride: usize,
    /// Where the visitor was from a time on.
    pub pages: Vec<StayBody>,
    /// Time, x, y.
    #[schema(value_type = Vec<Vec<f64>>)]
    pub moves: Vec<[JsonNumber; 3]>,
    pub clicks: Vec<ReplayClickBody>,
    /// Time, and the position of the window's upper edge.
    #[schema(value_type = Vec<Vec<f64>>)]
    pub scrolls: Vec<[JsonNumber; 2]>,
    /// Requests that failed.
    pub errors: Vec<FailedBody>,
}

/// A stay on a page, or in a window of another size.
#[derive(Debug, Serialize, ToSchema)]
pub struct StayBody {
    #[schema(value_type = f64)]
    pub t: JsonNumber,
    pub path: String,
    /// Width and height of the window.
    #[schema(value_type = Option<Vec<f64>>)]
    pub window: Option<[JsonNumber; 2]>,
    #[schema(value_type = Option<f64>)]
    pub height: Option<JsonNumber>,
}

/// A click.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayClickBody {
    #[schema(value_type = f64)]
    pub t: JsonNumber,
    #[schema(value_type = f64)]
    pub x: JsonNumber,
    #[schema(value_type = f64)]
    pub y: JsonNumber,
    pub selector: Option<String>,
}

/// A request that failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailedBody {
    #[schema(value_type = f64)]
    pub t: JsonNumber,
    pub status: u16,
    pub route: String,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/sessions/{session}/replay",
    tag = "sessions",
    summary = "What a player needs to show a session again",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("session" = String, Path, description = "Id the SDK gave the session"),
    ),
    responses((status = 200, description = "Ways, clicks, scrolls and failed requests", body = ReplayBody), ReadProblems),
    security(("read_token" = []))
)]
/// Tells a session to a player.
pub async fn play(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let id = segment(request.uri().path(), SESSION_SEGMENT).ok_or(Problem::SessionNotFound)?;
    let hash = service.store.text_hash();
    let found = service
        .ask(move |connection| {
            let Some(subject) = session_timeline::find(connection, hash, project, &id)? else { return Ok(None) };
            replay(connection, hash, &subject).map(Some)
        })
        .await?;
    Ok(json(&ReplayBody::from(found.ok_or(Problem::SessionNotFound)?)))
}

impl From<Replay> for ReplayBody {
    fn from(replay: Replay) -> Self {
        let after = |ts: f64| JsonNumber((ts - replay.first).round());
        Self {
            started_at: JsonNumber(replay.first),
            duration_ms: after(replay.last),
            is_cut: replay.is_cut,
            stride: replay.stride,
            pages: replay
                .pages
                .into_iter()
                .map(|stay| StayBody {
                    t: after(stay.ts),
                    path: stay.path.to_string(),
                    window: stay.window.map(|(w, h)| [JsonNumber(w), JsonNumber(h)]),
                    height: stay.page_h.map(JsonNumber),
                })
                .collect(),
            moves: replay.moves.into_iter().map(|(ts, x, y)| [after(ts), JsonNumber(x), JsonNumber(y)]).collect(),
            clicks: replay
                .clicks
                .into_iter()
                .map(|click| ReplayClickBody {
                    t: after(click.ts),
                    x: JsonNumber(click.x),
                    y: JsonNumber(click.y),
                    selector: click.selector.map(|text| text.to_string()),
                })
                .collect(),
            scrolls: replay.scrolls.into_iter().map(|(ts, y)| [after(ts), JsonNumber(y)]).collect(),
            errors: replay
                .errors
                .into_iter()
                .map(|failed| FailedBody {
                    t: after(failed.ts),
                    status: failed.status,
                    route: failed.route.to_string(),
                })
                .collect(),
        }
    }
}
