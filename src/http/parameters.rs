//! Parameters of Hearth's own reading routes: each read once and checked.

use actix_web::HttpRequest;

use super::problem::Problem;
use crate::js::query_string::{Parameter, QueryString};

/// The parameters of a request.
pub struct Parameters(QueryString);

impl Parameters {
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        Self(QueryString::parse(request.query_string()))
    }

    /// A parameter's text; absent when empty.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, Problem> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Parameter::Text(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(Problem::InvalidParameter(name)),
        }
    }

    /// What a parameter's text means, if `read` knows.
    pub fn parsed<T>(&self, name: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        read(text).map(Some).ok_or(Problem::InvalidParameter(name))
    }

    /// A whole number from 1 to `max`.
    pub fn limit(&self, default: usize, max: usize) -> Result<usize, Problem> {
        let limit = self.parsed("limit", |text| text.parse().ok().filter(|limit| (1..=max).contains(limit)))?;
        Ok(limit.unwrap_or(default))
    }

    /// The parameter `page`: which part of a list, the first is 1. Gives how many entries come before it; a list is not
    /// given beyond `max_depth` of them.
    pub fn offset(&self, limit: usize, max_depth: usize) -> Result<usize, Problem> {
        let page = self.parsed("page", |text| text.parse::<usize>().ok().filter(|page| *page > 0))?.unwrap_or(1);
        let offset = (page - 1).checked_mul(limit).filter(|offset| *offset < max_depth);
        offset.ok_or(Problem::InvalidParameter("page"))
    }

    /// The parameter `order`: whether it is `desc`, or what is usual when it is absent.
    pub fn is_descending(&self, usual: bool) -> Result<bool, Problem> {
        let order = self.parsed("order", |text| match text {
            "desc" => Some(true),
            "asc" => Some(false),
            _ => None,
        })?;
        Ok(order.unwrap_or(usual))
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &'static str) -> Result<Option<bool>, Problem> {
        self.parsed(name, |text| text.parse().ok())
    }

    /// A time in milliseconds since the epoch: written so, as RFC 3339 does, or as a date, which begins at midnight UTC.
    pub fn time_ms(&self, name: &'static str) -> Result<Option<f64>, Problem> {
        self.parsed(name, time_ms)
    }
}

fn time_ms(text: &str) -> Option<f64> {
    if let Ok(ms) = text.parse::<f64>() {
        return ms.is_finite().then_some(ms);
    }
    let time = match text.len() {
        // Dates only; jiff would also take them with a time behind.
        10 => text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
        _ => text.parse::<jiff::Timestamp>().ok()?,
    };
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of jiff's range fit a double")]
    Some(time.as_millisecond() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_dates_and_rfc_3339_are_times() {
        assert_eq!(time_ms("1795000000000"), Some(1_795_000_000_000.0));
        assert_eq!(time_ms("-1.5"), Some(-1.5));
        assert_eq!(time_ms("2026-11-20T10:00:00Z"), Some(1_795_168_800_000.0));
        assert_eq!(time_ms("2026-11-20T10:00:00.250+01:00"), Some(1_795_165_200_250.0));
        assert_eq!(time_ms("2026-11-20"), Some(1_795_132_800_000.0));
        for text in ["yesterday", "1e400", "NaN", "2026-13-01T00:00:00Z", "2026-13-01", "20261120T1", "inf"] {
            assert_eq!(time_ms(text), None, "{text}");
        }
    }
}
