//! Quarantined bodies that name the person. They are texts that nobody understood, so they are searched as texts.

use rusqlite::{Connection, params};

use crate::domain::erasure::Erasure;
use crate::domain::track::{Identifier, IdentifierKind};
use crate::store::StoreError;

/// Shorter ids count only where they stand alone: "7" is in every body.
const MIN_ANYWHERE_BYTES: usize = 6;

/// Erases the project's bodies in which one of the ids stands. There are few: `datalyr.max_quarantined`.
pub fn erase(connection: &Connection, erasure: &Erasure) -> Result<(), StoreError> {
    let needles: Vec<_> = erasure.identifiers.iter().map(|erased| Needle::new(&erased.identifier)).collect();
    let mut statement = connection.prepare_cached("SELECT id, body FROM track_quarantine WHERE project_id = ?1")?;
    let mut rows = statement.query([erasure.project.0])?;
    let mut found: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        let body = row.get_ref(1)?.as_bytes().unwrap_or_default().to_ascii_lowercase();
        if needles.iter().any(|needle| needle.is_in(&body)) {
            found.push(row.get(0)?);
        }
    }
    for id in found {
        connection.prepare_cached("DELETE FROM track_quarantine WHERE id = ?1")?.execute(params![id])?;
    }
    Ok(())
}

/// An id in the forms in which JSON may write it, lower case.
#[derive(Debug)]
struct Needle {
    forms: Vec<Vec<u8>>,
}

impl Needle {
    fn new(identifier: &Identifier) -> Self {
        let value = match identifier.kind {
            // A body has the namespace apart.
            IdentifierKind::External => identifier.value.split_once(':').map_or(&*identifier.value, |(_, id)| id),
            _ => &identifier.value,
        };
        let mut forms = vec![plain(value), escaped(value)];
        forms.dedup();
        Self { forms: forms.into_iter().map(|form| form.to_ascii_lowercase()).collect() }
    }

    fn is_in(&self, body: &[u8]) -> bool {
        self.forms.iter().any(|form| {
            !form.is_empty()
                && body
                    .windows(form.len())
                    .enumerate()
                    .filter(|(_, window)| window == form)
                    .any(|(at, _)| form.len() >= MIN_ANYWHERE_BYTES || stands_alone(body, at, form.len()))
        })
    }
}

/// Whether neither a letter nor a digit is beside the bytes.
fn stands_alone(body: &[u8], at: usize, length: usize) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    !is_word(at.checked_sub(1).and_then(|before| body.get(before))) && !is_word(body.get(at + length))
}

/// As JSON writes a text with as few escapes as it may.
fn plain(value: &str) -> Vec<u8> {
    let quoted = serde_json::to_vec(value).unwrap_or_default();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

/// The same with everything beyond ASCII escaped.
fn escaped(value: &str) -> Vec<u8> {
    let plain = String::from_utf8(plain(value)).unwrap_or_default();
    let mut out = String::with_capacity(plain.len());
    let mut units = [0; 2];
    for character in plain.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            out.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_named(kind: IdentifierKind, value: &str, body: &str) -> bool {
        Needle::new(&Identifier { kind, value: value.into() }).is_in(&body.to_ascii_lowercase().into_bytes())
    }

    #[test]
    fn ids_are_found_as_json_writes_them() {
        use IdentifierKind::{External, User};
        for (kind, value, body, expected) in [
            (User, "user_123", r#"{"userId":"user_123"}"#, true),
            (User, "user_123", r#"{"userId":"USER_123x"}"#, true),
            (User, "user_124", r#"{"userId":"user_123"}"#, false),
            (User, "7", r#"{"userId":7,"n":17}"#, true),
            (User, "7", r#"{"userId":"a7","n":17}"#, false),
            (User, "7", "7", true),
            (User, "", "{}", false),
            (User, "jos\u{e9}.smith", "{\"u\":\"jos\\u00E9.smith\"}", true),
            (User, "jos\u{e9}.smith", "{\"u\":\"jos\u{e9}.smith\"}", true),
            (User, "a\"b\\c-d", r#"{"u":"a\"b\\c-d"}"#, true),
            (User, "\u{1f600}", r#"{"u":"\ud83d\ude00"}"#, true),
            (External, "revenuecat:rc_user_9", r#"{"external_ids":{"RevenueCat":"rc_user_9"}}"#, true),
            (External, "revenuecat:rc_user_9", r#"{"external_ids":{"revenuecat":"rc_user_8"}}"#, false),
        ] {
            assert_eq!(is_named(kind, value, body), expected, "{value} in {body}");
        }
    }
}
