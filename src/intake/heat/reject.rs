//! Every refusal of the heat protocol: one closed table of status, code and words (heat-collector.md 3).
//!
//! Rows of the original keep its words. Rows of our own follow its shape; what is ours to answer for is
//! 503, which every client retries.

use actix_web::http::StatusCode;

use super::decode::DecodeRefusal;
use super::issues::Details;
use super::params::QueryRefusal;
use crate::http::body::BodyRefusal;
use crate::store::StoreError;

/// The read questions, which have error words of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Heatmap,
    Events,
    Sessions,
    SessionDetail,
}

/// Why a request of the heat protocol is refused.
#[derive(Debug, PartialEq)]
pub enum HeatReject {
    MissingProjectKey,
    UnknownProjectKey,
    RateLimited,
    MissingJwt,
    InvalidJwt,
    JwksUnavailable,
    InvalidPayload(Details),
    TooManyEvents,
    InvalidJson,
    PayloadTooLarge,
    UnsupportedCharset,
    UnsupportedEncoding,
    CorruptBody,
    BodyTimeout,
    ProjectLimit,
    InvalidPath,
    NotFound,
    ProjectNotFound,
    SessionNotFound,
    MissingReadToken,
    InvalidReadToken,
    InvalidQuery(QueryRefusal),
    QueryFailed(Question),
    QueryTimeout,
    IngestFailed,
    Overloaded,
    NoSpace,
    Unavailable,
}

/// One row of the table.
struct Row(StatusCode, &'static str, &'static str, &'static str);

impl HeatReject {
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.row().0
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.row().1
    }

    /// The code in words.
    #[must_use]
    pub fn error(&self) -> &'static str {
        self.row().2
    }

    #[must_use]
    pub fn message(&self) -> &'static str {
        self.row().3
    }

    /// What is wrong with the payload or the query, where that is known.
    #[must_use]
    pub fn details(&self) -> Option<&Details> {
        match self {
            Self::InvalidPayload(details) => Some(details),
            Self::InvalidQuery(refusal) => refusal.details(),
            _ => None,
        }
    }

    #[rustfmt::skip]
    fn row(&self) -> Row {
        use StatusCode as S;
        match self {
            Self::MissingProjectKey => Row(S::UNAUTHORIZED, "missing_project_key", "missing project key",
                "Request rejected because header x-project-key is required."),
            Self::UnknownProjectKey => Row(S::UNAUTHORIZED, "unknown_project_key", "unknown project key",
                "Request rejected because the project key is not registered."),
            Self::RateLimited => Row(S::TOO_MANY_REQUESTS, "rate_limited", "rate limit exceeded",
                "Too many ingest requests for this project key and IP in the current window."),
            Self::MissingJwt => Row(S::UNAUTHORIZED, "missing_jwt", "missing jwt",
                "Request rejected because Authorization: Bearer <jwt> is required."),
            Self::InvalidJwt => Row(S::UNAUTHORIZED, "invalid_jwt", "invalid jwt",
                "JWT validation failed."),
            Self::JwksUnavailable => Row(S::SERVICE_UNAVAILABLE, "jwks_unavailable", "jwks unavailable",
                "The keys to validate the JWT with cannot be fetched at the moment."),
            Self::InvalidPayload(_) => Row(S::BAD_REQUEST, "invalid_payload", "invalid payload",
                "Request body did not match the expected ingestion schema."),
            Self::TooManyEvents => Row(S::BAD_REQUEST, "too_many_events", "too many events",
                "Request body has more events than the configured limit."),
            Self::InvalidJson => Row(S::BAD_REQUEST, "invalid_json", "invalid json",
                "Request body must be valid JSON."),
            Self::PayloadTooLarge => Row(S::PAYLOAD_TOO_LARGE, "payload_too_large", "payload too large",
                "Request body exceeded the configured ingestion size limit."),
            Self::UnsupportedCharset => Row(S::UNSUPPORTED_MEDIA_TYPE, "unsupported_charset", "unsupported charset",
                "Request body must be in UTF-8 or UTF-16."),
            Self::UnsupportedEncoding => Row(S::UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", "unsupported encoding",
                "Content-Encoding must be gzip, deflate or identity."),
            Self::CorruptBody => Row(S::BAD_REQUEST, "corrupt_body", "corrupt body",
                "Request body is not what its Content-Encoding says, or ended early."),
            Self::BodyTimeout => Row(S::REQUEST_TIMEOUT, "body_timeout", "body timeout",
                "Request body did not arrive in time."),
            Self::ProjectLimit => Row(S::FORBIDDEN, "project_limit", "project limit",
                "The project key is not registered and the limit of projects is reached."),
            Self::InvalidPath => Row(S::BAD_REQUEST, "invalid_path", "invalid path",
                "The path has an invalid percent sequence."),
            Self::NotFound => Row(S::NOT_FOUND, "not_found", "not found",
                "There is nothing at this path for this method."),
            Self::ProjectNotFound => Row(S::NOT_FOUND, "project_not_found", "project not found",
                "The read token opens no project with this id."),
            Self::SessionNotFound => Row(S::NOT_FOUND, "session_not_found", "session not found",
                "The read token opens no session with this id."),
            Self::MissingReadToken => Row(S::UNAUTHORIZED, "missing_read_token", "missing read token",
                "Reading needs a read token: Authorization: Bearer <token>, or ?token=<token>."),
            Self::InvalidReadToken => Row(S::UNAUTHORIZED, "invalid_read_token", "invalid read token",
                "The read token is not known or is revoked."),
            Self::InvalidQuery(refusal) => Row(S::BAD_REQUEST, refusal.code(), QueryRefusal::ERROR, refusal.message()),
            Self::QueryFailed(Question::Heatmap) => Row(S::INTERNAL_SERVER_ERROR, "heatmap_query_failed",
                "heatmap query failed", "Unexpected error while querying heatmap data."),
            Self::QueryFailed(Question::Events) => Row(S::INTERNAL_SERVER_ERROR, "events_query_failed",
                "events query failed", "Unexpected error while querying project events."),
            Self::QueryFailed(Question::Sessions) => Row(S::INTERNAL_SERVER_ERROR, "sessions_query_failed",
                "sessions query failed", "Unexpected error while querying sessions."),
            Self::QueryFailed(Question::SessionDetail) => Row(S::INTERNAL_SERVER_ERROR, "session_detail_failed",
                "session detail failed", "Unexpected error while querying session detail."),
            Self::QueryTimeout => Row(S::SERVICE_UNAVAILABLE, "query_timeout", "query timeout",
                "The query took too long or no reader was free; narrow the range or try again."),
            Self::IngestFailed => Row(S::INTERNAL_SERVER_ERROR, "ingest_failed", "ingest failed",
                "Unexpected error while persisting ingestion payload."),
            Self::Overloaded => Row(S::SERVICE_UNAVAILABLE, "overloaded", "overloaded",
                "Too much is waiting to be stored; try again."),
            Self::NoSpace => Row(S::SERVICE_UNAVAILABLE, "no_space", "no space",
                "The disk has no space left; nothing was stored; try again later."),
            Self::Unavailable => Row(S::SERVICE_UNAVAILABLE, "store_unavailable", "store unavailable",
                "The request cannot be stored at the moment; try again."),
        }
    }

    /// The answer to a failed read.
    #[must_use]
    pub fn of_query(error: &StoreError, question: Question) -> Self {
        match error {
            StoreError::QueryTimeout | StoreError::ReadersBusy => Self::QueryTimeout,
            _ => Self::QueryFailed(question),
        }
    }
}

impl From<BodyRefusal> for HeatReject {
    fn from(refusal: BodyRefusal) -> Self {
        match refusal {
            BodyRefusal::TooLarge => Self::PayloadTooLarge,
            BodyRefusal::UnsupportedEncoding => Self::UnsupportedEncoding,
            BodyRefusal::Corrupt => Self::CorruptBody,
            BodyRefusal::Timeout => Self::BodyTimeout,
        }
    }
}

impl From<DecodeRefusal> for HeatReject {
    fn from(refusal: DecodeRefusal) -> Self {
        match refusal {
            DecodeRefusal::InvalidJson => Self::InvalidJson,
            DecodeRefusal::InvalidPayload(details) => Self::InvalidPayload(details),
            DecodeRefusal::TooManyEvents => Self::TooManyEvents,
        }
    }
}

impl From<StoreError> for HeatReject {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::QueueFull => Self::Overloaded,
            StoreError::NoSpace => Self::NoSpace,
            StoreError::Unavailable | StoreError::Stopped | StoreError::ReadersBusy | StoreError::QueryTimeout => {
                Self::Unavailable
            }
            StoreError::ProjectLimit => Self::ProjectLimit,
            StoreError::RevokedKey => Self::UnknownProjectKey,
            _ => Self::IngestFailed,
        }
    }
}
