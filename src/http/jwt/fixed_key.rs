//! A key that the owner wrote down instead of an issuer's address.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject;

use super::rules::JwtSetupError;

/// The one key of all tokens, and what it may be used for.
///
/// A token that names an algorithm of another kind is refused: a public key must never become the secret of an HMAC.
pub struct FixedKey {
    pub(super) decoding: DecodingKey,
    pub(super) algorithms: &'static [Algorithm],
}

impl FixedKey {
    /// The secret of HS256, HS384 and HS512.
    #[must_use]
    pub fn of_secret(secret: &[u8]) -> Self {
        Self {
            decoding: DecodingKey::from_secret(secret),
            algorithms: &[Algorithm::HS256, Algorithm::HS384, Algorithm::HS512],
        }
    }

    /// The public key of RS256, ES256 or `EdDSA` in a file as `openssl pkey -pubout` writes it (RFC 7468 13).
    ///
    /// # Errors
    /// Another label than `PUBLIC KEY`, or a key that is for none of the three.
    pub fn of_pem(pem: &[u8]) -> Result<Self, JwtSetupError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| JwtSetupError::PublicKey)?;
        let fits =
            |algorithm: &'static dyn VerificationAlgorithm| UnparsedPublicKey::new(algorithm, &der).parse().is_ok();
        if fits(&RSA_PKCS1_2048_8192_SHA256) {
            Ok(Self { decoding: DecodingKey::from_rsa_der(&der), algorithms: &[Algorithm::RS256] })
        } else if fits(&ECDSA_P256_SHA256_FIXED) {
            Ok(Self { decoding: DecodingKey::from_ec_der(&der), algorithms: &[Algorithm::ES256] })
        } else if fits(&ED25519) {
            Ok(Self { decoding: DecodingKey::from_ed_der(&der), algorithms: &[Algorithm::EdDSA] })
        } else {
            Err(JwtSetupError::PublicKey)
        }
    }
}
