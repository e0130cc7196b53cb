//! What dashboards written for heat-collector ask (heat-collector.md 5 and 6).

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use uuid::Uuid;

use super::answer::{
    self, X_HEARTH_TOTAL, X_HEATMAP_POINT_COUNT, X_REQUESTED_TYPE, X_RESOLVED_TYPE, X_RESULT_COUNT, X_SESSION_FOUND,
    X_TOTAL_COUNT,
};
use super::params::{EventType, EventsParams, HeatmapParams, Offset, SessionDetailParams, SessionsParams};
use super::reject::{HeatReject, Question};
use super::service::HeatService;
use crate::domain::heat::Kind;
use crate::domain::id::{ClientId, ProjectId};
use crate::http::json_number::JsonNumber;
use crate::http::path::segment;
use crate::http::read_access::{AccessRefusal, Grant};
use crate::http::request_id::request_id;
use crate::js::number;
use crate::query::heat_events::{self, EventFilter};
use crate::query::heat_rows::HeatRow;
use crate::query::heat_sessions::{self, Session, SessionFilter};
use crate::query::heatmap::{Heatmap, HeatmapQuery, KindChoice, Resolution, heatmap};
use crate::query::points::{self, PointFilter};
use crate::query::public_id::PublicIds;
use crate::store::{Store, StoreError, registry};

/// Positions of ids in the paths.
const ID_SEGMENT: usize = 2;

/// Answers `GET /api/projects/:projectId/heatmap`.
pub async fn project_heatmap(request: HttpRequest, service: web::Data<HeatService>) -> HttpResponse {
    respond(&service, &request, draw(&request, &service).await)
}

/// Answers `GET /api/projects/:projectId/events`.
pub async fn project_events(request: HttpRequest, service: web::Data<HeatService>) -> HttpResponse {
    respond(&service, &request, list_events(&request, &service).await)
}

/// Answers `GET /api/projects/:projectId/sessions`.
pub async fn project_sessions(request: HttpRequest, service: web::Data<HeatService>) -> HttpResponse {
    respond(&service, &request, list_sessions(&request, &service).await)
}

/// Answers `GET /api/sessions/:sessionId`.
pub async fn session(request: HttpRequest, service: web::Data<HeatService>) -> HttpResponse {
    respond(&service, &request, session_detail(&request, &service).await)
}

/// Answers `GET /api/metrics`.
pub async fn metrics(request: HttpRequest, service: web::Data<HeatService>) -> HttpResponse {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Metrics {
        ingest_count: u64,
        ingest_error_count: u64,
        rejected_event_count: u64,
        last_ingest_ms: Option<JsonNumber>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        metrics: Metrics,
        request_id: String,
        now: i64,
    }
    let granted = service.access.grant(&request, &service.store).await;
    let result = granted.map_err(HeatReject::from).map(|_| {
        let counters = &service.counters;
        let metrics = Metrics {
            ingest_count: counters.accepted_batches(),
            ingest_error_count: counters.failed_batches(),
            rejected_event_count: counters.invalid_batches(),
            last_ingest_ms: counters.last_ingest_ms().map(JsonNumber),
        };
        answer::json(answer::ok(), &Body { metrics, request_id: request_id(&request), now: service.clock.now_ms() })
    });
    respond(&service, &request, result)
}

/// Answers what is nowhere, in the protocol's shape.
pub async fn not_found(request: HttpRequest, service: web::Data<HeatService>) -> HttpResponse {
    service.refuse(&request, &HeatReject::NotFound)
}

fn respond(service: &HeatService, request: &HttpRequest, result: Result<HttpResponse, HeatReject>) -> HttpResponse {
    result.unwrap_or_else(|reject| service.refuse(request, &reject))
}

async fn draw(request: &HttpRequest, service: &HeatService) -> Result<HttpResponse, HeatReject> {
    let grant = service.access.grant(request, &service.store).await?;
    let project_text = project_segment(request)?;
    let now = now(service);
    let params = HeatmapParams::parse(request.query_string(), &service.local, now).map_err(HeatReject::InvalidQuery)?;
    let requested = params.event_type.map_or("click", EventType::name);
    let found = ask(service, Question::Heatmap, move |store| {
        store.read(|connection| {
            let Some(scope) = Scope::find(connection, store, &grant, &project_text, params.path.as_deref())? else {
                return Ok(None);
            };
            let query = HeatmapQuery {
                filter: PointFilter {
                    project: scope.project,
                    path: scope.path,
                    from: params.from_ms.unwrap_or(0.0),
                    to: params.to_ms.unwrap_or(now),
                },
                kinds: match params.event_type {
                    None => KindChoice::Unsaid,
                    Some(EventType::All) => KindChoice::All,
                    Some(EventType::Only(kind)) => KindChoice::Only(kind),
                },
                resolution: Resolution::Side(u32::from(params.resolution)),
                bucket: params.viewport_bucket.clone(),
                viewport_mode: params.viewport_mode,
            };
            Ok(Some((heatmap(connection, &query)?, u32::from(params.resolution))))
        })
    })
    .await?;
    let (map, resolution) = found.ok_or(HeatReject::ProjectNotFound)?;
    Ok(heatmap_answer(&map, resolution, requested))
}

fn heatmap_answer(map: &Heatmap, resolution: u32, requested: &'static str) -> HttpResponse {
    #[derive(Serialize)]
    struct Point {
        x: JsonNumber,
        y: JsonNumber,
        value: u64,
    }
    #[derive(Serialize)]
    struct Size {
        w: JsonNumber,
        h: JsonNumber,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Meta<'a> {
        resolution: u32,
        viewport: Size,
        render_height: JsonNumber,
        total: u64,
        plotted: u64,
        ignored: u64,
        requested_type: &'a str,
        resolved_type: &'a str,
        bucket: String,
        plottable_types: [&'a str; 3],
        type_breakdown: std::collections::BTreeMap<&'a str, u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        warning: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct Body<'a> {
        points: Vec<Point>,
        meta: Meta<'a>,
    }
    let resolved = match map.resolved {
        KindChoice::Only(kind) => kind.name(),
        KindChoice::All | KindChoice::Unsaid => "all",
    };
    let viewport_text = || format!("{}x{}", number::to_text(map.viewport.w), number::to_text(map.viewport.h));
    let body = Body {
        points: map
            .cells
            .iter()
            .map(|cell| Point { x: JsonNumber(cell.x), y: JsonNumber(cell.y), value: cell.value })
            .collect(),
        meta: Meta {
            resolution,
            viewport: Size { w: JsonNumber(map.viewport.w), h: JsonNumber(map.viewport.h) },
            render_height: JsonNumber(map.render_height),
            total: map.total,
            plotted: map.plotted,
            ignored: map.total - map.plotted,
            requested_type: requested,
            resolved_type: resolved,
            bucket: map.bucket.clone().unwrap_or_else(viewport_text),
            plottable_types: [Kind::Click.name(), Kind::Move.name(), Kind::Scroll.name()],
            type_breakdown: map.breakdown.iter().map(|(kind, count)| (kind.name(), *count)).collect(),
            warning: (map.total > 0 && map.plotted == 0).then_some(
                "Events matched the filter but none are plottable. Use type=click|move|scroll or inspect \
                 /api/projects/:projectId/events.",
            ),
        },
    };
    let mut answer = answer::ok();
    answer.insert_header((X_REQUESTED_TYPE, requested)).insert_header((X_RESOLVED_TYPE, resolved));
    let mut answer = answer::json(answer, &body);
    answer::count(answer.headers_mut(), X_RESULT_COUNT, map.total);
    answer::count(answer.headers_mut(), X_HEATMAP_POINT_COUNT, map.cells.len() as u64);
    answer
}

async fn list_events(request: &HttpRequest, service: &HeatService) -> Result<HttpResponse, HeatReject> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Meta<'a> {
        count: usize,
        limit: u16,
        offset: JsonNumber,
        project_id: &'a str,
        requested_type: &'static str,
    }
    #[derive(Serialize)]
    struct Body<'a> {
        events: Vec<RowBody>,
        meta: Meta<'a>,
    }
    let grant = service.access.grant(request, &service.store).await?;
    let project_text = project_segment(request)?;
    let params = EventsParams::parse(request.query_string(), &service.local).map_err(HeatReject::InvalidQuery)?;
    let (limit, offset, event_type) = (params.limit, params.offset, params.event_type);
    let asked = project_text.clone();
    let (rows, total) = ask(service, Question::Events, move |store| {
        store.read(|connection| {
            let Some(scope) = Scope::find(connection, store, &grant, &asked, params.path.as_deref())? else {
                return Ok(None);
            };
            let (from, to) = (params.from_ms.unwrap_or(f64::NEG_INFINITY), params.to_ms.unwrap_or(f64::INFINITY));
            let filter = EventFilter { project: scope.project, path: scope.path, kind: event_type.kind(), from, to };
            let kinds = event_type.kind().map_or_else(|| Kind::ALL.to_vec(), |kind| vec![kind]);
            let points = PointFilter { project: scope.project, path: scope.path, from, to };
            let total = points::count(connection, &points, &kinds)?;
            // Past the end there is nothing to walk for.
            let rows = match skipped(offset) {
                skipped if skipped >= total => Vec::new(),
                skipped => heat_events::rows(connection, &filter, skipped, usize::from(limit))?,
            };
            Ok(Some((rows, total)))
        })
    })
    .await?
    .ok_or(HeatReject::ProjectNotFound)?;
    let body = Body {
        meta: Meta {
            count: rows.len(),
            limit,
            offset: JsonNumber(offset.as_f64()),
            project_id: &project_text,
            requested_type: event_type.name(),
        },
        events: row_bodies(rows, &service.public_ids, &project_text),
    };
    let mut answer = answer::ok();
    answer.insert_header((X_REQUESTED_TYPE, event_type.name()));
    Ok(paged(answer::json(answer, &body), body.events.len(), total))
}

async fn list_sessions(request: &HttpRequest, service: &HeatService) -> Result<HttpResponse, HeatReject> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        session_id: String,
        user_id: Option<Uuid>,
        started_at: JsonNumber,
        last_seen_at: JsonNumber,
        first_path: String,
        event_count: u64,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Meta<'a> {
        count: usize,
        limit: u16,
        offset: JsonNumber,
        project_id: &'a str,
    }
    #[derive(Serialize)]
    struct Body<'a> {
        sessions: Vec<Item>,
        meta: Meta<'a>,
    }
    let grant = service.access.grant(request, &service.store).await?;
    let project_text = project_segment(request)?;
    let params = SessionsParams::parse(request.query_string(), &service.local).map_err(HeatReject::InvalidQuery)?;
    let (limit, offset) = (params.limit, params.offset);
    let asked = project_text.clone();
    let (sessions, total) = ask(service, Question::Sessions, move |store| {
        store.read(|connection| {
            let Some(scope) = Scope::find(connection, store, &grant, &asked, params.path.as_deref())? else {
                return Ok(None);
            };
            let filter = SessionFilter {
                project: scope.project,
                from: params.from_ms.unwrap_or(f64::NEG_INFINITY),
                to: params.to_ms.unwrap_or(f64::INFINITY),
                // An id that is none belongs to nobody.
                user: params.user_id.as_deref().map(|id| Uuid::try_parse(id).unwrap_or(Uuid::nil())),
                first_path: scope.path,
            };
            let total = heat_sessions::count(connection, &filter)?;
            Ok(Some((heat_sessions::list(connection, &filter, None, skipped(offset), usize::from(limit))?, total)))
        })
    })
    .await?
    .ok_or(HeatReject::ProjectNotFound)?;
    let body = Body {
        meta: Meta { count: sessions.len(), limit, offset: JsonNumber(offset.as_f64()), project_id: &project_text },
        sessions: sessions
            .into_iter()
            .map(|session| Item {
                session_id: session.external_id.to_string(),
                user_id: session.user,
                started_at: JsonNumber(session.started_at),
                last_seen_at: JsonNumber(session.last_seen_at),
                first_path: session.first_path,
                event_count: session.row_count,
            })
            .collect(),
    };
    Ok(paged(answer::json(answer::ok(), &body), body.sessions.len(), total))
}

async fn session_detail(request: &HttpRequest, service: &HeatService) -> Result<HttpResponse, HeatReject> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Detail {
        id: String,
        project_id: Uuid,
        user_id: Option<Uuid>,
        started_at: JsonNumber,
        last_seen_at: JsonNumber,
        first_path: String,
        user_agent: Option<String>,
        device_json: String,
        ip_hash: Option<String>,
    }
    #[derive(Serialize)]
    struct Meta {
        found: bool,
        count: usize,
        limit: u16,
        offset: JsonNumber,
    }
    #[derive(Serialize)]
    struct Body {
        session: Option<Detail>,
        events: Vec<RowBody>,
        meta: Meta,
    }
    let grant = service.access.grant(request, &service.store).await?;
    let session_id = segment(request.uri().path(), ID_SEGMENT).ok_or(HeatReject::InvalidPath)?;
    let params = SessionDetailParams::parse(request.query_string()).map_err(HeatReject::InvalidQuery)?;
    let (limit, offset, asked) = (params.limit, params.offset, grant.clone());
    let found = ask(service, Question::SessionDetail, move |store| {
        store.read(|connection| {
            let Some(session) = find_session(connection, &asked, &session_id, params.project_id.as_deref())? else {
                return Ok(None);
            };
            // An unknown word matches nothing, `all` included (heat-collector.md 5).
            let kind = match params.event_type.as_deref() {
                None => None,
                Some(word) => match Kind::from_name(word) {
                    Some(kind) => Some(kind),
                    None => return Ok(Some((session, Vec::new(), 0))),
                },
            };
            let rows = heat_sessions::rows(connection, &session, kind, skipped(offset), usize::from(limit))?;
            let total = heat_sessions::count_rows(connection, &session, kind)?;
            Ok(Some((session, rows, total)))
        })
    })
    .await?;
    let (session, rows, total) = match found {
        Some((session, rows, total)) => (Some(session), rows, total),
        None if grant == Grant::Everything => (None, Vec::new(), 0),
        None => return Err(HeatReject::SessionNotFound),
    };
    let project_text = session.as_ref().map(|session| session.project_uuid.to_string()).unwrap_or_default();
    let detail = |session: Session| Detail {
        id: session.external_id.to_string(),
        project_id: session.project_uuid,
        user_id: session.user,
        started_at: JsonNumber(session.started_at),
        last_seen_at: JsonNumber(session.last_seen_at),
        first_path: session.first_path,
        user_agent: session.user_agent,
        device_json: session.device_json,
        ip_hash: session.address_hash,
    };
    let body = Body {
        meta: Meta { found: session.is_some(), count: rows.len(), limit, offset: JsonNumber(offset.as_f64()) },
        session: session.map(detail),
        events: row_bodies(rows, &service.public_ids, &project_text),
    };
    let mut answer = answer::ok();
    answer.insert_header((X_SESSION_FOUND, if body.meta.found { "1" } else { "0" }));
    Ok(paged(answer::json(answer, &body), body.events.len(), total))
}

/// One row on the wire (heat-collector.md 5.1).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowBody {
    id: Uuid,
    project_id: String,
    session_id: String,
    user_id: Option<Uuid>,
    #[serde(rename = "type")]
    kind: &'static str,
    ts: JsonNumber,
    path: String,
    selector: Option<String>,
    x: Option<JsonNumber>,
    y: Option<JsonNumber>,
    scroll_depth: Option<JsonNumber>,
    meta_json: String,
}

fn row_bodies(rows: Vec<HeatRow>, public_ids: &PublicIds, project: &str) -> Vec<RowBody> {
    let body = |row: HeatRow| RowBody {
        id: public_ids.event(row.seq),
        project_id: project.to_owned(),
        session_id: row.session,
        user_id: row.user,
        kind: row.kind.name(),
        ts: JsonNumber(row.ts),
        path: row.path,
        selector: row.selector,
        x: row.x.map(JsonNumber),
        y: row.y.map(JsonNumber),
        scroll_depth: row.scroll_depth.map(JsonNumber),
        meta_json: row.meta_json,
    };
    rows.into_iter().map(body).collect()
}

/// What a question is about, as row ids; what does not exist has an id that nothing has.
struct Scope {
    project: ProjectId,
    path: Option<i64>,
}

/// The row id of nothing.
const NOTHING: i64 = -1;

impl Scope {
    fn find(
        connection: &rusqlite::Connection,
        store: &Store,
        grant: &Grant,
        project: &str,
        path: Option<&str>,
    ) -> Result<Option<Self>, StoreError> {
        let project = match Uuid::try_parse(project) {
            Ok(uuid) => registry::find_project(connection, uuid)?.filter(|project| grant.covers(*project)),
            Err(_) => None,
        };
        // With open reads an unknown project is an empty one, as in the original; a token's holder is told
        // that there is none, whether it exists or not.
        if project.is_none() && *grant != Grant::Everything {
            return Ok(None);
        }
        let path = match path {
            Some(path) => Some(store.text_hash().find(connection, path)?.unwrap_or(NOTHING)),
            None => None,
        };
        Ok(Some(Self { project: project.unwrap_or(ProjectId(NOTHING)), path }))
    }
}

/// The session a client named so, in the projects that are granted, cut to the one asked for. Of several, the first.
fn find_session(
    connection: &rusqlite::Connection,
    grant: &Grant,
    session_id: &str,
    asked: Option<&str>,
) -> Result<Option<Session>, StoreError> {
    let session_id = ClientId::new(session_id);
    if let Some(asked) = asked {
        let Ok(uuid) = Uuid::try_parse(asked) else { return Ok(None) };
        let project = registry::find_project(connection, uuid)?.filter(|project| grant.covers(*project));
        let Some(project) = project else { return Ok(None) };
        return heat_sessions::find(connection, &session_id, Some(project));
    }
    let Some(projects) = grant.projects() else { return heat_sessions::find(connection, &session_id, None) };
    for project in projects {
        if let Some(found) = heat_sessions::find(connection, &session_id, Some(*project))? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Runs a question where it may block.
async fn ask<T: Send + 'static>(
    service: &HeatService,
    question: Question,
    read: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, HeatReject> {
    let store = service.store.clone();
    match web::block(move || read(&store)).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            tracing::warn!(error = %error, ?question, "a query failed");
            Err(HeatReject::of_query(&error, question))
        }
        Err(_) => Err(HeatReject::QueryFailed(question)),
    }
}

fn paged(mut answer: HttpResponse, count: usize, total: u64) -> HttpResponse {
    let put = |answer: &mut HttpResponse, name: HeaderName, value| answer::count(answer.headers_mut(), name, value);
    put(&mut answer, X_TOTAL_COUNT, count as u64);
    put(&mut answer, X_HEARTH_TOTAL, total);
    answer
}

fn project_segment(request: &HttpRequest) -> Result<String, HeatReject> {
    segment(request.uri().path(), ID_SEGMENT).ok_or(HeatReject::InvalidPath)
}

fn skipped(offset: Offset) -> u64 {
    u64::try_from(offset.rows()).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of the present fit a double")]
fn now(service: &HeatService) -> f64 {
    service.clock.now_ms() as f64
}

impl From<AccessRefusal> for HeatReject {
    fn from(refusal: AccessRefusal) -> Self {
        match refusal {
            AccessRefusal::MissingToken => Self::MissingReadToken,
            AccessRefusal::InvalidToken | AccessRefusal::ExpiredToken => Self::InvalidReadToken,
            AccessRefusal::Store(error) => Self::of_query(&error, Question::Events),
        }
    }
}
