//! What an event means: who it belongs to, who is who, what brought the visitor, what was paid.

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
pub fn interpret(_event: &Envelope<'_>, _rules: &DecodeRules) -> Meaning {
    Meaning::default()
}
