//! Requests in tables.

use super::asked::{self, route_link};
use crate::dashboard::format;
use crate::dashboard::screen::Screen;
use crate::domain::traffic::TrafficRecord;

/// A request in a table.
#[derive(Debug, Clone)]
pub struct RequestRow {
    /// `21 Nov 14:05:09`, and for machines.
    pub time: String,
    pub machine_time: String,
    pub method: String,
    pub url: String,
    pub href: String,
    pub route: String,
    pub route_href: String,
    pub status: Status,
    pub duration: String,
    pub is_slow: bool,
    pub user: Option<UserLink>,
    /// Why it was broken off, in words.
    pub failure: Option<&'static str>,
}

/// A status as a badge: always its digits, the colour only beside them.
#[derive(Debug, Clone, Copy)]
pub struct Status {
    pub code: u16,
    pub class: &'static str,
}

/// Somebody who made requests.
#[derive(Debug, Clone)]
pub struct UserLink {
    pub name: String,
    pub href: String,
}

impl RequestRow {
    #[must_use]
    pub fn new(screen: &Screen, record: &TrafficRecord) -> Self {
        let zone = &screen.view.zone;
        Self {
            time: crate::domain::period::zoned(record.created_at_ms, zone).strftime("%-d %b %H:%M:%S").to_string(),
            machine_time: format::machine_time(record.created_at_ms, zone),
            method: record.method.as_ref().to_owned(),
            url: record.original_url.as_ref().to_owned(),
            href: request_link(screen, record.id),
            route: record.route.as_ref().to_owned(),
            route_href: route_link(screen, &record.route, None),
            status: Status::new(record.status),
            duration: duration_us(record.duration_us),
            is_slow: record.is_slow,
            user: record.user.as_ref().map(|user| UserLink {
                name: user.name.as_deref().unwrap_or(&user.id).to_owned(),
                href: user_link(screen, &user.id),
            }),
            failure: record.failure.map(super::request::failure_words),
        }
    }

    /// The rows of records.
    #[must_use]
    pub fn all(screen: &Screen, records: &[TrafficRecord]) -> Vec<Self> {
        records.iter().map(|record| Self::new(screen, record)).collect()
    }
}

impl Status {
    #[must_use]
    pub fn new(code: u16) -> Self {
        let class = match code / 100 {
            2 => "good",
            4 => "warn",
            5.. => "bad",
            _ => "",
        };
        Self { code, class }
    }
}

/// The address of one request's page.
#[must_use]
pub fn request_link(screen: &Screen, id: i64) -> String {
    asked::link(screen, "traffic/requests/request", &[("id", id.to_string())])
}

/// The address of one user's page.
#[must_use]
pub fn user_link(screen: &Screen, id: &str) -> String {
    asked::link(screen, "traffic/user", &[("id", id.to_owned())])
}

/// A duration in words.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a duration of 2^53 microseconds is 285 years")]
pub fn duration_us(duration: u64) -> String {
    format::duration_ms(Some(duration as f64 / 1_000.0))
}
