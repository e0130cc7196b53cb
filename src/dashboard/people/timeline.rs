//! What a person did, in one order of time: a row of text for each item, whoever told it.

use jiff::tz::TimeZone;

use crate::dashboard::{format, money};
use crate::query::track::events_described::Describer;
use crate::query::track::person_timeline::{HeatVisit, Item};
use crate::store::StoreError;

/// Longest properties that are shown, in characters.
const MAX_PROPERTIES_CHARS: usize = 400;

/// A row.
#[derive(Debug, Clone)]
pub struct TimelineRow {
    pub time: String,
    pub machine_time: String,
    /// `Event`, `Visit` or `Request`.
    pub kind: &'static str,
    pub title: String,
    /// Where more of it is.
    pub href: Option<String>,
    pub detail: String,
    pub is_bad: bool,
}

impl TimelineRow {
    /// A row of the project whose pages are below `base`.
    pub fn new(base: &str, zone: &TimeZone, item: Item, describer: &mut Describer<'_>) -> Result<Self, StoreError> {
        Ok(match item {
            Item::Event(event) => {
                let event = describer.describe(*event)?;
                let amount =
                    event.revenue.as_ref().and_then(|paid| Some(money::amount(paid.micros?.into(), &paid.currency)));
                let details = [amount, Some(properties(&event.stored.properties))];
                let details: Vec<_> = details.into_iter().flatten().filter(|text| !text.is_empty()).collect();
                Self {
                    href: Some(format!("{base}/events/event?name={}", encoded(&event.name))),
                    title: event.name.to_string(),
                    detail: details.join(" · "),
                    ..Self::at(event.stored.time_ms, zone, "Event")
                }
            }
            Item::HeatSession(visit) => Self::visit(base, zone, &visit),
            Item::Request(record) => {
                #[expect(clippy::cast_precision_loss, reason = "durations fit")]
                let duration = format::duration_ms(Some(record.duration_us as f64 / 1_000.0));
                Self {
                    href: Some(format!("{base}/traffic/requests/request?id={}", record.id)),
                    title: format!("{} {}", record.method, record.route),
                    detail: format!("{} · {duration}", record.status),
                    is_bad: record.status >= 400,
                    ..Self::at(record.created_at_ms, zone, "Request")
                }
            }
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "browsers' times are checked when they come in")]
    fn visit(base: &str, zone: &TimeZone, visit: &HeatVisit) -> Self {
        let span = format::span_ms((visit.last_seen_at - visit.started_at) as i64);
        let id = visit.external_id.to_string();
        Self {
            href: Some(format!("{base}/sessions/session?id={}", encoded(&id))),
            title: format!("Visit, from {}", visit.first_path),
            detail: format!("{} events in {span}", format::count(visit.row_count)),
            ..Self::at(visit.started_at as i64, zone, "Visit")
        }
    }

    fn at(time_ms: i64, zone: &TimeZone, kind: &'static str) -> Self {
        Self {
            time: format::moment(time_ms, zone),
            machine_time: format::machine_time(time_ms, zone),
            kind,
            title: String::new(),
            href: None,
            detail: String::new(),
            is_bad: false,
        }
    }
}

/// Properties as they were sent, cut where they are long; nothing for none.
fn properties(json: &str) -> String {
    if json.trim() == "{}" {
        return String::new();
    }
    let mut characters = json.chars();
    let mut text: String = characters.by_ref().take(MAX_PROPERTIES_CHARS).collect();
    if characters.next().is_some() {
        text.push('…');
    }
    text
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_properties_are_cut_between_characters() {
        assert_eq!(properties("{}"), "");
        assert_eq!(properties(r#"{"plan":"pro"}"#), r#"{"plan":"pro"}"#);
        let long = "ä".repeat(MAX_PROPERTIES_CHARS + 1);
        assert_eq!(properties(&long).chars().count(), MAX_PROPERTIES_CHARS + 1);
    }
}
