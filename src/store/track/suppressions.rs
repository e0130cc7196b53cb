//! Who was erased: what they did before stays away, however late it arrives.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::ProjectId;
use crate::domain::track::{IdentifierKind, Statement, TrackEvent};

/// Under what an identifier is suppressed: HMAC-SHA-256 of kind and value under the installation's secret. The file does
/// not tell who was erased.
#[must_use]
pub fn hash(secret: &[u8; 32], kind: IdentifierKind, value: &str) -> [u8; 32] {
    let mut message = vec![kind.code()];
    message.extend_from_slice(value.as_bytes());
    let mut hash = [0; 32];
    hash.copy_from_slice(sign(&Key::new(HMAC_SHA256, secret), &message).as_ref());
    hash
}

/// Looks whether somebody was erased.
#[derive(Debug)]
pub struct Suppressions {
    secret: [u8; 32],
    /// Whether anybody was; unknown after a rollback or an erasure.
    is_any: Option<bool>,
}

impl Suppressions {
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self { secret, is_any: None }
    }

    pub fn forget(&mut self) {
        self.is_any = None;
    }

    /// Whether the event is of somebody who was erased after it happened.
    pub fn covers(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        event: &TrackEvent,
    ) -> Result<bool, rusqlite::Error> {
        let is_any = match self.is_any {
            Some(is_any) => is_any,
            None => connection.prepare_cached("SELECT 1 FROM track_suppression LIMIT 1")?.exists([])?,
        };
        self.is_any = Some(is_any);
        if !is_any {
            return Ok(false);
        }
        for (kind, value) in named(event) {
            let hash = hash(&self.secret, kind, value);
            let erased_at_ms: Option<i64> = connection
                .prepare_cached(include_str!("find_suppression.sql"))?
                .query_row(params![project.0, kind.code(), hash], |row| row.get(0))
                .optional()?;
            if erased_at_ms.is_some_and(|erased_at_ms| event.time_ms <= erased_at_ms) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Every identifier that an event names.
fn named(event: &TrackEvent) -> Vec<(IdentifierKind, &str)> {
    let own = [
        (IdentifierKind::User, event.user.as_deref()),
        (IdentifierKind::Anonymous, event.anonymous.as_deref()),
        (IdentifierKind::Device, event.device.as_deref()),
    ];
    let mut named: Vec<_> = own.into_iter().filter_map(|(kind, value)| Some((kind, value?))).collect();
    for statement in &event.statements {
        match statement {
            Statement::Same { survivor, absorbed } => {
                named.extend([(IdentifierKind::User, &**survivor), (IdentifierKind::User, &**absorbed)]);
            }
            Statement::Tie { from, to } => named.extend([(from.kind, &*from.value), (to.kind, &*to.value)]),
            Statement::Proven { user } => named.push((IdentifierKind::User, user)),
            Statement::WebMatch { anonymous } => named.push((IdentifierKind::Anonymous, anonymous)),
        }
    }
    named.sort_unstable();
    named.dedup();
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_value_and_installation_tell_hashes_apart() {
        let hashed = hash(&[1; 32], IdentifierKind::User, "u-1");
        assert_eq!(hashed, hash(&[1; 32], IdentifierKind::User, "u-1"));
        for other in [
            hash(&[2; 32], IdentifierKind::User, "u-1"),
            hash(&[1; 32], IdentifierKind::Anonymous, "u-1"),
            hash(&[1; 32], IdentifierKind::User, "u-2"),
            hash(&[1; 32], IdentifierKind::User, ""),
        ] {
            assert_ne!(hashed, other);
        }
    }
}
