//! Which requests are recorded, and which are slow (traffic.md 2).

use std::time::Duration;

use super::recording_error::RecordingError;
use crate::config::Traffic;
use crate::domain::route_matcher::{RouteForms, RouteMatcher};

/// `include_routes`, `ignore_routes` and the thresholds.
#[derive(Debug)]
pub(super) struct Filter {
    include: Vec<RouteMatcher>,
    ignore: Vec<RouteMatcher>,
    thresholds: Vec<(RouteMatcher, u64)>,
    /// Of all other routes, in microseconds.
    threshold_us: u64,
}

impl Filter {
    pub(super) fn new(config: &Traffic) -> Result<Self, RecordingError> {
        let one = |list: &'static str, text: &str| {
            let invalid = |message| RecordingError::Matcher { list, text: text.to_owned(), message };
            RouteMatcher::parse(text).map_err(invalid)
        };
        let threshold = |slow: &crate::config::SlowThreshold| {
            Ok((one("slow_thresholds", &slow.route)?, microseconds(slow.threshold)))
        };
        Ok(Self {
            include: config.include_routes.iter().map(|text| one("include_routes", text)).collect::<Result<_, _>>()?,
            ignore: config.ignore_routes.iter().map(|text| one("ignore_routes", text)).collect::<Result<_, _>>()?,
            thresholds: config.slow_thresholds.iter().map(threshold).collect::<Result<_, RecordingError>>()?,
            threshold_us: microseconds(config.slow_threshold),
        })
    }

    /// Whether a request is recorded: it is among the included ones, if there are any, and then not ignored.
    pub(super) fn records(&self, forms: RouteForms<'_>) -> bool {
        let any = |matchers: &[RouteMatcher]| matchers.iter().any(|matcher| matcher.matches(forms));
        (self.include.is_empty() || any(&self.include)) && !any(&self.ignore)
    }

    /// Whether a request is ignored by what the client sent alone, so that its route need not be known.
    pub(super) fn ignores(&self, path: &str, url: &str) -> bool {
        let forms = RouteForms { pattern: path, path, url };
        self.ignore.iter().any(|matcher| matcher.matches(forms))
    }

    pub(super) fn is_slow(&self, forms: RouteForms<'_>, duration_us: u64) -> bool {
        let own = self.thresholds.iter().find(|(matcher, _)| matcher.matches(forms));
        duration_us >= own.map_or(self.threshold_us, |(_, threshold_us)| *threshold_us)
    }
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::tests::traffic;
    use super::*;
    use crate::config::SlowThreshold;

    fn filter(include: &[&str], ignore: &[&str]) -> Filter {
        let mut config = traffic();
        config.include_routes = include.iter().map(ToString::to_string).collect();
        config.ignore_routes = ignore.iter().map(ToString::to_string).collect();
        Filter::new(&config).unwrap()
    }

    fn records(include: &[&str], ignore: &[&str], path: &str) -> bool {
        filter(include, ignore).records(RouteForms { pattern: path, path, url: path })
    }

    /// The examples of the original's README.
    #[test]
    fn include_comes_first_and_ignore_removes() {
        for (include, ignore, path, expected) in [
            (&[][..], &[][..], "/anything", true),
            (&["/api/*"], &[], "/api/products", true),
            (&["/api/*"], &[], "/health", false),
            (&["/api/*", "/admin/*"], &[], "/admin/users", true),
            (&["/api/*"], &["/api/internal/*"], "/api/internal/jobs", false),
            (&["/api/*"], &["/api/internal/*"], "/api/products", true),
            (&[], &["/health", "/favicon.ico"], "/health", false),
            (&[], &["/health", "/favicon.ico"], "/healthy", true),
            (&[], &["^/traffic-dashboard(/|$)", "^/public(/|$)"], "/public/app.js", false),
            (&[], &["^/traffic-dashboard(/|$)", "^/public(/|$)"], "/publication", true),
        ] {
            assert_eq!(records(include, ignore, path), expected, "{include:?} {ignore:?} {path}");
        }
    }

    #[test]
    fn the_first_threshold_that_matches_counts() {
        let mut config = traffic();
        let threshold = |route: &str, ms| SlowThreshold { route: route.into(), threshold: Duration::from_millis(ms) };
        config.slow_thresholds = vec![threshold("/reports/daily", 20), threshold("/reports/*", 10_000)];
        let filter = Filter::new(&config).unwrap();
        for (path, us, expected) in [
            ("/a", 999_999, false),
            ("/a", 1_000_000, true),
            ("/reports/daily", 20_000, true),
            ("/reports/x", 9_999_999, false),
            ("/reports/x", 10_000_000, true),
        ] {
            assert_eq!(filter.is_slow(RouteForms { pattern: path, path, url: path }, us), expected, "{path} {us}");
        }
    }
}
