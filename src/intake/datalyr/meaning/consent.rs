//! Whether a person's advertising may use an event (datalyr.md 7.9).

use crate::intake::datalyr::envelope::Envelope;

/// Whether marketing, or the sale of data, was refused when the event happened. The event is stored and counted all the
/// same.
pub(super) fn is_refused(event: &Envelope<'_>) -> bool {
    let Some(consent) = event.properties.object("consent") else { return false };
    ["marketing", "sale"].into_iter().any(|purpose| consent.get(purpose).is_some_and(|given| given.get() == "false"))
}
