//! The ingest door: events of servers, apps and web pages, stored before they are answered (datalyr.md 1, E1 to E3).
//!
//! Which of them it is, the body says, not the path. The order of checks: body, key, rate, shape, workspace and origin,
//! rate again by the number of events, store.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::Taken;
use super::decode::{Decoded, Shape, Surroundings, decode};
use super::reject::DatalyrReject;
use super::service::DatalyrService;
use super::tenants::Credential;
use crate::domain::Batch;
use crate::domain::id::ProjectId;
use crate::domain::track::TrackBatch;
use crate::http::body::{self, BodyLimits};

/// Larger bodies are understood beside the worker, which has others to answer meanwhile.
const LARGE_BODY_BYTES: usize = 256 * 1024;

/// Answers a `POST` of events.
pub async fn ingest(request: HttpRequest, payload: web::Payload, service: web::Data<DatalyrService>) -> HttpResponse {
    match take(&request, payload, &service).await {
        Ok(taken) => taken.answer(),
        Err(reject) => service.refuse(&request, reject),
    }
}

/// Answers a method that the path does not have.
pub async fn wrong_method(request: HttpRequest, service: web::Data<DatalyrService>) -> HttpResponse {
    let mut answer = service.refuse(&request, DatalyrReject::MethodNotAllowed);
    answer.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST, OPTIONS"));
    answer
}

/// Answers a path below the doors at which there is nothing.
pub async fn not_found(request: HttpRequest, service: web::Data<DatalyrService>) -> HttpResponse {
    service.refuse(&request, DatalyrReject::NotFound)
}

async fn take(
    request: &HttpRequest,
    payload: web::Payload,
    service: &web::Data<DatalyrService>,
) -> Result<Taken, DatalyrReject> {
    let limits = BodyLimits { max_bytes: service.settings().datalyr.max_body_bytes, timeout: service.body_timeout };
    let body = body::read(request, payload, limits).await?;
    service.check_running()?;
    let _room = service.store.make_room()?;
    let now_ms = service.clock.now_ms();
    let shown = Credential::of(request.headers());
    let keyed = match &shown {
        Some(shown) => service.project_by_key(request, shown, now_ms).await?,
        None => None,
    };
    if let Some(project) = keyed {
        service.limits.check(project, now_ms)?;
    }
    let decoded = understand(request, body, service, now_ms).await?;
    let sent = decoded.events.len() + decoded.quarantined.len();
    let project = match keyed {
        Some(project) => project,
        // It says nothing, so that nobody need have said it.
        None if sent == 0 && shown.is_none() => return Ok(Taken::nothing(decoded.shape)),
        None => find_workspace(request, service, shown.as_ref(), &decoded, now_ms).await?,
    };
    if sent == 0 || (decoded.shape == Shape::Web && service.wants_no_tracking(request)) {
        return Ok(Taken::nothing(decoded.shape));
    }
    service.limits.take(project, sent, now_ms)?;
    store(request, service, project, decoded, now_ms).await
}

/// Which shape the body has and what its events say.
async fn understand(
    request: &HttpRequest,
    body: Vec<u8>,
    service: &web::Data<DatalyrService>,
    now_ms: i64,
) -> Result<Decoded, DatalyrReject> {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map(str::to_owned);
    let (is_large, service) = (body.len() > LARGE_BODY_BYTES, web::Data::clone(service));
    let understand = move || {
        let about = Surroundings { received_at_ms: now_ms, user_agent: agent.as_deref() };
        decode(body, &service.settings().rules, &about)
    };
    if !is_large {
        return Ok(understand()?);
    }
    Ok(web::block(understand).await.map_err(|_| DatalyrReject::Unavailable)??)
}

/// The project of a sender who has no key: of the workspace that the body names, or an app's bearer token.
async fn find_workspace(
    request: &HttpRequest,
    service: &DatalyrService,
    shown: Option<&Credential>,
    decoded: &Decoded,
    now_ms: i64,
) -> Result<ProjectId, DatalyrReject> {
    let (named, unknown) = match (decoded.shape, shown) {
        (Shape::Raw, Some(shown)) => (Some(shown.text.as_str()), DatalyrReject::UnknownKey),
        (Shape::Track | Shape::Web, Some(_)) => (None, DatalyrReject::UnknownKey),
        (Shape::Track, None) => (None, DatalyrReject::MissingKey),
        (Shape::Raw, None) if decoded.workspace.is_none() => (None, DatalyrReject::MissingKey),
        (Shape::Raw | Shape::Web, None) => (decoded.workspace.as_deref(), DatalyrReject::UnknownWorkspace),
    };
    let workspace = match named {
        Some(named) => service.tenants.by_workspace(&service.store, named, now_ms).await?,
        None => None,
    };
    let Some(workspace) = workspace else { return Err(service.refuse_stranger(request, unknown, now_ms)) };
    // Apps have no origin; a page that says it is an app has one.
    if decoded.shape == Shape::Web || request.headers().contains_key(header::ORIGIN) {
        workspace.check_origin(request.headers())?;
    }
    Ok(workspace.project)
}

/// Stores all of it, or nothing.
async fn store(
    request: &HttpRequest,
    service: &DatalyrService,
    project: ProjectId,
    decoded: Decoded,
    now_ms: i64,
) -> Result<Taken, DatalyrReject> {
    let Decoded { shape, events, quarantined, .. } = decoded;
    let (sent, rejected) = (events.len() as u64, quarantined.len() as u64);
    let settings = service.settings();
    let remembered_for = settings.datalyr.deduplicate_for;
    let batch = TrackBatch {
        project,
        received_at_ms: now_ms,
        remembered_for_ms: (!remembered_for.is_zero())
            .then(|| i64::try_from(remembered_for.as_millis()).unwrap_or(i64::MAX)),
        address_hash: service.kept_address(request).map(|address| service.addresses.hash(address, now_ms)),
        country: service.countries.of_request(request, &service.proxies),
        events,
        quarantined,
        max_quarantined: settings.datalyr.max_quarantined,
    };
    let duplicates = service.store.submit(Batch::Track(Box::new(batch))).await?.duplicates;
    Ok(Taken { shape, accepted: sent.saturating_sub(duplicates), duplicates, rejected })
}
