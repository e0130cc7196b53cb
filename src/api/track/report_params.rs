//! Parameters that the questions about conversions share.

use utoipa::IntoParams;

use crate::api::range::TimeRange;
use crate::api::service::ApiService;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;

/// Entries of a page when `limit` is absent.
pub const DEFAULT_LIMIT: usize = 100;

/// Most entries of a page.
pub const MAX_LIMIT: usize = 1_000;

const DAY_MS: f64 = 86_400_000.0;

/// Longest window, in days.
const MAX_WINDOW_DAYS: f64 = 3_650.0;

/// The range of time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described for the OpenAPI document only")]
pub struct RangeParams {
    /// Not before: milliseconds since the epoch, RFC 3339, or a date.
    from: Option<String>,
    /// Not after.
    to: Option<String>,
}

/// A range of whole milliseconds, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub from_ms: i64,
    pub to_ms: i64,
    has_from: bool,
    has_to: bool,
}

impl Bounds {
    /// Reads `from` and `to`.
    #[expect(clippy::cast_possible_truncation, reason = "what is out of range is the end of the range")]
    pub fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let TimeRange { from, to } = TimeRange::read(parameters)?;
        let (has_from, has_to) = (from.is_finite(), to.is_finite());
        Ok(Self { from_ms: from.ceil() as i64, to_ms: to.floor() as i64, has_from, has_to })
    }

    /// The first millisecond, if the range has a beginning.
    #[must_use]
    pub fn from(self) -> Option<i64> {
        self.has_from.then_some(self.from_ms)
    }

    /// The last millisecond, if the range has an end.
    #[must_use]
    pub fn to(self) -> Option<i64> {
        self.has_to.then_some(self.to_ms)
    }
}

/// `window_days`: how long before a moment a touch may lie, in milliseconds; as configured when absent.
#[expect(clippy::cast_possible_truncation, reason = "at most ten years")]
pub fn window_ms(parameters: &Parameters, service: &ApiService) -> Result<i64, Problem> {
    let days = parameters.parsed("window_days", |text| {
        text.parse::<f64>().ok().filter(|days| *days > 0.0 && *days <= MAX_WINDOW_DAYS)
    })?;
    Ok(days.map_or(service.attribution_window_ms, |days| (days * DAY_MS).round() as i64))
}
