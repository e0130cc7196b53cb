//! From a body's text to what the store keeps.

use super::context::Contexts;
use super::issues::Details;
use super::page_path::PagePaths;
use super::schema;
use super::wire::{self, Event, Json, Payload, Plain, Text};
use crate::config::{Heat, Privacy};
use crate::domain::heat::{Detail, HeatEvent, Kind, Place, TrailPoint};
use crate::domain::id::ClientId;
use crate::domain::text::{TextRef, Texts};
use crate::js::json::{Limits, Object, Value, parse, stringify};
use crate::js::number::round;

/// What the owner decided about payloads.
#[derive(Debug, Clone)]
pub struct DecodeRules {
    pub limits: Limits,
    pub max_events: usize,
    /// Keep the valid events of a batch that has others.
    pub salvage: bool,
    pub deep_clean_meta: bool,
    pub paths: PagePaths,
}

impl DecodeRules {
    #[must_use]
    pub fn new(heat: &Heat, privacy: &Privacy) -> Self {
        // The original took what its stack allowed; 1,000 levels are far more than anybody sends.
        let max_depth = if heat.strict_json { heat.max_json_depth } else { 1_000 };
        Self {
            limits: Limits { max_depth, allow_infinite: !heat.strict_json },
            max_events: heat.max_events,
            salvage: heat.salvage_invalid_events,
            deep_clean_meta: privacy.deep_clean_meta,
            paths: PagePaths::new(privacy),
        }
    }

    /// The limits of a part of a body that stands inside so many levels.
    fn limits_inside(&self, levels: usize) -> Limits {
        Limits { max_depth: self.limits.max_depth.saturating_sub(levels), ..self.limits }
    }
}

/// Levels around what an event says as an object: the payload, the list, the event.
const EVENT_LEVELS: usize = 3;

/// Levels around a user's traits: the payload, the user.
const USER_LEVELS: usize = 2;

/// A payload, understood.
#[derive(Debug)]
pub struct Decoded {
    pub session_id: String,
    pub started_at: Option<f64>,
    pub last_seen_at: Option<f64>,
    pub user: Option<DecodedUser>,
    pub texts: Texts,
    /// Path of the first event.
    pub first_path: TextRef,
    pub device_json: TextRef,
    pub device_ua: Option<TextRef>,
    pub client_json: Option<TextRef>,
    pub events: Vec<HeatEvent>,
    /// Events in the payload, including those that are not stored.
    pub event_count: usize,
    /// Invalid events left out; always 0 unless the owner chose to salvage.
    pub rejected_count: usize,
}

/// The user a payload names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedUser {
    pub id: String,
    pub traits_json: Option<String>,
}

/// Why a body is refused.
#[derive(Debug, PartialEq)]
pub enum DecodeRefusal {
    InvalidJson,
    InvalidPayload(Details),
    TooManyEvents,
}

/// Understands a body.
pub fn decode(body: &str, rules: &DecodeRules) -> Result<Decoded, DecodeRefusal> {
    if let Some(payload) = wire::read(body)
        && payload.events.len() <= rules.max_events
        && let Some(decoded) = take(&payload, rules)
    {
        return Ok(decoded);
    }
    decode_value(&parse(body, rules.limits).map_err(|_| DecodeRefusal::InvalidJson)?, rules)
}

/// Understands a body that is no JSON: to the original it was an empty object.
pub fn decode_absent(rules: &DecodeRules) -> Result<Decoded, DecodeRefusal> {
    decode_value(&Value::Object(Object::from_entries(Vec::new())), rules)
}

fn decode_value(value: &Value, rules: &DecodeRules) -> Result<Decoded, DecodeRefusal> {
    if !matches!(value, Value::Object(_) | Value::Array(_)) {
        return Err(DecodeRefusal::InvalidJson);
    }
    let report = schema::check(value);
    let refused = report.refused_events().len();
    let salvageable = rules.salvage && report.envelope_is_valid() && refused < report.event_count();
    if !report.is_valid() && !salvageable {
        return Err(DecodeRefusal::InvalidPayload(report.details()));
    }
    if report.event_count() > rules.max_events {
        return Err(DecodeRefusal::TooManyEvents);
    }
    let decoded = wire::from_value(value, |at| report.event_is_valid(at)).and_then(|payload| take(&payload, rules));
    let mut decoded = decoded.ok_or(DecodeRefusal::InvalidJson)?;
    decoded.event_count = report.event_count();
    decoded.rejected_count = refused;
    Ok(decoded)
}

/// Takes over a payload; nothing if something about it is not as the schema demands.
fn take(payload: &Payload<'_>, rules: &DecodeRules) -> Option<Decoded> {
    let mut texts = Texts::default();
    let mut contexts = Contexts::new(rules.limits_inside(EVENT_LEVELS), rules.deep_clean_meta);
    let first = &payload.events.first()?.0;
    let first_context = contexts.of(first, &mut texts)?;
    let first_path = texts.add(&rules.paths.keep(&first.path.0));
    let client_json = client_json(payload).map(|json| texts.add(&json));
    let user = match &payload.user {
        Some(Plain(user)) => Some(DecodedUser {
            id: user.id.0.clone().into_owned(),
            traits_json: match &user.traits {
                Some(traits) => Some(object_text(traits, rules.limits_inside(USER_LEVELS))?),
                None => None,
            },
        }),
        None => None,
    };
    let mut events = Vec::with_capacity(payload.events.len());
    for Plain(event) in &payload.events {
        let context = contexts.of(event, &mut texts)?;
        let kind = Kind::from_name(&event.kind.0)?;
        let Some(said) = say(kind, event, rules, &mut texts)? else { continue };
        events.push(HeatEvent {
            kind,
            ts: event.ts,
            event_id: ClientId::new(&event.event_id.0),
            path: texts.add(&rules.paths.keep(&event.path.0)),
            meta_json: context.meta_json,
            bucket: context.bucket,
            target: said.target,
            detail: said.detail,
            place: said.place,
        });
    }
    let session = &payload.session.0;
    Some(Decoded {
        session_id: session.id.0.clone().into_owned(),
        started_at: session.started_at,
        last_seen_at: session.last_seen_at,
        user,
        texts,
        first_path,
        device_json: first_context.device_json,
        device_ua: first_context.device_ua,
        client_json,
        events,
        event_count: payload.events.len(),
        rejected_count: 0,
    })
}

/// What the fields of an event's own type say.
struct Said {
    target: Option<TextRef>,
    detail: Detail,
    place: Place,
}

/// Reads the fields of the event's type. The outer nothing: one is missing or wrong; the inner: the
/// event is not to be stored (heat-collector.md 4.6).
#[expect(clippy::option_option, reason = "two different kinds of nothing, told apart at the one call")]
fn say(kind: Kind, event: &Event<'_>, rules: &DecodeRules, texts: &mut Texts) -> Option<Option<Said>> {
    let text = |texts: &mut Texts, text: &Option<Text<'_>>| text.as_ref().map(|text| texts.add(&text.0));
    let said = match kind {
        Kind::Click => Said {
            target: text(texts, &event.selector),
            detail: shared(texts, vec![("button", event.button.map(Value::Number))]),
            place: Place::Point { x: round(event.x?), y: round(event.y?) },
        },
        Kind::Move => {
            let points = event.points.as_ref()?.iter().map(|Plain(point)| TrailPoint {
                ts: event.ts + point.ts_offset,
                x: round(point.x),
                y: round(point.y),
            });
            // Infinity plus minus infinity is no time.
            let points: Vec<_> = points.filter(|point| !point.ts.is_nan()).collect();
            if points.is_empty() {
                return Some(None);
            }
            Said { target: None, detail: Detail::None, place: Place::Trail(points) }
        }
        Kind::Scroll => Said {
            target: None,
            detail: Detail::None,
            place: Place::Depth { scroll_y: event.scroll_y?, depth: round(event.scroll_depth_pct?) },
        },
        Kind::Pageview => {
            let from = event.from.as_ref().map(|from| rules.paths.keep(&from.0).into_owned());
            Said {
                target: Some(texts.add(&rules.paths.keep(&event.to.as_ref()?.0))),
                detail: shared(texts, vec![("from", from.map(Value::String))]),
                place: Place::Nowhere,
            }
        }
        Kind::Custom => Said {
            target: Some(texts.add(&event.name.as_ref()?.0)),
            detail: match &event.props {
                Some(props) => Detail::Own(texts.add(&object_text(props, rules.limits_inside(EVENT_LEVELS))?)),
                None => Detail::None,
            },
            place: Place::Nowhere,
        },
        Kind::Input => {
            let action = &event.action.as_ref()?.0;
            if !matches!(action.as_ref(), "focus" | "blur" | "change") {
                return None;
            }
            if event.masked.as_ref().is_some_and(|masked| masked.0.contains(|character| character != '*')) {
                return Some(None);
            }
            let owned = |text: &Option<Text<'_>>| text.as_ref().map(|text| Value::String(text.0.clone().into_owned()));
            Said {
                target: text(texts, &event.selector),
                detail: shared(
                    texts,
                    vec![
                        ("action", Some(Value::String(action.clone().into_owned()))),
                        ("inputType", owned(&event.input_type)),
                        ("length", event.length.map(Value::Number)),
                        ("masked", owned(&event.masked)),
                    ],
                ),
                place: Place::Nowhere,
            }
        }
        Kind::Keyboard => {
            let category = &event.category.as_ref()?.0;
            if !matches!(category.as_ref(), "navigation" | "editing" | "modifier" | "system" | "other") {
                return None;
            }
            Said { target: Some(texts.add(category)), detail: Detail::None, place: Place::Nowhere }
        }
    };
    Some(Some(said))
}

/// A detail that many events share, from the fields that are there.
fn shared(texts: &mut Texts, fields: Vec<(&str, Option<Value>)>) -> Detail {
    match object_json(fields) {
        Some(json) => Detail::Shared(texts.add(&json)),
        None => Detail::None,
    }
}

/// JSON of the fields that are there; nothing if none is.
fn object_json(fields: Vec<(&str, Option<Value>)>) -> Option<String> {
    let entries: Vec<_> = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
    (!entries.is_empty()).then(|| stringify(&Value::Object(Object::from_entries(entries))))
}

/// JSON of the `sdk` and `app` objects, without keys the schema does not know.
fn client_json(payload: &Payload<'_>) -> Option<String> {
    let client = |client: &Option<Plain<wire::Client<'_>>>, has_env: bool| {
        let Plain(client) = client.as_ref()?;
        let text = |text: &Option<Text<'_>>| text.as_ref().map(|text| Value::String(text.0.clone().into_owned()));
        let fields = [("name", text(&client.name)), ("version", text(&client.version)), ("env", text(&client.env))];
        let fields = fields.into_iter().filter(|(key, _)| has_env || *key != "env");
        let entries: Vec<_> = fields.filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
        (!entries.is_empty()).then(|| Value::Object(Object::from_entries(entries)))
    };
    object_json(vec![("sdk", client(&payload.sdk, false)), ("app", client(&payload.app, true))])
}

/// The text of an object as JavaScript would write it; nothing if it is no object. The key `__proto__`
/// never survived the original's parser (heat-collector.md 4.2).
fn object_text(json: &Json<'_>, limits: Limits) -> Option<String> {
    match parse(&json.0, limits).ok()? {
        Value::Object(object) if object.get("__proto__").is_some() => {
            let kept = object.into_entries().into_iter().filter(|(key, _)| key != "__proto__").collect();
            Some(stringify(&Value::Object(Object::from_entries(kept))))
        }
        value @ Value::Object(_) => Some(stringify(&value)),
        _ => None,
    }
}
