//! Where each shape has the parts of an event: the table of datalyr.md 4.4. Of several places the first counts that says
//! something.

use crate::intake::datalyr::decode::Shape;

/// The keys of one shape.
#[derive(Debug)]
pub(super) struct Places {
    pub name: &'static [&'static str],
    pub id: &'static [&'static str],
    pub properties: &'static [&'static str],
    pub user: &'static [&'static str],
    pub anonymous: &'static [&'static str],
    /// The same within the properties.
    pub anonymous_in_properties: &'static [&'static str],
    pub device: &'static [&'static str],
    /// Repeat the user or the anonymous id.
    pub repeated: &'static [&'static str],
    pub session: &'static [&'static str],
    /// The same within the properties.
    pub session_in_properties: &'static [&'static str],
    pub workspace: &'static [&'static str],
    pub channel: &'static [&'static str],
    pub library: &'static [&'static str],
    pub version: &'static [&'static str],
    /// The same within the properties.
    pub version_in_properties: &'static [&'static str],
}

/// When it happened, in every shape. What properties have under this key is another time.
pub(super) const TIMESTAMP: &str = "timestamp";

/// The object of shape T in which `session`, `channel`, `library` and `version` are.
pub(super) const CONTEXT: &str = "context";

/// Traits that mobile SDKs put on every event: in the context of shape T, at the top of shape R.
pub(super) const USER_PROPERTIES: &str = "userProperties";

const TRACK: Places = Places {
    name: &["event"],
    id: &["eventId"],
    properties: &["properties"],
    user: &["userId"],
    anonymous: &["anonymousId"],
    anonymous_in_properties: &["anonymous_id"],
    device: &[],
    repeated: &[],
    session: &["session_id"],
    session_in_properties: &["sessionId", "session_id"],
    workspace: &["workspaceId"],
    channel: &["source"],
    library: &["library"],
    version: &["version"],
    version_in_properties: &[],
};

/// Versions 1.0.x send every field twice, in both spellings.
const WEB: Places = Places {
    name: &["event_name", "eventName"],
    id: &["event_id", "eventId"],
    properties: &["event_data", "eventData"],
    user: &["user_id"],
    anonymous: &["visitor_id", "anonymous_id", "visitorId"],
    anonymous_in_properties: &[],
    device: &[],
    repeated: &["distinct_id", "canonical_id"],
    session: &["session_id", "sessionId"],
    session_in_properties: &["session_id"],
    workspace: &["workspace_id", "workspaceId"],
    channel: &["source"],
    library: &["sdk_name"],
    version: &["sdk_version"],
    version_in_properties: &[],
};

const RAW: Places = Places {
    name: &["eventName"],
    id: &["eventId"],
    properties: &["eventData"],
    user: &["userId"],
    anonymous: &["anonymousId", "visitorId"],
    anonymous_in_properties: &[],
    device: &["visitorId"],
    repeated: &[],
    session: &["sessionId"],
    session_in_properties: &[],
    workspace: &["workspaceId"],
    channel: &["source"],
    library: &[],
    version: &[],
    version_in_properties: &["sdk_version"],
};

/// The places of a shape.
pub(super) fn of(shape: Shape) -> &'static Places {
    match shape {
        Shape::Track => &TRACK,
        Shape::Web => &WEB,
        Shape::Raw => &RAW,
    }
}
