//! What a web page asks for before it sends (datalyr.md 7.7).
//!
//! Hearth sends no scripts and no pixels, and never switches Datalyr's own replay or heatmaps on: those would load code
//! from another host. What is left to say is how the owner wants visitors treated who do not want to be tracked. That
//! is no secret and the same for all projects, so it is said whatever workspace is named, also if there is none.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::answer;
use super::service::DatalyrService;
use crate::config::Privacy;
use crate::http::body::{self, BodyLimits};

/// Whether the SDK itself keeps silent for these visitors; left out where it need not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Respect {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    respect_global_privacy_control: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    respect_do_not_track: bool,
}

impl Respect {
    fn of(privacy: &Privacy) -> Self {
        Self { respect_global_privacy_control: privacy.respect_gpc, respect_do_not_track: privacy.respect_dnt }
    }
}

/// Answers `POST /container-scripts` (E4). The first page view waits for it, so nothing is looked up.
pub async fn scripts(request: HttpRequest, payload: web::Payload, service: web::Data<DatalyrService>) -> HttpResponse {
    #[derive(Serialize)]
    struct Body {
        scripts: [(); 0],
        pixels: Option<()>,
        config: Respect,
    }
    let limits = BodyLimits { max_bytes: service.settings().datalyr.max_body_bytes, timeout: service.body_timeout };
    // Whatever it says, or fails to say, the answer is the same.
    let _ = body::drain(&request, payload, limits).await;
    answer::ok(&Body { scripts: [], pixels: None, config: Respect::of(&service.settings().privacy) })
}

/// Answers `GET /sdk-consent-policy` (E5): shops on Shopify wait for the visitor's consent there.
pub async fn consent_policy(service: web::Data<DatalyrService>) -> HttpResponse {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        wait_for_shopify_consent: bool,
        #[serde(flatten)]
        respect: Respect,
    }
    answer::ok(&Body { wait_for_shopify_consent: true, respect: Respect::of(&service.settings().privacy) })
}
