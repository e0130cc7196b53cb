//! The messages of `/live`, version 1 (docs/live.md).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::filter::{BadFilter, Filter, FilterWords};
use crate::live::event::json;

/// What a watcher says.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// From now on these, and nothing else.
    Subscribe(Filter),
    /// Are you there?
    Ping,
    /// I am.
    Pong,
}

/// Why a message is not understood; a closed set, each with a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadMessage {
    /// No JSON, no object, no known `type`, or a member that its type does not have.
    Message,
    /// A member of `subscribe` has a value it may not have.
    Filter(&'static str),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum SaidWords {
    Subscribe(FilterWords),
    Ping {},
    Pong {},
}

/// What the server says, beside events.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Told {
    Hello {
        protocol: u8,
        /// Absent: every project.
        project: Option<Uuid>,
        heartbeat_s: u64,
    },
    Subscribed,
    Skipped {
        count: u64,
    },
    Ping,
    Pong,
    Error {
        code: &'static str,
        message: String,
    },
}

impl Said {
    /// Understands a message.
    pub fn of(text: &str) -> Result<Self, BadMessage> {
        match serde_json::from_str(text).map_err(|_| BadMessage::Message)? {
            SaidWords::Subscribe(words) => match Filter::of(words) {
                Ok(filter) => Ok(Self::Subscribe(filter)),
                Err(BadFilter(member)) => Err(BadMessage::Filter(member)),
            },
            SaidWords::Ping {} => Ok(Self::Ping),
            SaidWords::Pong {} => Ok(Self::Pong),
        }
    }
}

impl Told {
    /// As it is sent.
    #[must_use]
    pub fn text(&self) -> String {
        json(self)
    }
}

impl BadMessage {
    /// How the watcher is told.
    #[must_use]
    pub fn told(self) -> Told {
        match self {
            Self::Message => Told::Error {
                code: "invalid_message",
                message: "Send a JSON object of type subscribe, ping or pong.".to_owned(),
            },
            Self::Filter(member) => Told::Error {
                code: "invalid_filter",
                message: format!("The member {member} of subscribe has a value it may not have."),
            },
        }
    }
}

/// Puts events into one message, as they come.
#[derive(Debug)]
pub struct EventsText(String);

impl EventsText {
    const BEGIN: &'static str = "{\"type\":\"events\",\"events\":[";

    #[must_use]
    pub fn new() -> Self {
        Self(Self::BEGIN.to_owned())
    }

    /// Adds the JSON of one event.
    pub fn push(&mut self, event: &str) {
        if self.0.len() > Self::BEGIN.len() {
            self.0.push(',');
        }
        self.0.push_str(event);
    }

    /// The message; nothing if it has no events.
    #[must_use]
    pub fn text(mut self) -> Option<String> {
        if self.0.len() == Self::BEGIN.len() {
            return None;
        }
        self.0.push_str("]}");
        Some(self.0)
    }
}

impl Default for EventsText {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        assert_eq!(Said::of(r#"{"type":"ping"}"#), Ok(Said::Ping));
        assert_eq!(Said::of(r#" {"type":"pong"} "#), Ok(Said::Pong));
        assert_eq!(Said::of(r#"{"type":"subscribe"}"#), Ok(Said::Subscribe(Filter::default())));
        assert!(matches!(Said::of(r#"{"slow":true,"type":"subscribe","kinds":["request"]}"#), Ok(Said::Subscribe(_))));
    }

    #[test]
    fn what_is_not_understood_has_a_code() {
        let nested = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
        for text in [
            "",
            "null",
            "[]",
            "\"ping\"",
            "{}",
            r#"{"type":"PING"}"#,
            r#"{"type":1}"#,
            r#"{"type":"subscribe","kinds":"click"}"#,
            r#"{"type":"subscribe","kinds":[1]}"#,
            r#"{"type":"subscribe","colour":"red"}"#,
            r#"{"type":"subscribe","slow":"yes"}"#,
            r#"{"type":"ping"} x"#,
            "{\"type\":\"ping\"",
            "\u{0}",
            &nested,
        ] {
            assert_eq!(Said::of(text), Err(BadMessage::Message), "{text:.40}");
        }
        assert_eq!(Said::of(r#"{"type":"subscribe","status":"9xx"}"#), Err(BadMessage::Filter("status")));
    }

    #[test]
    fn events_become_one_message() {
        let mut events = EventsText::new();
        events.push(r#"{"a":1}"#);
        events.push(r#"{"a":2}"#);
        let message: Value = serde_json::from_str(&events.text().unwrap()).unwrap();
        assert_eq!(message, json!({"type": "events", "events": [{"a": 1}, {"a": 2}]}));
        assert_eq!(EventsText::new().text(), None);
    }

    #[test]
    fn what_is_told_names_its_type() {
        let hello = Told::Hello { protocol: 1, project: None, heartbeat_s: 15 }.text();
        let expected = json!({"type": "hello", "protocol": 1, "project": null, "heartbeat_s": 15});
        assert_eq!(serde_json::from_str::<Value>(&hello).unwrap(), expected);
        assert_eq!(Told::Subscribed.text(), r#"{"type":"subscribed"}"#);
        assert_eq!(Told::Skipped { count: 3 }.text(), r#"{"type":"skipped","count":3}"#);
    }
}
