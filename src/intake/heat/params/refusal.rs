//! Refused queries.

use crate::intake::heat::issues::Details;

/// Why a query is refused; always with status 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryRefusal {
    /// Parameters are not as they must be.
    Issues {
        /// The `message`, which names the endpoint.
        message: &'static str,
        /// The `details`.
        details: Details,
    },
    /// `from` is no time.
    InvalidFrom,
    /// `to` is no time.
    InvalidTo,
    /// `from` is after `to`.
    InvalidTimeRange,
}

impl QueryRefusal {
    /// The `error` of every such answer.
    pub const ERROR: &'static str = "invalid query";

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Issues { .. } => "invalid_query",
            Self::InvalidFrom => "invalid_from",
            Self::InvalidTo => "invalid_to",
            Self::InvalidTimeRange => "invalid_time_range",
        }
    }

    /// The `message` (heat-collector.md 3).
    #[must_use]
    pub const fn message(&self) -> &'static str {
        match self {
            Self::Issues { message, .. } => message,
            Self::InvalidFrom => "Query param 'from' must be a unix timestamp in milliseconds or a valid date string.",
            Self::InvalidTo => "Query param 'to' must be a unix timestamp in milliseconds or a valid date string.",
            Self::InvalidTimeRange => "Query param 'from' must be less than or equal to 'to'.",
        }
    }

    /// The `details`, which only schema issues have.
    #[must_use]
    pub const fn details(&self) -> Option<&Details> {
        match self {
            Self::Issues { details, .. } => Some(details),
            _ => None,
        }
    }
}
