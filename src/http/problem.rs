//! Errors of our own API: problem details (RFC 9457).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use super::read_access::AccessRefusal;
use super::request_id::request_id;
use crate::store::StoreError;

/// Why a request of our own API is refused; a closed set, each with a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    MissingReadToken,
    InvalidReadToken,
    ExpiredReadToken,
    InvalidParameter(&'static str),
    InvalidCursor,
    ProjectNotFound,
    SessionNotFound,
    RequestNotFound,
    UserNotFound,
    PersonNotFound,
    NotFound,
    EraseNotAllowed,
    /// The store takes nothing at the moment.
    Unavailable,
    ForeignOrigin,
    WebsocketNeeded,
    TooManyWatchers,
    QueryTimeout,
    Internal,
}

/// Problem details as they are sent (RFC 9457 section 3.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDetails {
    /// Identifies the kind of problem: `urn:hearth:problem:` and the code.
    #[schema(example = "urn:hearth:problem:invalid_read_token")]
    pub r#type: String,
    /// The kind in words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Stable code, for programs.
    pub code: &'static str,
    /// What this request did wrong.
    pub detail: String,
    /// The path that was asked for.
    pub instance: String,
    /// The same as in `X-Request-Id`.
    pub request_id: String,
}

/// The refusals every reading route shares, for the OpenAPI document.
#[derive(IntoResponses)]
pub enum ReadProblems {
    /// `invalid_parameter`, `invalid_cursor`
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(#[to_schema] ProblemDetails),
    /// `missing_read_token`, `invalid_read_token`, `expired_read_token`
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] ProblemDetails),
    /// `project_not_found`, `session_not_found`, `request_not_found`, `user_not_found`, `person_not_found`
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] ProblemDetails),
    /// `query_timeout`
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] ProblemDetails),
}

impl Problem {
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::MissingReadToken | Self::InvalidReadToken | Self::ExpiredReadToken => StatusCode::UNAUTHORIZED,
            Self::InvalidParameter(_) | Self::InvalidCursor => StatusCode::BAD_REQUEST,
            Self::ProjectNotFound
            | Self::SessionNotFound
            | Self::RequestNotFound
            | Self::UserNotFound
            | Self::PersonNotFound
            | Self::NotFound => StatusCode::NOT_FOUND,
            Self::EraseNotAllowed | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::WebsocketNeeded => StatusCode::UPGRADE_REQUIRED,
            Self::QueryTimeout | Self::Unavailable | Self::TooManyWatchers => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingReadToken => "missing_read_token",
            Self::InvalidReadToken => "invalid_read_token",
            Self::ExpiredReadToken => "expired_read_token",
            Self::InvalidParameter(_) => "invalid_parameter",
            Self::InvalidCursor => "invalid_cursor",
            Self::ProjectNotFound => "project_not_found",
            Self::SessionNotFound => "session_not_found",
            Self::RequestNotFound => "request_not_found",
            Self::UserNotFound => "user_not_found",
            Self::PersonNotFound => "person_not_found",
            Self::NotFound => "not_found",
            Self::EraseNotAllowed => "erase_not_allowed",
            Self::Unavailable => "store_unavailable",
            Self::ForeignOrigin => "foreign_origin",
            Self::WebsocketNeeded => "websocket_needed",
            Self::TooManyWatchers => "too_many_watchers",
            Self::QueryTimeout => "query_timeout",
            Self::Internal => "internal",
        }
    }

    /// The kind in words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::MissingReadToken => "A read token is needed",
            Self::InvalidReadToken => "The read token is not valid",
            Self::ExpiredReadToken => "The read token has expired",
            Self::InvalidParameter(_) => "A parameter is not valid",
            Self::InvalidCursor => "The cursor is not valid",
            Self::ProjectNotFound => "There is no such project",
            Self::SessionNotFound => "There is no such session",
            Self::RequestNotFound => "There is no such request",
            Self::UserNotFound => "There is no such user",
            Self::PersonNotFound => "There is no such person",
            Self::NotFound => "There is nothing here",
            Self::EraseNotAllowed => "This token may not erase",
            Self::Unavailable => "Nothing can be written at the moment",
            Self::ForeignOrigin => "Pages of other origins may not watch",
            Self::WebsocketNeeded => "This is for websockets only",
            Self::TooManyWatchers => "Too many watch already",
            Self::QueryTimeout => "The query took too long",
            Self::Internal => "Something went wrong",
        }
    }

    /// What this request did wrong.
    #[must_use]
    pub fn detail(self) -> String {
        match self {
            Self::MissingReadToken => "Send Authorization: Bearer <token>, or the parameter token.".to_owned(),
            Self::InvalidReadToken => "The token is unknown or revoked.".to_owned(),
            Self::ExpiredReadToken => "The token was valid until a time that has passed; make a new one.".to_owned(),
            Self::InvalidParameter(name) => format!("The parameter {name} has a value it may not have."),
            Self::InvalidCursor => "Use a cursor as an earlier answer gave it, unchanged.".to_owned(),
            Self::ProjectNotFound => "No project that this token may read has this id.".to_owned(),
            Self::SessionNotFound => "The project has no session with this id.".to_owned(),
            Self::RequestNotFound => "The project has no recorded request with this id.".to_owned(),
            Self::PersonNotFound => "The project knows nobody by this id.".to_owned(),
            Self::UserNotFound => "No recorded request of the project was made by a user with this id.".to_owned(),
            Self::NotFound => "No such path, or not for this method.".to_owned(),
            Self::EraseNotAllowed => {
                "Erasing needs a token made with `hearth token create --may-erase`; open reads are not enough."
                    .to_owned()
            }
            Self::Unavailable => "Nothing was changed; try again.".to_owned(),
            Self::ForeignOrigin => "The Origin must be that of this server; programs send none.".to_owned(),
            Self::WebsocketNeeded => "Send a handshake as in RFC 6455, version 13.".to_owned(),
            Self::TooManyWatchers => "The server, or this token, has as many watchers as it may have.".to_owned(),
            Self::QueryTimeout => "Narrow the range, or try again.".to_owned(),
            Self::Internal => "The log tells more under this request id.".to_owned(),
        }
    }

    /// The answer.
    #[must_use]
    pub fn answer(self, request: &HttpRequest) -> HttpResponse {
        let details = ProblemDetails {
            r#type: format!("urn:hearth:problem:{}", self.code()),
            title: self.title(),
            status: self.status().as_u16(),
            code: self.code(),
            detail: self.detail(),
            instance: request.path().to_owned(),
            request_id: request_id(request),
        };
        let mut answer = HttpResponse::build(self.status());
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((header::RETRY_AFTER, "1"));
        }
        let mut answer = answer.json(details);
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        answer
    }
}

impl From<AccessRefusal> for Problem {
    fn from(refusal: AccessRefusal) -> Self {
        match refusal {
            AccessRefusal::MissingToken => Self::MissingReadToken,
            AccessRefusal::InvalidToken => Self::InvalidReadToken,
            AccessRefusal::ExpiredToken => Self::ExpiredReadToken,
            AccessRefusal::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::QueryTimeout | StoreError::ReadersBusy => Self::QueryTimeout,
            StoreError::QueueFull | StoreError::NoSpace | StoreError::Unavailable | StoreError::Stopped => {
                Self::Unavailable
            }
            error => {
                tracing::error!(error = %error, "a query failed");
                Self::Internal
            }
        }
    }
}
