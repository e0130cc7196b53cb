//! Judging without waiting: by the keys that are there.

use super::super::{Algorithm, InvalidJwt};
use super::issuer::{self, RSA_1, RSA_2, good_token, jwks};
use super::jwks_server::Answer;
use super::*;

fn sub(verifier: &JwtVerifier, token: &str, now_s: i64) -> Result<String, JwtRefusal> {
    let claims = verifier.claims_at_hand(token.as_bytes(), now_s)?;
    Ok(claims["sub"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_token_that_comes_before_the_keys_is_not_believed_and_nobody_waits() {
    let server = JwksServer::start(Answer::Held(jwks(&[RSA_1.jwk("k1")])));
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    let token = good_token(&RSA_1, "k1", "u");
    for _ in 0..3 {
        assert_eq!(sub(&verifier, &token, NOW_S), Err(JwtRefusal::JwksUnavailable));
    }
    server.release();
    verifier.prepare(NOW_S).await;
    assert_eq!(sub(&verifier, &token, NOW_S), Ok("u".to_owned()));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_rotated_key_is_asked_for_and_strangers_are_rationed() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    verifier.prepare(NOW_S).await;
    server.set(Answer::Document(jwks(&[RSA_2.jwk("k2")])));
    let (old, new) = (good_token(&RSA_1, "k1", "u"), good_token(&RSA_2, "k2", "v"));
    assert_eq!(sub(&verifier, &old, NOW_S), Ok("u".to_owned()));
    assert_eq!(sub(&verifier, &new, NOW_S), Err(InvalidJwt::UnknownKey.into()));
    // The fetch runs in a task of its own; a token that may wait joins it.
    assert_eq!(subject(&verifier, &new).await, user("v"));
    assert_eq!(sub(&verifier, &new, NOW_S), Ok("v".to_owned()));
    for _ in 0..3 {
        assert_eq!(sub(&verifier, &old, NOW_S), Err(InvalidJwt::UnknownKey.into()));
    }
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn old_keys_do_while_new_ones_come() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    verifier.prepare(NOW_S).await;
    let token = good_token(&RSA_1, "k1", "u");
    assert_eq!(sub(&verifier, &token, NOW_S + 700), Ok("u".to_owned()));
    assert_eq!(sub(&verifier, &token, NOW_S + 24 * 3600), Err(JwtRefusal::JwksUnavailable));
}

#[tokio::test]
async fn an_issuer_with_elliptic_keys_is_understood_where_they_are_allowed() {
    let header = r#"{"alg":"ES256","kid":"k1"}"#;
    let claims = format!(r#"{{"iss":"https://idp.test","aud":"hearth","sub":"u","exp":{}}}"#, NOW_S + 60);
    let mut jwk = serde_json::Value::Null;
    let token = issuer::token(header, &claims, |message| {
        let (signature, key) = issuer::ec_signature(message);
        jwk = key;
        signature
    });
    let server = JwksServer::with_keys(&[jwk.clone(), RSA_2.jwk("k2")]);
    let mut rules = rules(&server);
    rules.algorithms = &[Algorithm::RS256, Algorithm::ES256];
    let verifier = JwtVerifier::new(rules).unwrap();
    assert_eq!(subject(&verifier, &token).await, user("u"));
    // The key decides what it is for.
    let confused = good_token(&RSA_2, "k1", "u");
    assert_eq!(subject(&verifier, &confused).await, Err(InvalidJwt::Algorithm.into()));
}
