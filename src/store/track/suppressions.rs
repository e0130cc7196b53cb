//! Who was erased: of each id only a keyed hash is kept, so that a file cannot be asked whom it once knew.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};

use crate::domain::track::IdentifierKind;

/// The hash under which an erased id is remembered: HMAC-SHA-256 under the installation's secret.
#[must_use]
pub fn hash(secret: &[u8; 32], kind: IdentifierKind, value: &str) -> [u8; 32] {
    let mut message = Vec::with_capacity(value.len() + 1);
    message.push(kind.code());
    message.extend_from_slice(value.as_bytes());
    let mut hash = [0; 32];
    hash.copy_from_slice(sign(&Key::new(HMAC_SHA256, secret), &message).as_ref());
    hash
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
