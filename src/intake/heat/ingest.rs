//! `POST /ingest`: a browser's batch, stored before it is answered (heat-collector.md 4).
//!
//! The order of checks is part of the contract: body, key, rate, token, schema, store. Answers up to the
//! key have no `X-RateLimit-*` headers, those after it have.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use uuid::Uuid;

use super::answer::{self, X_HEARTH_DUPLICATES, X_HEARTH_REJECTED, X_INGESTED_EVENTS};
use super::decode::{DecodeRefusal, Decoded, DecodedUser, decode, decode_absent};
use super::reject::HeatReject;
use super::service::{HeatService, HeatSettings};
use crate::config::HeatAuth;
use crate::domain::Batch;
use crate::domain::heat::{HeatBatch, ProjectRef, SessionFacts, UserFacts};
use crate::domain::id::{ClientId, SecretHash};
use crate::http::body::{self, BodyLimits};
use crate::http::jwt::{JwtRefusal, Subject, bearer};
use crate::http::rate_window::Standing;
use crate::http::request_id::request_id;
use crate::js::json::{BodyTextError, decode_body_text};
use crate::store::Room;
use crate::store::registry::{RegisteredKey, hash_secret, secret_prefix};

const X_PROJECT_KEY: HeaderName = HeaderName::from_static("x-project-key");
const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RATELIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const DNT: HeaderName = HeaderName::from_static("dnt");
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// Answers `POST /ingest`.
pub async fn ingest(request: HttpRequest, payload: web::Payload, service: web::Data<HeatService>) -> HttpResponse {
    let started = Instant::now();
    let mut sender = match arrive(&request, payload, &service).await {
        Ok(sender) => sender,
        Err(reject) => return service.refuse(&request, &reject),
    };
    let mut answer = if sender.standing.is_over {
        let mut answer = service.refuse(&request, &HeatReject::RateLimited);
        let retry_after = sender.standing.retry_after_s(sender.now_ms);
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
        answer
    } else {
        match accept(&request, &service, &mut sender).await {
            Ok(accepted) => {
                let us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                service.counters.accept(us);
                accepted.answer(&request)
            }
            Err(reject) => service.refuse(&request, &reject),
        }
    };
    sender.standing.put(answer.headers_mut());
    answer
}

/// A request that has shown a key.
struct Sender {
    settings: Arc<HeatSettings>,
    /// Held until the answer.
    _room: Room,
    /// What the body says, or why it does not say it; told after the checks that come first.
    payload: Result<Decoded, DecodeRefusal>,
    key: String,
    key_hash: SecretHash,
    known: Option<RegisteredKey>,
    address: IpAddr,
    standing: Standing,
    now_ms: i64,
}

/// What an accepted batch is answered with.
struct Accepted {
    project_uuid: Uuid,
    session_id: String,
    event_count: usize,
    rejected_count: usize,
    duplicates: u64,
}

/// Checks 1 to 4: body (whether it is JSON at all), key and rate.
async fn arrive(request: &HttpRequest, payload: web::Payload, service: &HeatService) -> Result<Sender, HeatReject> {
    let settings = service.settings();
    let (room, payload) = understand(request, payload, service, &settings).await?;
    let key = request.headers().get(X_PROJECT_KEY).map(|key| String::from_utf8_lossy(key.as_bytes()));
    let key = key.as_deref().map(str::trim).filter(|key| !key.is_empty()).ok_or(HeatReject::MissingProjectKey)?;
    let now_ms = service.clock.now_ms();
    let address = service.proxies.client_address(request);
    let key_hash = hash_secret(key);
    let known = service.keys.find(&service.store, &key_hash, now_ms).await?;
    if known.is_none() {
        let strangers = service.limits.count_stranger(address, now_ms);
        if strangers.is_over {
            let key = key.to_owned();
            return Ok(Sender {
                settings,
                _room: room,
                payload,
                key,
                key_hash,
                known,
                address,
                standing: strangers,
                now_ms,
            });
        }
        if !settings.heat.auto_create_projects {
            return Err(HeatReject::UnknownProjectKey);
        }
    }
    let standing = service.limits.senders.count((key_hash, address), now_ms);
    Ok(Sender { settings, _room: room, payload, key: key.to_owned(), key_hash, known, address, standing, now_ms })
}

/// Checks 5 to 7: token, schema, store.
async fn accept(request: &HttpRequest, service: &HeatService, sender: &mut Sender) -> Result<Accepted, HeatReject> {
    let subject = verify(request, service, &sender.settings, sender.now_ms).await?;
    // Taken out; what stays behind is never looked at.
    let mut decoded = std::mem::replace(&mut sender.payload, Err(DecodeRefusal::InvalidJson))?;
    let mut accepted = Accepted {
        project_uuid: sender.known.map(|known| known.project_uuid).unwrap_or_default(),
        session_id: std::mem::take(&mut decoded.session_id),
        event_count: decoded.event_count,
        rejected_count: decoded.rejected_count,
        duplicates: 0,
    };
    if accepted.rejected_count > 0 {
        tracing::warn!(
            rejected = accepted.rejected_count,
            events = accepted.event_count,
            "invalid events were left out"
        );
    }
    if wants_no_tracking(request, &sender.settings) {
        return Ok(accepted);
    }
    let batch = batch(request, service, sender, decoded, subject, &accepted.session_id);
    let receipt = service.store.submit(Batch::Heat(Box::new(batch))).await?;
    if let Some(stored) = receipt.project {
        if sender.known.is_none() {
            let created = RegisteredKey { project: stored.id, project_uuid: stored.uuid, may_erase: false };
            service.keys.remember(&sender.key_hash, Some(created), sender.now_ms);
        }
        accepted.project_uuid = stored.uuid;
    }
    accepted.duplicates = receipt.duplicates;
    Ok(accepted)
}

/// Reads the body. Refused at once is what is no JSON; what is JSON but no batch is refused in its turn.
async fn understand(
    request: &HttpRequest,
    payload: web::Payload,
    service: &HeatService,
    settings: &HeatSettings,
) -> Result<(Room, Result<Decoded, DecodeRefusal>), HeatReject> {
    let limits = BodyLimits { max_bytes: settings.heat.max_body_bytes, timeout: service.body_timeout };
    let media_type = body::media_type(request);
    let bytes = if media_type.is_json {
        body::read(request, payload, limits).await?
    } else {
        body::drain(request, payload, limits).await?;
        Vec::new()
    };
    let room = service.store.make_room()?;
    if bytes.is_empty() {
        return Ok((room, decode_absent(&settings.rules)));
    }
    let text =
        decode_body_text(&bytes, media_type.charset.as_deref(), settings.malformed).map_err(|error| match error {
            BodyTextError::UnsupportedCharset => HeatReject::UnsupportedCharset,
            BodyTextError::MalformedText => HeatReject::InvalidJson,
        })?;
    match decode(&text, &settings.rules) {
        Err(DecodeRefusal::InvalidJson) => Err(HeatReject::InvalidJson),
        decoded => Ok((room, decoded)),
    }
}

/// The user a token vouches for, by the installation's mode (heat-collector.md 4.5).
async fn verify(
    request: &HttpRequest,
    service: &HeatService,
    settings: &HeatSettings,
    now_ms: i64,
) -> Result<Subject, HeatReject> {
    let Some(verifier) = &service.jwt else { return Ok(Subject::Absent) };
    let authorization = request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let Some(token) = bearer(authorization) else {
        return if settings.heat.auth == HeatAuth::Both { Ok(Subject::Absent) } else { Err(HeatReject::MissingJwt) };
    };
    match verifier.verify(token, now_ms.div_euclid(1000)).await {
        Ok(claims) => Ok(claims.subject),
        Err(JwtRefusal::Invalid(reason)) => {
            tracing::debug!(%reason, "a token was refused");
            Err(HeatReject::InvalidJwt)
        }
        Err(JwtRefusal::JwksUnavailable) => Err(HeatReject::JwksUnavailable),
    }
}

/// Whether the visitor asked not to be tracked and the owner respects it.
fn wants_no_tracking(request: &HttpRequest, settings: &HeatSettings) -> bool {
    let asks = |name: HeaderName| request.headers().get(name).is_some_and(|value| value.as_bytes() == b"1");
    (settings.privacy.respect_dnt && asks(DNT)) || (settings.privacy.respect_gpc && asks(SEC_GPC))
}

fn batch(
    request: &HttpRequest,
    service: &HeatService,
    sender: &Sender,
    decoded: Decoded,
    subject: Subject,
    session_id: &str,
) -> HeatBatch {
    let mut texts = decoded.texts;
    let user_agent = request.headers().get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    let user_agent = user_agent.filter(|agent| !agent.is_empty()).map(|agent| texts.add(&agent)).or(decoded.device_ua);
    HeatBatch {
        project: match sender.known {
            Some(known) => ProjectRef::Known(known.project),
            None => ProjectRef::Unregistered {
                key_hash: sender.key_hash,
                key_prefix: secret_prefix(&sender.key),
                max_projects: u64::from(sender.settings.heat.max_projects),
            },
        },
        received_at_ms: sender.now_ms,
        session: SessionFacts {
            external_id: ClientId::new(session_id),
            address_hash: sender
                .settings
                .keeps_addresses()
                .then(|| service.addresses.hash(sender.address, sender.now_ms)),
            country: service.countries.of_request(request, &service.proxies),
            first_path: decoded.first_path,
            user_agent,
            device_json: decoded.device_json,
            client_json: decoded.client_json,
            started_at: decoded.started_at,
            last_seen_at: decoded.last_seen_at,
        },
        user: user(subject, decoded.user),
        texts,
        events: decoded.events,
    }
}

/// The token's subject wins over the payload's user; an empty id is nobody (heat-collector.md 4.5, 4.6).
fn user(subject: Subject, said: Option<DecodedUser>) -> Option<UserFacts> {
    let traits_json = |said: Option<DecodedUser>| said.and_then(|user| user.traits_json).map(String::into_boxed_str);
    match subject {
        Subject::Empty => None,
        Subject::Id(id) => Some(UserFacts { external_id: id.into(), traits_json: traits_json(said), proven: true }),
        Subject::Absent => {
            let user = said.filter(|user| !user.id.is_empty())?;
            let external_id = user.id.clone().into_boxed_str();
            Some(UserFacts { external_id, traits_json: traits_json(Some(user)), proven: false })
        }
    }
}

impl Accepted {
    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            ok: bool,
            request_id: String,
            project_id: String,
            session_id: &'a str,
        }
        let mut answer = answer::ok();
        answer.insert_header((X_INGESTED_EVENTS, self.event_count));
        if self.duplicates > 0 {
            answer.insert_header((X_HEARTH_DUPLICATES, HeaderValue::from(self.duplicates)));
        }
        if self.rejected_count > 0 {
            answer.insert_header((X_HEARTH_REJECTED, self.rejected_count));
        }
        let body = Body {
            ok: true,
            request_id: request_id(request),
            project_id: self.project_uuid.to_string(),
            session_id: &self.session_id,
        };
        answer::json(answer, &body)
    }
}

impl Standing {
    fn put(&self, headers: &mut HeaderMap) {
        headers.insert(X_RATELIMIT_LIMIT, HeaderValue::from(self.limit));
        headers.insert(X_RATELIMIT_REMAINING, HeaderValue::from(self.remaining));
        headers.insert(X_RATELIMIT_RESET, HeaderValue::from(self.reset_s()));
    }
}
