//! The payload as it is on the wire.
//!
//! Two ways lead here. Bodies as browsers write them are read in one pass that borrows from the body
//! ([`read`]). Whatever that pass does not take, and everything that is wrong, goes through a tree of
//! JavaScript values (`js::json`), is checked word by word (`schema`), and arrives by [`from_value`]. The
//! first way must accept nothing that the second would refuse; it may give up whenever it likes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::js::json::{Object, Value, stringify};

/// A whole request.
#[derive(Debug, Deserialize)]
pub struct Payload<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    pub sdk: Option<Plain<Client<'a>>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub app: Option<Plain<Client<'a>>>,
    #[serde(borrow)]
    pub session: Plain<Session<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub user: Option<Plain<User<'a>>>,
    #[serde(borrow)]
    pub events: Vec<Plain<Event<'a>>>,
}

/// Who sends: the SDK, or the app that uses it.
#[derive(Debug, Deserialize)]
pub struct Client<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    pub name: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub version: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub env: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(default, deserialize_with = "present")]
    pub started_at: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    pub last_seen_at: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub struct User<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub traits: Option<Json<'a>>,
}

/// One event, with the fields of every type: which must be there is the decoder's to know.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub event_id: Text<'a>,
    /// Must be there and is ignored: rows take the session of the payload.
    #[serde(borrow)]
    #[expect(dead_code, reason = "its presence is what is checked")]
    session_id: Text<'a>,
    pub ts: f64,
    #[serde(borrow)]
    pub path: Text<'a>,
    #[serde(borrow)]
    pub viewport: Json<'a>,
    #[serde(borrow)]
    pub device: Json<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub meta: Option<Json<'a>>,
    #[serde(default, deserialize_with = "present")]
    pub x: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    pub y: Option<f64>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub selector: Option<Text<'a>>,
    #[serde(default, deserialize_with = "present")]
    pub button: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    pub points: Option<Vec<Plain<Point>>>,
    #[serde(default, deserialize_with = "present")]
    pub scroll_y: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    pub scroll_depth_pct: Option<f64>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub from: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub to: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub name: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub props: Option<Json<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub action: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub input_type: Option<Text<'a>>,
    #[serde(default, deserialize_with = "present")]
    pub length: Option<f64>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub masked: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub category: Option<Text<'a>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    pub x: f64,
    pub y: f64,
    pub ts_offset: f64,
}

/// Reads a body as browsers write it; nothing if it takes the other way.
#[must_use]
pub fn read(body: &str) -> Option<Payload<'_>> {
    serde_json::from_str::<Plain<Payload<'_>>>(body).ok().map(|payload| payload.0)
}

/// Takes a payload that `schema::check` has found valid, with the events that `keep` wants.
///
/// Nothing if it is not valid after all.
#[must_use]
pub fn from_value(payload: &Value, keep: impl Fn(usize) -> bool) -> Option<Payload<'_>> {
    let payload = payload.as_object()?;
    let client = |key| {
        payload.get(key).and_then(Value::as_object).map(|client| {
            Plain(Client { name: text(client, "name"), version: text(client, "version"), env: text(client, "env") })
        })
    };
    let session = payload.get("session")?.as_object()?;
    let user = payload.get("user").and_then(Value::as_object);
    let events = payload.get("events")?.as_array()?.iter().enumerate().filter(|(at, _)| keep(*at));
    Some(Payload {
        sdk: client("sdk"),
        app: client("app"),
        session: Plain(Session {
            id: text(session, "id")?,
            started_at: number(session, "startedAt"),
            last_seen_at: number(session, "lastSeenAt"),
        }),
        user: match user {
            Some(user) => Some(Plain(User { id: text(user, "id")?, traits: json(user, "traits") })),
            None => None,
        },
        events: events.map(|(_, event)| event_from_value(event)).collect::<Option<_>>()?,
    })
}

fn event_from_value(event: &Value) -> Option<Plain<Event<'_>>> {
    let event = event.as_object()?;
    let points = event.get("points").and_then(Value::as_array).map(|points| {
        points
            .iter()
            .filter_map(|point| {
                let point = point.as_object()?;
                Some(Plain(Point {
                    x: number(point, "x")?,
                    y: number(point, "y")?,
                    ts_offset: number(point, "tsOffset")?,
                }))
            })
            .collect()
    });
    Some(Plain(Event {
        kind: text(event, "type")?,
        event_id: text(event, "eventId")?,
        session_id: text(event, "sessionId")?,
        ts: number(event, "ts")?,
        path: text(event, "path")?,
        viewport: json(event, "viewport")?,
        device: json(event, "device")?,
        meta: json(event, "meta"),
        x: number(event, "x"),
        y: number(event, "y"),
        selector: text(event, "selector"),
        button: number(event, "button"),
        points,
        scroll_y: number(event, "scrollY"),
        scroll_depth_pct: number(event, "scrollDepthPct"),
        from: text(event, "from"),
        to: text(event, "to"),
        name: text(event, "name"),
        props: json(event, "props"),
        action: text(event, "action"),
        input_type: text(event, "inputType"),
        length: number(event, "length"),
        masked: text(event, "masked"),
        category: text(event, "category"),
    }))
}

fn text<'a>(object: &'a Object, key: &str) -> Option<Text<'a>> {
    object.get(key).and_then(Value::as_str).map(|text| Text(Cow::Borrowed(text)))
}

fn number(object: &Object, key: &str) -> Option<f64> {
    object.get(key).and_then(Value::as_number)
}

fn json<'a>(object: &Object, key: &str) -> Option<Json<'a>> {
    object.get(key).map(|value| Json(Cow::Owned(stringify(value))))
}

/// Text, borrowed from the body where it has no escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for TextVisitor<'a> {
            type Value = Text<'a>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

/// JSON that is parsed later, if at all: the same text stands in event after event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(|raw| Json(Cow::Borrowed(raw.get())))
    }
}

/// A structure that is an object on the wire; serde would take an array of its fields as well.
#[derive(Debug, Clone, Copy)]
pub struct Plain<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Plain<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Plain<T>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Plain<T>, M::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Plain)
            }
        }
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// An optional field that may be absent but not null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
