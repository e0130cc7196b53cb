//! One event with everything that is known about it.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::heat::Kind;
use crate::http::json_number::JsonNumber;
use crate::query::heat_rows::{Stored, StoredDetail};
use crate::query::public_id::PublicIds;
use crate::query::texts::Lookup;
use crate::store::StoreError;

/// A heat event. Which of the fields below `path` are there depends on its type.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    /// Id of the event; of a move, also the id of its first point in heat-collector's API.
    pub id: Uuid,
    /// Id the SDK gave it.
    pub event_id: String,
    pub session_id: String,
    /// Public id of the user who was known when it was sent.
    pub user_id: Option<Uuid>,
    /// `click`, `move`, `scroll`, `pageview`, `custom`, `input` or `keyboard`.
    #[serde(rename = "type")]
    #[schema(example = "click")]
    pub kind: &'static str,
    /// When it happened, by the browser's clock: milliseconds since the epoch. Of a move: its earliest point.
    #[schema(value_type = f64)]
    pub ts: JsonNumber,
    /// When it arrived, by the server's clock: milliseconds since the epoch.
    pub received_at: i64,
    /// Path of the page, as far as the owner lets it be kept.
    pub path: String,
    /// Click, input: selector of the element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// Click: x in whole CSS pixels of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub x: Option<JsonNumber>,
    /// Click: y in whole CSS pixels of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub y: Option<JsonNumber>,
    /// Scroll: position in CSS pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub scroll_y: Option<JsonNumber>,
    /// Scroll: depth in whole per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub scroll_depth: Option<JsonNumber>,
    /// Move: the way of the pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<Vec<PointBody>>,
    /// Pageview: the page that was viewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Custom: name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Keyboard: category of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Custom: its props. Click: `button`. Pageview: `from`. Input: `action`, `inputType`, `length`, `masked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub detail: Option<Box<RawValue>>,
    /// `viewport`, `device` and `meta` as sent, cleaned.
    #[schema(value_type = Object)]
    pub context: Box<RawValue>,
}

/// One point of a move.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PointBody {
    /// Milliseconds since the epoch.
    #[schema(value_type = f64)]
    pub ts: JsonNumber,
    /// Whole CSS pixels of the document.
    #[schema(value_type = f64)]
    pub x: JsonNumber,
    #[schema(value_type = f64)]
    pub y: JsonNumber,
}

/// Describes a stored event. `received_at_ms` is that of its session's first request.
pub fn describe(
    stored: Stored,
    session: &str,
    session_received_at_ms: i64,
    ids: &PublicIds,
    lookup: &mut Lookup<'_>,
) -> Result<EventBody, StoreError> {
    let target = lookup.optional_text(stored.target_id)?.map(|text| text.to_string());
    let when = |kinds: &[Kind]| if kinds.contains(&stored.kind) { target.clone() } else { None };
    let of_click = |value: Option<f64>| value.filter(|_| stored.kind == Kind::Click).map(JsonNumber);
    let of_scroll = |value: Option<f64>| value.filter(|_| stored.kind == Kind::Scroll).map(JsonNumber);
    Ok(EventBody {
        id: ids.event(stored.seq),
        event_id: stored.event_id.to_string(),
        session_id: session.to_owned(),
        user_id: stored.user_id.map(|id| lookup.user(id)).transpose()?.flatten(),
        kind: stored.kind.name(),
        ts: JsonNumber(stored.ts),
        received_at: session_received_at_ms.saturating_add(stored.received_in_ms),
        path: lookup.text(stored.path_id)?.to_string(),
        selector: when(&[Kind::Click, Kind::Input]),
        x: of_click(stored.x),
        y: of_click(stored.y),
        scroll_y: of_scroll(stored.y),
        scroll_depth: of_scroll(stored.x),
        points: stored.trail.map(|points| {
            points
                .iter()
                .map(|point| PointBody { ts: JsonNumber(point.ts), x: JsonNumber(point.x), y: JsonNumber(point.y) })
                .collect()
        }),
        to: when(&[Kind::Pageview]),
        name: when(&[Kind::Custom]),
        category: when(&[Kind::Keyboard]),
        detail: match stored.detail {
            StoredDetail::None => None,
            StoredDetail::Id(id) => raw(lookup.text(id)?.to_string()),
            StoredDetail::Text(text) => raw(text),
        },
        context: raw(lookup.text(stored.meta_id)?.to_string()).unwrap_or_default(),
    })
}

/// Stored JSON as it is; nothing if the file was damaged.
#[must_use]
pub fn raw(text: String) -> Option<Box<RawValue>> {
    RawValue::from_string(text).ok()
}
