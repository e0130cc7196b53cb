//! Where a page of visits ended, opaque to clients.

use std::fmt;

use crate::domain::visit::VisitSource;
use crate::query::visits::list::After;

/// A visit behind which the next page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(pub After);

impl Place {
    /// Reads what [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('v')?.split('.');
        let place = Self(After {
            started_ms: parts.next()?.parse().ok()?,
            source: VisitSource::from_number(parts.next()?.parse().ok()?)?,
            session_row: parts.next()?.parse().ok()?,
        });
        parts.next().is_none().then_some(place)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "v{}.{}.{}", self.0.started_ms, self.0.source as u8, self.0.session_row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_nothing_else_is_one() {
        let place = Place(After { started_ms: -5, session_row: 7, source: VisitSource::App });
        assert_eq!(Place::parse(&place.to_string()), Some(place));
        for text in ["", "v", "v1.2", "v1.3.4", "v1.2.3.4", "v1.2.x", "c1.2.3"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
