//! When an event happened, as far as its client is believed (datalyr.md 7.2).

use serde_json::value::RawValue;

use super::time::instant_ms;
use crate::config::Datalyr;

/// 2000-01-01T00:00:00Z: no SDK is older, so what is dated before is a clock that was never set.
const EARLIEST_MS: i64 = 946_684_800_000;

/// Longest timestamp that is kept as it came, in characters of JSON.
const MAX_CLIENT_TIME_CHARS: usize = 64;

/// By what the clock of a request's sender is judged.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "names carry their unit")]
pub(super) struct ClientClock {
    received_at_ms: i64,
    max_skew_ms: i64,
    /// What is added to the times of this request.
    pub shift_ms: i64,
}

/// When an event happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EventTime {
    pub time_ms: i64,
    /// The client's timestamp as JSON text, where `time_ms` is not what it says.
    pub client: Option<Box<str>>,
    /// Whether these two tell all that the client said.
    pub is_complete: bool,
}

impl ClientClock {
    /// A clock that is believed as far as the configuration allows.
    pub(super) fn new(rules: &Datalyr, received_at_ms: i64) -> Self {
        let max_skew_ms = i64::try_from(rules.max_clock_skew.as_millis()).unwrap_or(i64::MAX);
        Self { received_at_ms, max_skew_ms, shift_ms: 0 }
    }

    /// The same for a batch that says when it was sent: what its clock is wrong by is taken out of its events' times, if
    /// it is much. Events that waited in a queue keep their age.
    pub(super) fn sent_at(self, sent: Option<&RawValue>) -> Self {
        let skew_ms = sent.and_then(instant_ms).map_or(0, |sent_ms| self.received_at_ms.saturating_sub(sent_ms));
        let is_wrong = skew_ms.saturating_abs() > self.max_skew_ms;
        Self { shift_ms: if is_wrong { skew_ms } else { 0 }, ..self }
    }

    /// Judges an event's own timestamp.
    pub(super) fn judge(&self, stamp: Option<&RawValue>) -> EventTime {
        let Some(stamp) = stamp.filter(|stamp| stamp.get() != "null") else {
            return EventTime { time_ms: self.received_at_ms, client: None, is_complete: true };
        };
        let said_ms = instant_ms(stamp);
        let time_ms = said_ms.map_or(self.received_at_ms, |said_ms| self.clamp(said_ms.saturating_add(self.shift_ms)));
        if said_ms == Some(time_ms) {
            return EventTime { time_ms, client: None, is_complete: true };
        }
        let json = stamp.get();
        let is_complete = json.chars().nth(MAX_CLIENT_TIME_CHARS).is_none();
        let client = if is_complete { json.into() } else { beginning(json) };
        EventTime { time_ms, client: Some(client), is_complete }
    }

    fn clamp(&self, time_ms: i64) -> i64 {
        let latest_ms = self.received_at_ms.saturating_add(self.max_skew_ms);
        if (EARLIEST_MS..=latest_ms).contains(&time_ms) { time_ms } else { self.received_at_ms }
    }
}

/// The beginning of a long JSON text, as a JSON text: without what would need an escape.
fn beginning(json: &str) -> Box<str> {
    let letters = json.chars().filter(|letter| !letter.is_control() && !matches!(letter, '"' | '\\'));
    let mut text = String::from("\"");
    text.extend(letters.take(MAX_CLIENT_TIME_CHARS - 2));
    text.push('"');
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_000_000_000; // 2026-11-18T11:06:40Z
    const CLOCK: ClientClock = ClientClock { received_at_ms: NOW_MS, max_skew_ms: 300_000, shift_ms: 0 };

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn judged(clock: ClientClock, json: &str) -> (i64, Option<String>) {
        let time = clock.judge(Some(&raw(json)));
        (time.time_ms - NOW_MS, time.client.map(String::from))
    }

    #[test]
    fn what_is_sensible_is_believed() {
        for (json, ago_ms) in [
            ("1795000000000", 0),
            ("1795000300000", 300_000),
            (r#""2026-11-18T11:06:40.001Z""#, 1),
            (r#""2026-11-18T13:06:40+0200""#, 0),
            (r#""2026-11-08T11:06:40Z""#, -864_000_000),
            (r#""2000-01-01T00:00:00Z""#, EARLIEST_MS - NOW_MS),
        ] {
            assert_eq!(judged(CLOCK, json), (ago_ms, None), "{json}");
        }
    }

    #[test]
    fn what_is_not_becomes_the_time_of_receipt_and_stays_beside_it() {
        for json in [
            "1795000300001",
            "0",
            "999999999999",
            "-9223372036854775808",
            "1e400",
            "true",
            "{}",
            r#""""#,
            r#""not a date""#,
            r#""2099-01-01T00:00:00.000Z""#,
            r#""+275760-09-13T00:00:00.000Z""#,
            r#""1970-01-01T00:00:00.000Z""#,
            r#""1999-12-31T23:59:59.999Z""#,
            r#""2569-11-18T11:06:40.000+0000""#,
        ] {
            assert_eq!(judged(CLOCK, json), (0, Some(json.to_owned())), "{json}");
        }
        let nothing = EventTime { time_ms: NOW_MS, client: None, is_complete: true };
        assert_eq!(CLOCK.judge(None), nothing);
        assert_eq!(CLOCK.judge(Some(&raw("null"))), nothing);
    }

    #[test]
    fn a_long_timestamp_is_cut_to_json_that_is_still_read() {
        let long = format!("\"\\n\\\"{}\"", "(".repeat(500));
        let time = CLOCK.judge(Some(&raw(&long)));
        assert!(!time.is_complete);
        let client = time.client.unwrap();
        assert_eq!(client.chars().count(), 64);
        assert!(serde_json::from_str::<String>(&client).unwrap().starts_with("n((("));
    }

    #[test]
    fn a_batch_with_a_wrong_clock_is_shifted_as_a_whole() {
        let hour_behind = CLOCK.sent_at(Some(&raw("1794996400000")));
        let client = r#""2026-11-18T10:00:00.000Z""#;
        assert_eq!(judged(hour_behind, client), (-400_000, Some(client.to_owned())));
        let day_ahead = CLOCK.sent_at(Some(&raw(r#""2026-11-19T11:06:40Z""#)));
        assert_eq!(judged(day_ahead, "1795086399000"), (-1000, Some("1795086399000".to_owned())));
        let never_set = CLOCK.sent_at(Some(&raw(r#""1970-01-01T00:01:00Z""#)));
        assert_eq!(judged(never_set, "\"1970-01-01T00:00:50Z\"").0, -10_000);
        // A wrong event in a batch that is right is not.
        assert_eq!(judged(CLOCK.sent_at(Some(&raw("1795000300000"))), "1794999999999"), (-1, None));
        for sent in ["null", "{}", "\"x\"", "1e400"] {
            assert_eq!(judged(CLOCK.sent_at(Some(&raw(sent))), "1794999999999"), (-1, None), "{sent}");
        }
        for sent in ["9223372036854775807", "-9223372036854775808"] {
            let _ = judged(CLOCK.sent_at(Some(&raw(sent))), "9223372036854775807");
        }
    }
}
