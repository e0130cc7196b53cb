//! One page view as the tracker tells it: the page, the way of the pointer, clicks, and how far it was read.

use serde_json::{Value, json};

use super::places::{self, Page, Place};
use super::random::Numbers;
use super::visitor::Device;

/// Points of one trail.
const TRAIL_POINTS: i64 = 12;
const MS_PER_POINT: i64 = 120;

/// Height of a page that nobody has measured, in screens.
const USUAL_SCREENS: i64 = 2;

/// Where a page is viewed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub device: Device,
    pub language: &'static str,
    /// Name by which the measured places know the page.
    pub kind: &'static str,
}

/// The events of one page view.
pub(super) struct PageView {
    stage: Stage,
    path: String,
    page: Option<&'static Page>,
    height: i64,
    session: String,
    /// Begins the ids of the events.
    id: String,
    events: Vec<Value>,
    /// Where the pointer is.
    pointer: (i64, i64),
    /// How far the page is scrolled.
    top: i64,
}

impl PageView {
    pub(super) fn new(stage: Stage, session: &str, path: &str, numbers: &mut Numbers) -> Self {
        let page = places::page(stage.device.screen, stage.kind);
        let height = page.map_or(stage.device.height * USUAL_SCREENS, |page| page.height.max(stage.device.height));
        let id = numbers.uuid().simple().to_string();
        let pointer = (stage.device.width / 2, stage.device.height / 3);
        let (session, path) = (session.to_owned(), path.to_owned());
        Self { stage, path, page, height, session, id, events: Vec::new(), pointer, top: 0 }
    }

    /// The view itself.
    pub(super) fn begin(&mut self, at_ms: i64, from: Option<&str>, meta: &Value) {
        let mut event = json!({"type": "pageview", "to": self.path});
        if let Some(from) = from {
            event["from"] = from.into();
        }
        self.push(at_ms, event, meta);
    }

    /// Somebody reads: the page moves up, to at most `share` per cent of what there is to scroll.
    pub(super) fn read(&mut self, at_ms: i64, share: i64) {
        let hidden = (self.height - self.stage.device.height).max(0);
        self.top = hidden * share.clamp(0, 100) / 100;
        let seen = (self.top + self.stage.device.height).min(self.height);
        #[expect(clippy::cast_precision_loss, reason = "pixels")]
        let depth = seen as f64 * 100.0 / self.height as f64;
        self.push_here(at_ms, json!({"type": "scroll", "scrollY": self.top, "scrollDepthPct": depth}));
    }

    /// The pointer goes to a point, not quite straight. Fingers leave no trail.
    fn go(&mut self, at_ms: i64, to: (i64, i64), numbers: &mut Numbers) {
        if self.stage.device.is_touch {
            return;
        }
        let from = self.pointer;
        let mut points = Vec::new();
        for step in 1..=TRAIL_POINTS {
            let bend = (TRAIL_POINTS - step) * numbers.between(-9, 10) / 3;
            let x = from.0 + (to.0 - from.0) * step / TRAIL_POINTS + bend;
            let y = from.1 + (to.1 - from.1) * step / TRAIL_POINTS + bend / 2;
            let (x, y) = (x.clamp(0, self.stage.device.width), y.clamp(0, self.height));
            points.push(json!({"x": x, "y": y, "tsOffset": (step - 1) * MS_PER_POINT}));
        }
        self.pointer = to;
        self.push_here(at_ms - TRAIL_POINTS * MS_PER_POINT, json!({"type": "move", "points": points}));
    }

    /// The pointer wanders over what can be seen.
    pub(super) fn wander(&mut self, at_ms: i64, numbers: &mut Numbers) {
        let Stage { device, .. } = self.stage;
        // Most of what there is to look at is in the middle, a little to the left.
        let x = numbers.between(0, device.width / 2) + numbers.between(0, device.width / 2) - device.width / 16;
        let y = self.top + numbers.between(0, device.height / 2) + numbers.between(0, device.height / 2);
        self.go(at_ms, (x.max(0), y.min(self.height)), numbers);
    }

    /// The element with an id, if the page has it on this screen.
    pub(super) fn place(&self, id: &str) -> Option<Place> {
        self.page?.place(id)
    }

    /// Somebody clicks on something, `times` times at the same spot.
    pub(super) fn click(&mut self, at_ms: i64, place: Place, times: i64, numbers: &mut Numbers) {
        let (x, y) = place.point(numbers);
        self.go(at_ms, (x, y), numbers);
        for time in 0..times {
            let click = json!({
                "type": "click", "x": x + time % 3, "y": y - time % 2, "selector": place.selector, "button": 0,
            });
            self.push_here(at_ms + time * 180, click);
        }
    }

    /// The page says something of its own.
    pub(super) fn say(&mut self, at_ms: i64, name: &str, props: &Value) {
        self.push_here(at_ms, json!({"type": "custom", "name": name, "props": props}));
    }

    /// The body in which the tracker sends all of it.
    pub(super) fn body(self, started_ms: i64, seen_ms: i64, user: Option<&Value>) -> String {
        let mut body = json!({
            "sdk": {"name": "hearth.js"},
            "session": {"id": self.session, "startedAt": started_ms, "lastSeenAt": seen_ms},
            "events": self.events,
        });
        if let Some(user) = user {
            body["user"] = user.clone();
        }
        body.to_string()
    }

    fn push_here(&mut self, at_ms: i64, event: Value) {
        let meta = json!({"renderHeight": self.height});
        self.push(at_ms, event, &meta);
    }

    fn push(&mut self, at_ms: i64, mut event: Value, meta: &Value) {
        let Stage { device, language, .. } = self.stage;
        event["eventId"] = format!("{}-{}", self.id, self.events.len() + 1).into();
        event["sessionId"] = self.session.as_str().into();
        event["ts"] = at_ms.into();
        event["path"] = self.path.as_str().into();
        event["viewport"] = json!({"w": device.width, "h": device.height, "dpr": device.dpr});
        event["device"] = json!({"platform": device.platform, "language": language});
        event["meta"] = meta.clone();
        self.events.push(event);
    }
}
