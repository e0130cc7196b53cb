//! What a newly installed app asks: what brought this visitor (datalyr.md 7.6).
//!
//! An SDK takes any answer but a 200 for a failure and asks again later, and a 200 for final. So whatever is asked is
//! answered, a body that says nothing included; refused is only who has no key, and what cannot be answered now.

use actix_web::{HttpRequest, HttpResponse, web};
use rusqlite::Connection;
use serde::Serialize;
use serde_json::value::RawValue;

use super::answer;
use super::fields::Fields;
use super::reject::DatalyrReject;
use super::service::DatalyrService;
use super::tenants::Credential;
use crate::domain::id::ProjectId;
use crate::http::body::{self, BodyLimits};
use crate::query::track::lookups::{self, Attribution};
use crate::store::StoreError;

/// Largest body of a question, in bytes.
const MAX_BODY_BYTES: u64 = 64 * 1024;

/// Longest e-mail address, in bytes (RFC 5321 4.5.3.1: 64, `@`, 255).
const MAX_EMAIL_BYTES: usize = 320;

/// Answers `POST /attribution/lookup` (E6): by e-mail address.
pub async fn by_email(request: HttpRequest, payload: web::Payload, service: web::Data<DatalyrService>) -> HttpResponse {
    let found = async {
        let (project, now_ms, body) = admit(&request, payload, &service).await?;
        let Some(email) = email(&body) else { return Ok(None) };
        let window_ms = milliseconds(service.settings().datalyr.email_window);
        ask(&service, move |file| lookups::by_email(file, project, &email, now_ms, window_ms)).await
    };
    told(&request, &service, found.await)
}

/// Answers `POST /attribution/deferred-lookup` (E7): by the address from which an app store was visited before.
pub async fn by_download(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<DatalyrService>,
) -> HttpResponse {
    let found = async {
        let (project, now_ms, _) = admit(&request, payload, &service).await?;
        let Some(address) = service.kept_address(&request) else { return Ok(None) };
        let hashes = service.addresses.recent_hashes(address, now_ms);
        let window_ms = milliseconds(service.settings().datalyr.download_window);
        ask(&service, move |file| lookups::by_download(file, project, &hashes, now_ms, window_ms)).await
    };
    told(&request, &service, found.await)
}

/// Lets in who has a key, and reads what they ask.
async fn admit(
    request: &HttpRequest,
    payload: web::Payload,
    service: &DatalyrService,
) -> Result<(ProjectId, i64, Vec<u8>), DatalyrReject> {
    let limits = BodyLimits { max_bytes: MAX_BODY_BYTES, timeout: service.body_timeout };
    // A body that cannot be read asks for nobody.
    let body = body::read(request, payload, limits).await.unwrap_or_default();
    service.check_running()?;
    let now_ms = service.clock.now_ms();
    let shown = Credential::of(request.headers()).ok_or(DatalyrReject::MissingKey)?;
    let project = service.project_by_key(request, &shown, now_ms).await?;
    let project = project.ok_or_else(|| service.refuse_stranger(request, DatalyrReject::UnknownKey, now_ms))?;
    // An app's key is no secret: nobody may try address after address with it faster than events may come.
    service.limits.take(project, 1, now_ms)?;
    Ok((project, now_ms, body))
}

/// The address that is asked for, as addresses are kept: trimmed, in lower case.
fn email(body: &[u8]) -> Option<String> {
    let fields = Fields::read(serde_json::from_slice::<&RawValue>(body).ok()?)?;
    let email = fields.text("email")?.trim().to_lowercase();
    (!email.is_empty() && email.len() <= MAX_EMAIL_BYTES).then_some(email)
}

/// Runs a question where it may block.
async fn ask(
    service: &DatalyrService,
    question: impl FnOnce(&Connection) -> Result<Option<Attribution>, StoreError> + Send + 'static,
) -> Result<Option<Attribution>, DatalyrReject> {
    let store = service.store.clone();
    let answer = web::block(move || store.read(question)).await;
    Ok(answer.map_err(|_| DatalyrReject::Unavailable)??)
}

fn told(
    request: &HttpRequest,
    service: &DatalyrService,
    found: Result<Option<Attribution>, DatalyrReject>,
) -> HttpResponse {
    #[derive(Serialize)]
    struct Body {
        found: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        attribution: Option<Attribution>,
    }
    match found {
        Ok(attribution) => answer::ok(&Body { found: attribution.is_some(), attribution }),
        Err(reject) => service.refuse(request, reject),
    }
}

fn milliseconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_asked_for_as_it_is_kept() {
        assert_eq!(email(br#"{"email":" A@B.co "}"#).as_deref(), Some("a@b.co"));
        let long = format!(r#"{{"email":"{}@b.co"}}"#, "a".repeat(400));
        for body in ["", "not json", "[]", "{}", r#"{"email":""}"#, r#"{"email":"  "}"#, r#"{"email":null}"#, &long] {
            assert_eq!(email(body.as_bytes()), None, "{body}");
        }
    }
}
