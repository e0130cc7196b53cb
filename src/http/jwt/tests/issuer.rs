//! A token issuer: keys made for the test run, and tokens good and bad.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub static RSA_1: LazyLock<RsaKey> = LazyLock::new(RsaKey::generate);
pub static RSA_2: LazyLock<RsaKey> = LazyLock::new(RsaKey::generate);
pub static RSA_OTHER: LazyLock<RsaKey> = LazyLock::new(RsaKey::generate);

pub struct RsaKey(RsaKeyPair);

impl RsaKey {
    fn generate() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// The public half as an issuer lists it; without `kid` if that is empty.
    pub fn jwk(&self, kid: &str) -> Value {
        let public = self.0.public_key();
        let mut jwk = json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "n": base64url(public.modulus().big_endian_without_leading_zero()),
            "e": base64url(public.exponent().big_endian_without_leading_zero()),
        });
        if !kid.is_empty() {
            jwk["kid"] = kid.into();
        }
        jwk
    }

    /// The public half as a PEM file, the key of the algorithm confusion attack.
    pub fn public_pem(&self) -> String {
        let der: PublicKeyX509Der = self.0.public_key().as_der().unwrap();
        pem(der.as_ref())
    }

    /// Signs with the hash that `alg` names, SHA-256 if it names none.
    pub fn sign(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let encoding = match alg {
            "RS384" => &RSA_PKCS1_SHA384,
            "RS512" => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }
}

/// A key set of these keys.
pub fn jwks(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// A token with exactly this header and these claims.
pub fn token(header: &str, claims: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    let signature = sign(signed.as_bytes());
    format!("{signed}.{}", base64url(&signature))
}

/// A good token for `sub` under Hearth's rules, valid for a day.
pub fn good_token(key: &RsaKey, kid: &str, sub: &str) -> String {
    let claims = json!({"iss": "https://idp.test", "aud": "hearth", "sub": sub, "exp": super::NOW_S + 86_400 * 3});
    token(&json!({"alg": "RS256", "kid": kid}).to_string(), &claims.to_string(), |message| key.sign("RS256", message))
}

pub fn hmac_sha256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
}

/// Signs with a fresh elliptic curve key and gives the key's JWK too.
pub fn ec_signature(message: &[u8]) -> (Vec<u8>, Value) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let signature = pair.sign(&SystemRandom::new(), message).unwrap();
    let point = pair.public_key().as_ref();
    let jwk = json!({
        "kty": "EC", "crv": "P-256", "kid": "k1", "alg": "ES256",
        "x": base64url(&point[1..33]), "y": base64url(&point[33..]),
    });
    (signature.as_ref().to_vec(), jwk)
}

/// A public key as a file holds it.
pub fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
