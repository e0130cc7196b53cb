//! What an event means: who it belongs to, who is who, what brought the visitor, what was paid, what is a secret.
//!
//! ```text
//! speaker    which words an SDK means in which way            touch      what brought the visitor, from
//! identity   whose the event is; external_ids, alias            words      what was said, under one name each
//!            who is who                                         clicks     click ids and where they come from
//! traits     what is known of a user                            campaign   source, medium, campaign, term, content
//! revenue    whether it is a success, and its amount          pairing    what a webhook will come back with
//! consent    whether advertising may use it                   redaction  what of a URL is no secret
//! ```
//!
//! All of it is pure: the same event means the same, whatever came before it.

mod alias;
mod amount;
mod campaign;
pub mod clicks;
mod consent;
mod external_ids;
mod identity;
mod pairing;
pub mod redaction;
pub mod revenue;
mod speaker;
mod touch;
mod traits;
mod words;

#[cfg(test)]
mod tests;

use self::speaker::Speaker;
use super::decode::DecodeRules;
use super::envelope::Envelope;
use crate::domain::track::{Conversion, Pairing, Statement, Touch, Trait};

/// What an event means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meaning {
    /// Absent where the claimed one is really a device's.
    pub user: Option<Box<str>>,
    pub device: Option<Box<str>>,
    pub may_not_advertise: bool,
    pub touch: Option<Box<Touch>>,
    pub conversion: Option<Conversion>,
    pub statements: Vec<Statement>,
    pub traits: Vec<Trait>,
    pub pairing: Option<Pairing>,
}

/// Understands an event.
#[must_use]
pub fn interpret(event: &Envelope<'_>, rules: &DecodeRules) -> Meaning {
    let speaker = Speaker::of(event);
    let said = identity::read(event, speaker);
    Meaning {
        user: said.user,
        device: said.device,
        may_not_advertise: consent::is_refused(event),
        touch: touch::read(event, speaker, rules.datalyr.redact_urls),
        conversion: revenue::read(event, &rules.conversions),
        statements: said.statements,
        traits: traits::read(event, speaker),
        pairing: pairing::read(event),
    }
}

/// The longest beginning of a text within so many bytes that ends between two characters.
fn beginning(text: &str, max_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(max_bytes)).unwrap_or(text)
}
