//! Ids of events as the outside sees them: derived from the row, not stored.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use uuid::Uuid;

/// Derives public ids; one for each installation, so that ids cannot be guessed from counts.
#[derive(Debug, Clone)]
pub struct PublicIds(Key);

impl PublicIds {
    #[must_use]
    pub fn new(install_secret: &[u8; 32]) -> Self {
        Self(Key::new(HMAC_SHA256, install_secret))
    }

    /// The id of the event, or trail point, with sequence number `seq`: a UUID of version 8
    /// (RFC 9562 section 5.8), the same whenever it is asked for.
    #[must_use]
    pub fn event(&self, seq: i64) -> Uuid {
        let mut message = *b"event\0\0\0\0\0\0\0\0";
        message[5..].copy_from_slice(&seq.to_be_bytes());
        let tag = sign(&self.0, &message);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&tag.as_ref()[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_differ_by_row_and_installation() {
        let (here, there) = (PublicIds::new(&[1; 32]), PublicIds::new(&[2; 32]));
        assert_eq!(here.event(7), PublicIds::new(&[1; 32]).event(7));
        assert_ne!(here.event(7), here.event(8));
        assert_ne!(here.event(7), there.event(7));
        assert_eq!(here.event(7).get_version_num(), 8);
    }
}
