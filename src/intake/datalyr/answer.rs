//! Answers: small JSON objects, whatever happens, and never a word of what was sent (datalyr.md 8).

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::decode::Shape;
use super::reject::DatalyrReject;
use crate::http::request_id::request_id;

/// What was taken of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub shape: Shape,
    /// Events that are new.
    pub accepted: u64,
    /// Events that were there before.
    pub duplicates: u64,
    /// Parts that are no events; they are quarantined.
    pub rejected: u64,
}

impl Taken {
    /// Nothing of it, which is also an answer.
    #[must_use]
    pub fn nothing(shape: Shape) -> Self {
        Self { shape, accepted: 0, duplicates: 0, rejected: 0 }
    }

    /// Exactly 200, and an object: Swift and React Native take nothing else for a success (datalyr.md 0, U1, U2).
    #[must_use]
    pub fn answer(self) -> HttpResponse {
        #[derive(Serialize)]
        struct One {
            success: bool,
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            duplicate: bool,
        }
        #[derive(Serialize)]
        struct Many {
            success: bool,
            accepted: u64,
            duplicates: u64,
            rejected: u64,
        }
        match self.shape {
            Shape::Track | Shape::Raw => ok(&One { success: true, duplicate: self.duplicates > 0 }),
            Shape::Web => {
                let Self { accepted, duplicates, rejected, .. } = self;
                ok(&Many { success: true, accepted, duplicates, rejected })
            }
        }
    }
}

/// A success.
#[must_use]
pub fn ok(body: &impl Serialize) -> HttpResponse {
    json(StatusCode::OK, None, body)
}

/// The answer to a refused request.
#[must_use]
pub fn refuse(request: &HttpRequest, reject: DatalyrReject) -> HttpResponse {
    #[derive(Serialize)]
    struct Body {
        success: bool,
        error: Reason,
        request_id: String,
    }
    #[derive(Serialize)]
    struct Reason {
        code: &'static str,
        message: &'static str,
    }
    let error = Reason { code: reject.code(), message: reject.message() };
    json(reject.status(), reject.retry_after_s(), &Body { success: false, error, request_id: request_id(request) })
}

fn json(status: StatusCode, retry_after_s: Option<u8>, body: &impl Serialize) -> HttpResponse {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(retry_after_s) = retry_after_s {
        answer.insert_header((header::RETRY_AFTER, u64::from(retry_after_s)));
    }
    answer.json(body)
}
