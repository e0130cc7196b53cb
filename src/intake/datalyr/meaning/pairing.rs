//! What other systems call a visit, and their webhooks will come back with (datalyr.md 5, 6.5).

use crate::domain::track::{Pairing, PairingKind};
use crate::intake::datalyr::envelope::Envelope;
use crate::intake::datalyr::ids::person_id;

/// The pairing that an event of one of two names tells.
pub(super) fn read(event: &Envelope<'_>) -> Option<Pairing> {
    let (kind, key) = match &*event.name {
        "$stripe_checkout_session" => (PairingKind::StripeCheckoutSession, "stripe_session_id"),
        "$shopify_cart" => (PairingKind::ShopifyCart, "shopify_cart_id"),
        _ => return None,
    };
    let value = event.properties.get(key).and_then(person_id)?;
    Some(Pairing { kind, value: (&*value).into() })
}
