//! What other systems call a person (datalyr.md 7.4): `external_ids` of any event, `$provider_identity_bound` among them.

use std::borrow::Cow;

use crate::domain::track::{Identifier, IdentifierKind};
use crate::intake::datalyr::envelope::Envelope;
use crate::intake::datalyr::ids::{bounded_person_id, person_id};

/// Most external ids that one event may tell.
const MAX_IDS: usize = 32;

/// Longest namespace, in bytes.
const MAX_NAMESPACE_BYTES: usize = 64;

/// The external ids that an event tells: namespace in lower case, `:`, id.
pub(super) fn read(event: &Envelope<'_>) -> Vec<Identifier> {
    let Some(told) = event.properties.object("external_ids") else { return Vec::new() };
    let ids = told.iter().filter_map(|(namespace, value)| {
        let namespace = namespace.trim();
        if namespace.is_empty() || namespace.len() > MAX_NAMESPACE_BYTES {
            return None;
        }
        let id = person_id(value)?;
        let whole = bounded_person_id(Cow::Owned(format!("{}:{id}", namespace.to_lowercase())));
        Some(Identifier { kind: IdentifierKind::External, value: whole.into() })
    });
    ids.take(MAX_IDS).collect()
}
