//! One event of any shape, with its parts where they can be found, before what it means is asked (datalyr.md 4.4).

use std::borrow::Cow;

use super::decode::Shape;
use super::fields::Fields;
use crate::domain::track::EventKind;

/// One event of any shape.
#[derive(Debug)]
pub struct Envelope<'a> {
    pub shape: Shape,
    /// The event's own object.
    pub event: Fields<'a>,
    pub properties: Fields<'a>,
    /// Of shape T.
    pub context: Fields<'a>,
    /// Merged traits that mobile SDKs put on every event.
    pub user_properties: Fields<'a>,
    pub name: Cow<'a, str>,
    pub kind: EventKind,
    pub channel: Cow<'a, str>,
    /// `@datalyr/api`, `@datalyr/react-native`, `@datalyr/swift`, `datalyr-web-sdk`...; by the User-Agent if the event does not say.
    pub library: Option<Cow<'a, str>>,
    pub library_version: Option<Cow<'a, str>>,
    /// As the event names it at its top; it may be a device's id (datalyr.md 7.4).
    pub claimed_user: Option<Cow<'a, str>>,
    pub anonymous: Option<Cow<'a, str>>,
    /// `visitorId` of shape R.
    pub device: Option<Cow<'a, str>>,
    pub time_ms: i64,
    /// What has been added to the client's own times: by so much its clock was wrong (datalyr.md 7.2). Other times that
    /// the event tells need the same.
    pub shift_ms: i64,
}
