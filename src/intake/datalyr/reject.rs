//! Every refusal of the Datalyr doors: one closed table of status, code and words (datalyr.md 8).
//!
//! What is ours to answer for is 429: every SDK waits it out, and a browser keeps its batch beyond the end of the page,
//! which it would not do with 503. Other 4xx are for what will never be taken.

use actix_web::http::StatusCode;

use super::decode::DecodeRefusal;
use crate::http::body::BodyRefusal;
use crate::store::StoreError;

/// Longest wait that is asked for, in seconds: more than this mobile SDKs do not wait (datalyr.md 8).
const MAX_RETRY_AFTER_S: u8 = 30;

/// How long a full disk is given, in seconds.
const NO_SPACE_RETRY_AFTER_S: u8 = 10;

/// Why a request of the Datalyr protocol is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatalyrReject {
    InvalidJson,
    UnknownShape,
    NoName,
    TooManyKeys,
    TooDeep,
    UnsupportedEncoding,
    CorruptBody,
    BodyTooLarge,
    EventTooLarge,
    TooManyEvents,
    MissingKey,
    UnknownKey,
    UnknownWorkspace,
    OriginNotAllowed,
    RateLimited { retry_after_s: u8 },
    BodyTimeout,
    Overloaded,
    NoSpace,
    Unavailable,
    Draining,
    NotFound,
    MethodNotAllowed,
}

/// One row of the table.
struct Row(StatusCode, &'static str, &'static str);

impl DatalyrReject {
    /// Too much from this sender; there is room again after so many seconds.
    #[must_use]
    pub fn rate_limited(wait_s: i64) -> Self {
        let wait_s = wait_s.clamp(1, MAX_RETRY_AFTER_S.into());
        Self::RateLimited { retry_after_s: u8::try_from(wait_s).unwrap_or(MAX_RETRY_AFTER_S) }
    }

    #[must_use]
    pub fn status(self) -> StatusCode {
        self.row().0
    }

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().1
    }

    #[must_use]
    pub fn message(self) -> &'static str {
        self.row().2
    }

    /// After how many seconds the sender should come back, if it should at all.
    #[must_use]
    pub fn retry_after_s(self) -> Option<u8> {
        match self {
            Self::RateLimited { retry_after_s } => Some(retry_after_s),
            Self::NoSpace => Some(NO_SPACE_RETRY_AFTER_S),
            _ => (self.status() == StatusCode::TOO_MANY_REQUESTS).then_some(1),
        }
    }

    #[rustfmt::skip]
    fn row(self) -> Row {
        use StatusCode as S;
        match self {
            Self::InvalidJson => Row(S::BAD_REQUEST, "invalid_json",
                "The body is no JSON."),
            Self::UnknownShape => Row(S::BAD_REQUEST, "unknown_shape",
                "The body is neither an event nor a batch of events."),
            Self::NoName => Row(S::BAD_REQUEST, "no_event_name",
                "The event has no name."),
            Self::TooManyKeys => Row(S::BAD_REQUEST, "too_many_keys",
                "The event has more keys than the configured limit."),
            Self::TooDeep => Row(S::BAD_REQUEST, "too_deep",
                "The event is nested deeper than the configured limit."),
            Self::UnsupportedEncoding => Row(S::BAD_REQUEST, "unsupported_encoding",
                "Content-Encoding must be gzip, deflate or identity."),
            Self::CorruptBody => Row(S::BAD_REQUEST, "corrupt_body",
                "The body is not what its Content-Encoding says, or ended early."),
            Self::BodyTooLarge => Row(S::PAYLOAD_TOO_LARGE, "body_too_large",
                "The body is larger than the configured limit."),
            Self::EventTooLarge => Row(S::PAYLOAD_TOO_LARGE, "event_too_large",
                "The event is larger than the configured limit."),
            Self::TooManyEvents => Row(S::PAYLOAD_TOO_LARGE, "too_many_events",
                "The batch has more events than the configured limit."),
            Self::MissingKey => Row(S::UNAUTHORIZED, "missing_key",
                "A project key is needed: X-API-Key: <key>."),
            Self::UnknownKey => Row(S::UNAUTHORIZED, "unknown_key",
                "The project key is not registered, or is revoked."),
            Self::UnknownWorkspace => Row(S::UNAUTHORIZED, "unknown_workspace",
                "No project has this workspace id."),
            Self::OriginNotAllowed => Row(S::FORBIDDEN, "origin_not_allowed",
                "The project does not take events from pages of this origin."),
            Self::RateLimited { .. } => Row(S::TOO_MANY_REQUESTS, "rate_limited",
                "Too much in the current window of time; nothing of this request was stored; send it again."),
            Self::BodyTimeout => Row(S::TOO_MANY_REQUESTS, "body_timeout",
                "The body did not arrive in time; send it again."),
            Self::Overloaded => Row(S::TOO_MANY_REQUESTS, "overloaded",
                "Too much is waiting to be stored; send it again."),
            Self::NoSpace => Row(S::TOO_MANY_REQUESTS, "no_space",
                "The disk has no space left; nothing was stored; send it again later."),
            Self::Unavailable => Row(S::TOO_MANY_REQUESTS, "store_unavailable",
                "The request cannot be stored or answered at the moment; send it again."),
            Self::Draining => Row(S::TOO_MANY_REQUESTS, "draining",
                "The server is stopping; nothing was stored; send it again."),
            Self::NotFound => Row(S::NOT_FOUND, "not_found",
                "There is nothing at this path."),
            Self::MethodNotAllowed => Row(S::METHOD_NOT_ALLOWED, "method_not_allowed",
                "There is nothing at this path for this method."),
        }
    }
}

impl From<BodyRefusal> for DatalyrReject {
    fn from(refusal: BodyRefusal) -> Self {
        match refusal {
            BodyRefusal::TooLarge => Self::BodyTooLarge,
            BodyRefusal::UnsupportedEncoding => Self::UnsupportedEncoding,
            BodyRefusal::Corrupt => Self::CorruptBody,
            BodyRefusal::Timeout => Self::BodyTimeout,
        }
    }
}

impl From<DecodeRefusal> for DatalyrReject {
    fn from(refusal: DecodeRefusal) -> Self {
        match refusal {
            DecodeRefusal::InvalidJson => Self::InvalidJson,
            DecodeRefusal::UnknownShape => Self::UnknownShape,
            DecodeRefusal::NoName => Self::NoName,
            DecodeRefusal::EventTooLarge => Self::EventTooLarge,
            DecodeRefusal::TooManyKeys => Self::TooManyKeys,
            DecodeRefusal::TooDeep => Self::TooDeep,
            DecodeRefusal::TooManyEvents => Self::TooManyEvents,
        }
    }
}

impl From<StoreError> for DatalyrReject {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::QueueFull => Self::Overloaded,
            StoreError::NoSpace => Self::NoSpace,
            // The project was deleted a moment ago.
            StoreError::RevokedKey => Self::UnknownKey,
            StoreError::Unavailable | StoreError::Stopped | StoreError::ReadersBusy | StoreError::QueryTimeout => {
                Self::Unavailable
            }
            error => {
                tracing::error!(error = %error, "a request of the Datalyr protocol could not be stored or answered");
                Self::Unavailable
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_to_answer_for_is_429_with_a_wait() {
        let store = [StoreError::QueueFull, StoreError::NoSpace, StoreError::Stopped, StoreError::FsyncFailed];
        let ours = store.map(DatalyrReject::from).into_iter().chain([DatalyrReject::Draining]);
        for reject in ours.chain([DatalyrReject::rate_limited(i64::MAX), DatalyrReject::rate_limited(-7)]) {
            assert_eq!(reject.status(), StatusCode::TOO_MANY_REQUESTS, "{reject:?}");
            assert!(reject.retry_after_s().is_some_and(|wait| (1..=30).contains(&wait)), "{reject:?}");
        }
        assert_eq!(DatalyrReject::OriginNotAllowed.retry_after_s(), None);
    }
}
