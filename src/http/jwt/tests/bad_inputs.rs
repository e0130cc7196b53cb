//! Every `jwt` line of the hostile inputs, under Hearth's own rules.

use serde_json::Value;

use super::super::InvalidJwt;
use super::issuer::{self, RSA_1, RSA_2, RSA_OTHER, base64url};
use super::*;

const LINES: &str = include_str!("../../../../tests/fixtures/jwt/bad-inputs.jsonl");

/// The inputs that must pass; `typ`, `iat` and a long life are not checked, and a number is a fine subject.
const PASS: &[&str] = &[
    "jwt-ok",
    "jwt-typ-id",
    "jwt-iat-future",
    "jwt-life-10y",
    "jwt-sub-number",
    "jwt-two-auth-headers",
    "jwt-sub-xss",
];

#[tokio::test]
async fn every_hostile_token_gets_its_answer() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1"), RSA_2.jwk("k2")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    let mut seen = 0;
    for line in lines("jwt") {
        let name = line["name"].as_str().unwrap();
        let header = authorization(line["input"].as_str().unwrap());
        let token = bearer(Some(header.as_bytes())).unwrap();
        let outcome = verifier.verify(token, NOW_S).await;

        let statuses = line["status"].as_array().unwrap();
        let status = if outcome.is_ok() { 200 } else { 401 };
        assert!(statuses.contains(&status.into()), "{name}: {outcome:?}");
        assert_eq!(outcome.is_ok(), PASS.contains(&name), "{name}: {outcome:?}");
        if let Some(reason) = reason(name) {
            assert_eq!(outcome.unwrap_err(), JwtRefusal::Invalid(reason), "{name}");
        }
        seen += 1;
    }
    assert_eq!(seen, 49);
}

#[tokio::test]
async fn markup_in_a_subject_is_only_text() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    let markup = "<script>alert(1)</script>";
    assert_eq!(subject(&verifier, &issuer::good_token(&RSA_1, "k1", markup)).await, user(markup));
}

/// Each refusal must come from the check that is meant, not from a mistake of the test.
fn reason(name: &str) -> Option<InvalidJwt> {
    Some(match name.strip_prefix("jwt-")? {
        "none-case" | "two-parts" | "jwe-5" | "sig-padded" | "sig-std-alphabet" | "ws-inside"
        | "json-serialization" | "lower-bearer" => InvalidJwt::Form,
        "hs256-pubkey" | "rs384" | "rs512" | "es256" | "alg-array" | "alg-missing" => InvalidJwt::Algorithm,
        "other-key" | "x5u" | "jwk-embedded" | "x5c" | "sig-bitflip" => InvalidJwt::Signature,
        "kid-unknown" | "kid-missing-two-keys" => InvalidJwt::UnknownKey,
        "kid-huge" | "sub-1m" | "sig-huge" => InvalidJwt::TooLong,
        "kid-number" => InvalidJwt::Header,
        "b64-false" => InvalidJwt::CriticalExtension,
        "exp-missing" => InvalidJwt::NoExpiry,
        "exp-past" | "exp-neg" | "exp-zero" | "exp-float-past" => InvalidJwt::Expired,
        "exp-string" | "exp-null" | "exp-1e400" => InvalidJwt::Claims,
        "nbf-future" => InvalidJwt::NotYetValid,
        "iss-missing" | "iss-array" | "iss-slash" => InvalidJwt::Issuer,
        "aud-wrong" | "aud-missing" | "aud-empty" | "aud-substring" => InvalidJwt::Audience,
        _ => return None,
    })
}

/// The hostile inputs for one part of the house.
pub fn lines(surface: &str) -> impl Iterator<Item = Value> {
    LINES
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(move |line| line["surface"] == surface)
}

/// The `Authorization` header that an input describes.
fn authorization(input: &str) -> String {
    // One line means the text "9999999999" and writes it with a backslash too many.
    let input: Value = serde_json::from_str(&input.replace(r#""\\"9999999999\\"""#, r#""9999999999""#)).unwrap();
    let header = input["header"].to_string();
    let claims = claims_text(&input["claims"]);
    let alg = input["header"]["alg"].as_str().unwrap_or_default();
    let token = issuer::token(&header, &claims, |message| match input["key"].as_str().unwrap() {
        "rsa1" => RSA_1.sign(alg, message),
        "rsa-other" => RSA_OTHER.sign(alg, message),
        "ec1" => issuer::ec_signature(message).0,
        "hmac(rsa1 public PEM)" => issuer::hmac_sha256(RSA_1.public_pem().as_bytes(), message),
        "none" => Vec::new(),
        other => panic!("unheard-of key {other}"),
    });
    match input["mutate"].as_str() {
        Some(mutation) => mutated(&token, mutation),
        None => format!("Bearer {token}"),
    }
}

/// The claims as JSON, with times counted from now and odd numbers as they stand.
fn claims_text(claims: &Value) -> String {
    let members: Vec<String> = claims
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| match (name.as_str(), value.as_str()) {
            ("exp" | "nbf" | "iat", Some(text)) if text.starts_with("now") => {
                let (whole, fraction) = text["now".len()..].split_once('.').unwrap_or((&text["now".len()..], "0"));
                let offset_s: i64 = whole.parse().unwrap();
                // A negative fraction goes down from the next lower second; both are far in the past.
                format!("\"{name}\":{}.{fraction}", NOW_S + offset_s)
            }
            ("exp", Some(text @ ("null" | "1e400" | "-1" | "0"))) => format!("\"{name}\":{text}"),
            _ => format!("\"{name}\":{value}"),
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

fn mutated(token: &str, mutation: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let mutant = match mutation {
        "signature and dot removed" => signed.to_owned(),
        "five segments" => format!("{token}.{}.{}", base64url(b"tag"), base64url(b"more")),
        "signature with = padding" => format!("{token}=="),
        // The first six bits alone would be a guess: both signs that differ are put in.
        "signature in + / alphabet" => format!("{signed}.+/{}", &signature[2..]),
        "flip one bit" => format!("{signed}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]),
        "signature 64 KiB" => format!("{signed}.{}", base64url(&vec![7; 48 * 1024])),
        "spaces and newline inside" => format!("{header}. {claims}\n.{signature}"),
        "JWS JSON form" => {
            format!(r#"{{"payload":"{claims}","protected":"{header}","signature":"{signature}"}}"#)
        }
        "second Authorization header" => token.to_owned(),
        "scheme in odd case plus double space" => return format!("bEaReR  {token}"),
        other => panic!("unheard-of mutation {other}"),
    };
    format!("Bearer {mutant}")
}
