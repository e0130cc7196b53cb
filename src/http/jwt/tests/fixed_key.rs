//! Tokens that one key of the configuration judges.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair};

use super::super::{FixedKey, InvalidJwt, JwtSetupError};
use super::issuer::{RSA_1, pem, token};
use super::*;

const SECRET: &[u8] = b"a secret of the app and of its proxy";

fn verifier(key: FixedKey) -> JwtVerifier {
    let mut rules = JwtRules::new(String::new(), String::new(), String::new());
    rules.open_names = true;
    JwtVerifier::with_key(rules, key)
}

fn of_pem(pem: &str) -> JwtVerifier {
    verifier(FixedKey::of_pem(pem.as_bytes()).unwrap())
}

fn signed(alg: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    token(&format!(r#"{{"alg":"{alg}"}}"#), &format!(r#"{{"sub":"u","exp":{}}}"#, NOW_S + 60), sign)
}

fn with_secret(alg: &str, secret: &[u8]) -> String {
    let algorithm = match alg {
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    };
    signed(alg, |message| hmac::sign(&hmac::Key::new(algorithm, secret), message).as_ref().to_vec())
}

#[tokio::test]
async fn a_secret_judges_the_three_hmacs_and_nothing_else() {
    let verifier = verifier(FixedKey::of_secret(SECRET));
    for alg in ["HS256", "HS384", "HS512"] {
        assert_eq!(subject(&verifier, &with_secret(alg, SECRET)).await, user("u"), "{alg}");
        let of_another = subject(&verifier, &with_secret(alg, b"another")).await;
        assert_eq!(of_another, Err(InvalidJwt::Signature.into()), "{alg}");
    }
    for alg in ["none", "RS256"] {
        assert_eq!(subject(&verifier, &with_secret(alg, SECRET)).await, Err(InvalidJwt::Algorithm.into()), "{alg}");
    }
}

#[tokio::test]
async fn each_public_key_is_for_its_own_algorithm() {
    let random = SystemRandom::new();
    let curve = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let edwards = Ed25519KeyPair::generate().unwrap();
    let curve_der: PublicKeyX509Der = curve.public_key().as_der().unwrap();
    let edwards_der: PublicKeyX509Der = edwards.public_key().as_der().unwrap();
    let tokens = [
        signed("RS256", |message| RSA_1.sign("RS256", message)),
        signed("ES256", |message| curve.sign(&random, message).unwrap().as_ref().to_vec()),
        signed("EdDSA", |message| edwards.sign(message).as_ref().to_vec()),
    ];
    let pems = [RSA_1.public_pem(), pem(curve_der.as_ref()), pem(edwards_der.as_ref())];
    for (at, pem) in pems.iter().enumerate() {
        for (other, token) in tokens.iter().enumerate() {
            let expected = if at == other { user("u") } else { Err(InvalidJwt::Algorithm.into()) };
            assert_eq!(subject(&of_pem(pem), token).await, expected, "{at} {other}");
        }
        // The oldest trick: the public key as the secret of an HMAC.
        let confused = subject(&of_pem(pem), &with_secret("HS256", pem.as_bytes())).await;
        assert_eq!(confused, Err(InvalidJwt::Algorithm.into()));
    }
}

#[test]
fn a_file_without_a_key_of_the_three_is_refused() {
    let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let p384: PublicKeyX509Der = p384.public_key().as_der().unwrap();
    let private = RSA_1.public_pem().replace("PUBLIC", "PRIVATE");
    for text in ["", "secret", &pem(b"no key"), &pem(p384.as_ref()), &private] {
        assert_eq!(FixedKey::of_pem(text.as_bytes()).err(), Some(JwtSetupError::PublicKey), "{text}");
    }
}
