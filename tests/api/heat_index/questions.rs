//! Questions, how they are asked, and the part of the answer that a model can know.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::plan::{PATHS, SESSIONS, time};
use crate::client::{Answer, Request};
use crate::installation::Project;
use crate::payload::NOW_MS;

#[derive(Debug, Clone)]
pub enum Question {
    Heatmap {
        path: Option<&'static str>,
        kind: Option<&'static str>,
        range: Range,
        resolution: u32,
        bucket: Option<&'static str>,
        mode: &'static str,
    },
    Events {
        path: Option<&'static str>,
        kind: Option<&'static str>,
        range: Range,
        page: Page,
    },
    Sessions {
        path: Option<&'static str>,
        range: Range,
        page: Page,
    },
    Session {
        id: &'static str,
        kind: Option<&'static str>,
        page: Page,
    },
    OwnEvents {
        path: Option<&'static str>,
        kind: Option<&'static str>,
        range: Range,
    },
    Totals {
        range: Range,
    },
}

/// Times as asked for, both inclusive.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub from: Option<f64>,
    pub to: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
pub struct Page {
    pub limit: usize,
    pub offset: usize,
}

pub const KINDS: [&str; 7] = ["click", "move", "scroll", "pageview", "custom", "input", "keyboard"];

/// Fields of rows and sessions that a model knows; ids and clocks it does not.
const ROW: [&str; 7] = ["sessionId", "type", "ts", "path", "x", "y", "scrollDepth"];
const SESSION: [&str; 5] = ["sessionId", "startedAt", "lastSeenAt", "firstPath", "eventCount"];
const OWN_EVENT: [&str; 4] = ["event_id", "session_id", "type", "ts"];
const MAP: [&str; 8] =
    ["viewport", "renderHeight", "total", "plotted", "ignored", "resolvedType", "bucket", "typeBreakdown"];

impl Question {
    /// The question to `project`.
    pub fn request(&self, project: &Project) -> Request {
        let mut query = Query(Vec::new());
        let place = match self {
            Self::Heatmap { path, kind, range, resolution, bucket, mode } => {
                query.path(*path).kind(*kind).range(*range);
                query.add("resolution", resolution).add("viewportMode", mode);
                if let Some(bucket) = bucket {
                    query.add("viewportBucket", escape(bucket));
                }
                format!("/api/projects/{}/heatmap", project.id)
            }
            Self::Events { path, kind, range, page } => {
                query.path(*path).kind(*kind).range(*range).page(*page);
                format!("/api/projects/{}/events", project.id)
            }
            Self::Sessions { path, range, page } => {
                query.path(*path).range(*range).page(*page);
                format!("/api/projects/{}/sessions", project.id)
            }
            Self::Session { id, kind, page } => {
                query.kind(*kind).page(*page);
                format!("/api/sessions/{}", escape(id))
            }
            Self::OwnEvents { path, kind, range } => {
                query.path(*path).kind(*kind).range(*range).add("limit", 1_000);
                format!("/api/v1/projects/{}/events", project.id)
            }
            Self::Totals { range } => {
                query.range(*range);
                format!("/api/v1/projects/{}/totals", project.id)
            }
        };
        Request::get(format!("{place}?{}", query.0.join("&"))).bearer(&project.token)
    }

    /// What the answer tells, in the form in which the model answers.
    pub fn told(&self, answer: &Answer) -> Value {
        let body = answer.json();
        let total = || answer.header("x-hearth-total").unwrap().parse::<f64>().unwrap();
        let told = match self {
            Self::Heatmap { .. } => json!({"points": body["points"], "meta": pick(&body["meta"], &MAP)}),
            Self::Events { .. } | Self::Session { .. } => {
                json!({"rows": pick_all(&body["events"], &ROW), "total": total()})
            }
            Self::Sessions { .. } => json!({"sessions": pick_all(&body["sessions"], &SESSION), "total": total()}),
            Self::OwnEvents { .. } => pick_all(&body["events"], &OWN_EVENT),
            Self::Totals { .. } => json!({"rows": body["rows"], "sessions": body["sessions"]}),
        };
        as_doubles(told)
    }
}

/// `value` with every number as a double, so that `1` and `1.0` are the same.
pub fn as_doubles(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(as_doubles).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, as_doubles(value))).collect(),
        other => other,
    }
}

fn pick(object: &Value, keys: &[&str]) -> Value {
    keys.iter().map(|key| ((*key).to_owned(), object[*key].clone())).collect()
}

fn pick_all(list: &Value, keys: &[&str]) -> Value {
    list.as_array().unwrap().iter().map(|item| pick(item, keys)).collect()
}

struct Query(Vec<String>);

impl Query {
    fn add(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        self.0.push(format!("{name}={value}"));
        self
    }

    fn path(&mut self, path: Option<&str>) -> &mut Self {
        if let Some(path) = path {
            self.add("path", escape(path));
        }
        self
    }

    fn kind(&mut self, kind: Option<&str>) -> &mut Self {
        if let Some(kind) = kind {
            self.add("type", kind);
        }
        self
    }

    fn range(&mut self, range: Range) -> &mut Self {
        for (name, bound) in [("from", range.from), ("to", range.to)] {
            if let Some(bound) = bound {
                self.add(name, format!("{bound:?}"));
            }
        }
        self
    }

    fn page(&mut self, page: Page) -> &mut Self {
        self.add("limit", page.limit).add("offset", page.offset)
    }
}

/// `text` with everything but letters and digits percent-encoded.
fn escape(text: &str) -> String {
    let escape =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") };
    text.bytes().map(escape).collect()
}

pub fn question() -> impl Strategy<Value = Question> {
    // An empty parameter means none, so the empty path cannot be asked for.
    let path = || prop::option::of(select(&PATHS[..2]));
    let kind = || prop::option::of(select(&KINDS[..]));
    let page = || (1..30_usize, 0..20_usize).prop_map(|(limit, offset)| Page { limit, offset });
    let bucket = prop::option::weighted(0.3, select(&["400x800", "1000x700", "nonsense"][..]));
    let map_kind = prop_oneof![2 => Just(None), 2 => Just(Some("all")), 5 => select(&KINDS[..]).prop_map(Some)];
    let mode = select(&["mix", "mix", "filter", "scale"][..]);
    let map = (path(), map_kind, range(), select(&[8_u32, 10, 97, 1024][..]), bucket, mode);
    prop_oneof![
        4 => map.prop_map(|(path, kind, range, resolution, bucket, mode)| {
            // A range that begins in the future and has no end is refused.
            let from = range.from.filter(|from| range.to.is_some() || *from <= as_f64(NOW_MS));
            let to = range.to.filter(|to| range.from.is_some() || *to >= 0.0);
            Question::Heatmap { path, kind, range: Range { from, to }, resolution, bucket, mode }
        }),
        2 => (path(), kind(), range(), page()).prop_map(|(path, kind, range, page)| Question::Events { path, kind, range, page }),
        1 => (path(), range(), page()).prop_map(|(path, range, page)| Question::Sessions { path, range, page }),
        1 => (select(&SESSIONS_WITH_A_NAME[..]), kind(), page()).prop_map(|(id, kind, page)| Question::Session { id, kind, page }),
        1 => (path(), kind(), range()).prop_map(|(path, kind, range)| Question::OwnEvents { path, kind, range }),
        1 => range().prop_map(|range| Question::Totals { range }),
    ]
}

/// The session without a name has no path of its own.
const SESSIONS_WITH_A_NAME: [&str; 3] = [SESSIONS[0], SESSIONS[1], SESSIONS[3]];

fn range() -> impl Strategy<Value = Range> {
    (prop::option::weighted(0.6, time()), prop::option::weighted(0.6, time())).prop_map(|bounds| match bounds {
        (Some(from), Some(to)) => Range { from: Some(from.min(to)), to: Some(from.max(to)) },
        (from, to) => Range { from, to },
    })
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of the present fit a double")]
pub fn as_f64(ms: i64) -> f64 {
    ms as f64
}
