//! What a random installation goes through: batches, repeats and merges, then questions.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::questions::{self, Question};
use crate::payload::{NOW_MS, THEN_MS};

/// One random life of a project.
#[derive(Debug, Clone)]
pub struct Plan {
    pub steps: Vec<Step>,
    pub questions: Vec<Question>,
}

#[derive(Debug, Clone)]
pub enum Step {
    Send(SentBatch),
    /// One of the batches sent before, whole.
    SendAgain(Index),
    /// The tail of the heat index becomes pieces.
    Merge,
}

#[derive(Debug, Clone)]
pub struct SentBatch {
    pub session: &'static str,
    pub started_at: f64,
    pub last_seen_at: f64,
    pub events: Vec<SentEvent>,
}

#[derive(Debug, Clone)]
pub struct SentEvent {
    pub id: &'static str,
    pub ts: f64,
    pub path: &'static str,
    pub screen: Screen,
    pub told: Told,
}

/// What an event tells about its screen, and the bucket that makes it.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    pub w: f64,
    pub h: f64,
    /// `meta.viewportBucket`, if there is a meta.
    pub named: Option<&'static str>,
    pub bucket: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub enum Told {
    Click {
        x: f64,
        y: f64,
    },
    /// x, y and the offset in milliseconds of each point.
    Move(Vec<(f64, f64, f64)>),
    Scroll {
        depth: f64,
    },
    Pageview,
    Custom,
    /// Not stored if something was typed.
    Input {
        is_typed: bool,
    },
    Keyboard,
}

pub const SESSIONS: [&str; 4] = ["s1", "6c99614c-5951-4d33-9a17-aa82c5eb683d", "", "s/4 ?"];
pub const PATHS: [&str; 3] = ["/", "/shop?q=1", ""];
const EVENT_IDS: [&str; 6] = ["a", "b", "c", "", "6c99614c-5951-4d33-9a17-aa82c5eb683d", "f"];

pub const SCREENS: [Screen; 9] = [
    Screen { w: 1366.0, h: 768.0, named: None, bucket: Some("1400x800") },
    Screen { w: 390.0, h: 844.0, named: None, bucket: Some("400x800") },
    Screen { w: 1000.5, h: 650.0, named: None, bucket: Some("1000x700") },
    Screen { w: 49.0, h: 49.0, named: None, bucket: Some("0x0") },
    Screen { w: 0.0, h: 800.0, named: None, bucket: None },
    Screen { w: 1.0, h: -5.0, named: Some("0x10"), bucket: None },
    Screen { w: 1366.0, h: 768.0, named: Some("no bucket"), bucket: Some("1400x800") },
    Screen { w: 1366.0, h: 768.0, named: Some("1200x800x3"), bucket: Some("1200x800x3") },
    Screen { w: 0.0, h: 0.0, named: Some(" 12 x 5 "), bucket: Some(" 12 x 5 ") },
];

/// The viewport that a bucket's text means, if it means one.
pub fn viewport_of(bucket: &str) -> Option<(f64, f64)> {
    match bucket {
        "1400x800" => Some((1400.0, 800.0)),
        "400x800" => Some((400.0, 800.0)),
        "1000x700" => Some((1000.0, 700.0)),
        "1200x800x3" => Some((1200.0, 800.0)),
        " 12 x 5 " => Some((12.0, 5.0)),
        "0x0" | "nonsense" => None,
        other => panic!("{other:?} is in no table"),
    }
}

impl Told {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Click { .. } => "click",
            Self::Move(_) => "move",
            Self::Scroll { .. } => "scroll",
            Self::Pageview => "pageview",
            Self::Custom => "custom",
            Self::Input { .. } => "input",
            Self::Keyboard => "keyboard",
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Click { x, y } => json!({"x": x, "y": y}),
            Self::Move(points) => {
                let points: Vec<_> =
                    points.iter().map(|(x, y, offset)| json!({"x": x, "y": y, "tsOffset": offset})).collect();
                json!({"points": points})
            }
            Self::Scroll { depth } => json!({"scrollY": 3, "scrollDepthPct": depth}),
            Self::Pageview => json!({"to": "/next"}),
            Self::Custom => json!({"name": "n", "props": {"k": [1, null]}}),
            Self::Input { is_typed } => json!({"action": "blur", "masked": if *is_typed { "*a*" } else { "***" }}),
            Self::Keyboard => json!({"category": "system"}),
        }
    }
}

impl SentBatch {
    pub fn to_json(&self) -> Value {
        let events: Vec<_> = self.events.iter().map(SentEvent::to_json).collect();
        let session = json!({"id": self.session, "startedAt": self.started_at, "lastSeenAt": self.last_seen_at});
        json!({"session": session, "events": events})
    }
}

impl SentEvent {
    fn to_json(&self) -> Value {
        let mut event = json!({
            "type": self.told.kind(), "eventId": self.id, "sessionId": "ignored", "ts": self.ts, "path": self.path,
            "viewport": {"w": self.screen.w, "h": self.screen.h}, "device": {},
        });
        if let Some(named) = self.screen.named {
            event["meta"] = json!({"viewportBucket": named});
        }
        crate::payload::with(event, &self.told.to_json())
    }
}

pub fn plan() -> impl Strategy<Value = Plan> {
    let step = prop_oneof![
        6 => batch().prop_map(Step::Send),
        2 => any::<Index>().prop_map(Step::SendAgain),
        3 => Just(Step::Merge),
    ];
    (prop::collection::vec(step, 1..12), prop::collection::vec(questions::question(), 4..16))
        .prop_map(|(steps, questions)| Plan { steps, questions })
}

fn batch() -> impl Strategy<Value = SentBatch> {
    (select(&SESSIONS[..]), time(), time(), prop::collection::vec(event(), 1..10))
        .prop_map(|(session, started_at, last_seen_at, events)| SentBatch { session, started_at, last_seen_at, events })
}

fn event() -> impl Strategy<Value = SentEvent> {
    let screen = prop_oneof![select(&SCREENS[..2]), select(&SCREENS[..])];
    (select(&EVENT_IDS[..]), time(), select(&PATHS[..]), screen, told())
        .prop_map(|(id, ts, path, screen, told)| SentEvent { id, ts, path, screen, told })
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![
        4 => (place(), place()).prop_map(|(x, y)| Told::Click { x, y }),
        4 => prop::collection::vec((place(), place(), offset()), 0..12).prop_map(Told::Move),
        2 => prop_oneof![-10.0..10_500.0, select(&[0.0, 100.0, 100.5, 1e300][..])].prop_map(|depth| Told::Scroll { depth }),
        1 => Just(Told::Pageview),
        1 => Just(Told::Custom),
        1 => any::<bool>().prop_map(|is_typed| Told::Input { is_typed }),
        1 => Just(Told::Keyboard),
    ]
}

/// A time: mostly of the last hours, often the same, sometimes absurd.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of the present fit a double")]
pub fn time() -> impl Strategy<Value = f64> {
    let then = THEN_MS as f64;
    prop_oneof![
        6 => (0..7_200_000_i32).prop_map(move |ms| then - f64::from(ms)),
        3 => (0..4_i32).prop_map(move |minutes| then - f64::from(minutes) * 60_000.0),
        2 => (0..100_000_i32).prop_map(move |eighths| then - f64::from(eighths) / 8.0),
        1 => select(&[0.0, -1.5, -0.4, 3_600_000.0, NOW_MS as f64, NOW_MS as f64 + 1e6, 9_007_199_254_740_992.0, -1e15, 1e18, 1e300, -1e300][..]),
    ]
}

/// A coordinate: mostly on a page, sometimes beside it, sometimes absurd.
fn place() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => (-50..3_000_i32).prop_map(f64::from),
        3 => -20.0..2_000.0_f64,
        1 => select(&[0.0, -0.0, -0.5, 0.5, 2.5, -2.5, 0.499_999_999_999_999_94, 1e9, -1e9, 1e300][..]),
    ]
}

fn offset() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => (0..5_000_i32).prop_map(f64::from),
        2 => (-9_000_000..9_000_000_i32).prop_map(f64::from),
        1 => -100.0..100.0_f64,
        1 => select(&[0.0, 0.1, 9_007_199_254_740_992.0, 1e15, -1e15, 1e300][..]),
    ]
}
