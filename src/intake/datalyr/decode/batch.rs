//! A browser's batch (datalyr.md 4.2): its events, and what in it is none.

use serde_json::value::RawValue;

use super::event_time::ClientClock;
use super::measure::{self, Element};
use super::places::TIMESTAMP;
use super::{DecodeRefusal, DecodeRules, Decoded, Shape, Surroundings, event, excess, workspace};
use crate::domain::track::{QuarantineReason, Quarantined, TrackEvent};
use crate::intake::datalyr::fields::Fields;

/// How much of a quarantined event is kept, in bytes.
const MAX_QUARANTINED_BYTES: usize = 4096;

/// Understands a batch.
pub(super) fn read(
    root: &Fields<'_>,
    list: &RawValue,
    rules: &DecodeRules,
    about: &Surroundings<'_>,
) -> Result<Decoded, DecodeRefusal> {
    let elements = measure::elements(list.get(), rules.datalyr.max_events).ok_or(DecodeRefusal::TooManyEvents)?;
    let clock = ClientClock::new(&rules.datalyr, about.received_at_ms).sent_at(root.get(TIMESTAMP));
    let mut batch = Batch { rules, about, clock, workspace: None, named_in_vain: None };
    let mut events = Vec::with_capacity(elements.len());
    let mut quarantined = Vec::new();
    for element in elements {
        match batch.take(element) {
            Ok(event) => events.push(event),
            Err(reason) => quarantined.push(Quarantined { reason, body: beginning(element.json).into() }),
        }
    }
    let workspace = batch.workspace.or(batch.named_in_vain).or_else(|| workspace(root, Shape::Web));
    Ok(Decoded { shape: Shape::Web, workspace, events, quarantined })
}

struct Batch<'r> {
    rules: &'r DecodeRules,
    about: &'r Surroundings<'r>,
    clock: ClientClock,
    /// The first that an event names.
    workspace: Option<Box<str>>,
    /// The first that something names which is no event.
    named_in_vain: Option<Box<str>>,
}

impl Batch<'_> {
    fn take(&mut self, element: Element<'_>) -> Result<TrackEvent, QuarantineReason> {
        if !element.json.starts_with('{') {
            return Err(QuarantineReason::NotAnObject);
        }
        if let Some(reason) = excess(element.json.len(), element.size, &self.rules.datalyr) {
            return Err(reason);
        }
        let fields: Fields<'_> = serde_json::from_str(element.json).map_err(|_| QuarantineReason::NotAnObject)?;
        let named = workspace(&fields, Shape::Web);
        let Some(event) = event::read(Shape::Web, fields, &self.clock, self.rules, self.about) else {
            self.named_in_vain = self.named_in_vain.take().or(named);
            return Err(QuarantineReason::NoName);
        };
        match (&self.workspace, named) {
            (Some(first), Some(named)) if *first != named => Err(QuarantineReason::OtherWorkspace),
            (None, Some(named)) => {
                self.workspace = Some(named);
                Ok(event)
            }
            _ => Ok(event),
        }
    }
}

/// As much of a text as is kept; ends between two characters.
fn beginning(json: &str) -> &str {
    json.split_at_checked(json.floor_char_boundary(MAX_QUARANTINED_BYTES)).map_or(json, |(beginning, _)| beginning)
}
