//! Every `jwks` line of the hostile inputs, and the life of cached keys.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::fetch::JwksFetcher;
use super::super::key_cache::KeyCache;
use super::super::{InvalidJwt, JwtSetupError};
use super::issuer::{self, RSA_1, RSA_2, RSA_OTHER, good_token, jwks};
use super::jwks_server::{Answer, ok};
use super::*;

const UNAVAILABLE: Result<Subject, JwtRefusal> = Err(JwtRefusal::JwksUnavailable);
const UNKNOWN_KEY: Result<Subject, JwtRefusal> = Err(JwtRefusal::Invalid(InvalidJwt::UnknownKey));

#[test]
fn every_line_of_the_hostile_inputs_has_a_test() {
    let names: Vec<String> =
        super::bad_inputs::lines("jwks").map(|line| line["name"].as_str().unwrap().replace('-', "_")).collect();
    let source = include_str!("jwks.rs");
    for name in &names {
        assert!(source.contains(&format!("async fn {name}()")), "{name}");
    }
    assert_eq!(names.len(), 11);
}

/// What makes a fetch fail must leave old keys in use, and alone be a reason for 503.
async fn assert_failure(answer: Answer) {
    let server = JwksServer::start(answer.clone());
    let mut rules = rules(&server);
    rules.fetch_timeout = Duration::from_secs(1);
    let verifier = JwtVerifier::new(rules).unwrap();
    let token = good_token(&RSA_1, "k1", "u");
    assert_eq!(subject(&verifier, &token).await, UNAVAILABLE);

    server.set(Answer::Document(jwks(&[RSA_1.jwk("k1")])));
    assert_eq!(subject_at(&verifier, &token, NOW_S + 60).await, user("u"));
    server.set(answer);
    let before = server.requests();
    assert_eq!(subject_at(&verifier, &token, NOW_S + 60 + 3600).await, user("u"));
    assert_eq!(server.requests(), before + 1);
    assert_eq!(subject_at(&verifier, &token, NOW_S + 60 + 24 * 3600).await, UNAVAILABLE);
}

#[tokio::test]
async fn jwks_redirect_metadata() {
    let target = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let redirect = format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", target.url("/"));
    assert_failure(Answer::Raw(redirect)).await;
    assert_eq!(target.requests(), 0);
}

#[tokio::test]
async fn jwks_private_ip_dns() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    for host in ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001"] {
        let mut rules = rules(&server);
        rules.allow_private_address = false;
        rules.jwks_url = format!("http://{host}:{}/jwks.json", server.port());
        let verifier = JwtVerifier::new(rules).unwrap();
        assert_eq!(subject(&verifier, &good_token(&RSA_1, "k1", "u")).await, UNAVAILABLE, "{host}");
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn jwks_http_scheme() {
    let server = JwksServer::with_keys(&[]);
    let mut rules = rules(&server);
    rules.allow_http = false;
    assert_eq!(JwtVerifier::new(rules).err(), Some(JwtSetupError::JwksUrlNotHttps));
}

#[tokio::test]
async fn jwks_slow_60s() {
    let whole = ok(&jwks(&[RSA_1.jwk("k1")]));
    let stalled_after = |bytes: usize| assert_failure(Answer::Stall(whole[..bytes].to_owned()));
    tokio::join!(stalled_after(0), stalled_after(20), stalled_after(whole.len() - 1));
}

#[tokio::test]
async fn jwks_html_200() {
    assert_failure(Answer::Raw(ok("<!doctype html><title>Sign in</title>"))).await;
}

#[tokio::test]
async fn other_rubbish_is_a_failure_too() {
    let too_long = format!("{{\"keys\":[{}],\"pad\":\"{}\"}}", RSA_1.jwk("k1"), "x".repeat(256 * 1024));
    let too_many = jwks(&vec![RSA_1.jwk("k1"); 101]);
    let endless = "HTTP/1.1 200 OK\r\nx-pad: ".to_owned() + &"x".repeat(64 * 1024);
    for answer in [
        Answer::HangUp,
        Answer::Raw(String::new()),
        Answer::Raw("SSH-2.0-OpenSSH_9.9\r\n".into()),
        Answer::Raw(endless),
        Answer::Raw(ok(&jwks(&[RSA_1.jwk("k1")])).replace("200 OK", "500 Oh")),
        Answer::Raw(ok(&jwks(&[RSA_1.jwk("k1")])).replace("200 OK", "203 Perhaps")),
        Answer::Raw("HTTP/1.1 204 No Content\r\n\r\n".into()),
        Answer::Document("{nope".into()),
        Answer::Document(too_long),
        Answer::Document(too_many),
    ] {
        assert_failure(answer).await;
    }
}

#[tokio::test]
async fn an_answer_that_ends_with_the_connection_is_read_whole() {
    let server = JwksServer::start(Answer::Raw(format!("HTTP/1.1 200 OK\r\n\r\n{}", jwks(&[RSA_1.jwk("k1")]))));
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    assert_eq!(subject(&verifier, &good_token(&RSA_1, "k1", "u")).await, user("u"));
}

#[tokio::test]
async fn jwks_rsa_1024() {
    let fixture: Value = serde_json::from_str(include_str!("../../../../tests/fixtures/jwt/rsa-1024.json")).unwrap();
    assert_ignored(&fixture["jwk"], fixture["token"].as_str().unwrap()).await;
}

#[tokio::test]
async fn jwks_rsa_e1() {
    let mut jwk = RSA_1.jwk("k1");
    jwk["e"] = "AQ".into();
    // With the exponent 1 anybody can sign: the signature is the padded hash itself.
    let digest_info = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    let good = good_token(&RSA_1, "k1", "u");
    let signed = good.rsplit_once('.').unwrap().0;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, signed.as_bytes());
    let tail = [&digest_info[..], hash.as_ref()].concat();
    let forged = [&[0, 1][..], &vec![0xff; 256 - 3 - tail.len()], &[0], &tail].concat();
    assert_ignored(&jwk, &format!("{signed}.{}", issuer::base64url(&forged))).await;
}

#[tokio::test]
async fn jwks_kty_oct() {
    let jwk = json!({"kty": "oct", "alg": "HS256", "kid": "k1", "k": issuer::base64url(b"secret")});
    assert_ignored(&jwk, &good_token(&RSA_1, "k1", "u")).await;
}

#[tokio::test]
async fn jwks_ec() {
    let (_, jwk) = issuer::ec_signature(b"");
    assert_ignored(&jwk, &good_token(&RSA_1, "k1", "u")).await;
}

#[tokio::test]
async fn jwks_use_enc() {
    let mut jwk = RSA_1.jwk("k1");
    jwk["use"] = "enc".into();
    assert_ignored(&jwk, &good_token(&RSA_1, "k1", "u")).await;
}

/// A key that is not used: alone it is as good as none, and beside another it does no harm.
async fn assert_ignored(jwk: &Value, token: &str) {
    let server = JwksServer::with_keys(std::slice::from_ref(jwk));
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    assert_eq!(subject(&verifier, token).await, UNAVAILABLE);

    let server = JwksServer::with_keys(&[jwk.clone(), RSA_2.jwk("k2")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    assert_eq!(subject(&verifier, token).await, UNKNOWN_KEY);
    assert_eq!(subject(&verifier, &good_token(&RSA_2, "k2", "u")).await, user("u"));
}

#[tokio::test]
async fn jwks_dup_kid() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1"), RSA_OTHER.jwk("k1"), RSA_2.jwk("k2")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    assert_eq!(subject(&verifier, &good_token(&RSA_1, "k1", "u")).await, UNKNOWN_KEY);
    assert_eq!(subject(&verifier, &good_token(&RSA_OTHER, "k1", "u")).await, UNKNOWN_KEY);
    assert_eq!(subject(&verifier, &good_token(&RSA_2, "k2", "u")).await, user("u"));
}

#[tokio::test]
async fn jwks_outage_start() {
    let server = JwksServer::start(Answer::HangUp);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    assert_eq!(server.requests(), 0);
    let token = good_token(&RSA_1, "k1", "u");
    for second in 0..5 {
        assert_eq!(subject_at(&verifier, &token, NOW_S + second).await, UNAVAILABLE);
    }
    assert_eq!(server.requests(), 1);
    server.set(Answer::Document(jwks(&[RSA_1.jwk("k1")])));
    assert_eq!(subject_at(&verifier, &token, NOW_S + 6).await, user("u"));
}

#[tokio::test]
async fn nothing_is_fetched_for_a_token_that_is_none() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    for token in ["Bearer", "a.b.c", "", "Basic Zm9v"] {
        assert_eq!(subject(&verifier, token).await.unwrap_err().code(), "invalid_jwt");
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn keys_are_asked_for_once_per_cache_time() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    let token = good_token(&RSA_1, "k1", "u");
    for second in [0, 1, 400, 479] {
        assert_eq!(subject_at(&verifier, &token, NOW_S + second).await, user("u"));
    }
    assert_eq!(server.requests(), 1);
    assert_eq!(subject_at(&verifier, &token, NOW_S + 600).await, user("u"));
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_key_that_the_issuer_dropped_dies_with_the_cache() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    let token = good_token(&RSA_1, "k1", "u");
    assert_eq!(subject(&verifier, &token).await, user("u"));
    server.set(Answer::Document(jwks(&[RSA_2.jwk("k2")])));
    assert_eq!(subject_at(&verifier, &token, NOW_S + 600).await, UNKNOWN_KEY);
}

#[tokio::test]
async fn a_rotated_key_is_found_at_once_and_strangers_are_rationed() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    let (old, new) = (good_token(&RSA_1, "k1", "u"), good_token(&RSA_2, "k2", "u"));
    assert_eq!(subject(&verifier, &old).await, user("u"));
    server.set(Answer::Document(jwks(&[RSA_1.jwk("k1"), RSA_2.jwk("k2")])));
    assert_eq!(subject_at(&verifier, &new, NOW_S + 1).await, user("u"));
    assert_eq!(server.requests(), 2);

    let stranger = good_token(&RSA_OTHER, "k9", "u");
    for second in 2..61 {
        assert_eq!(subject_at(&verifier, &stranger, NOW_S + second).await, UNKNOWN_KEY);
    }
    assert_eq!(server.requests(), 2);
    assert_eq!(subject_at(&verifier, &stranger, NOW_S + 61).await, UNKNOWN_KEY);
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_stranger_who_comes_first_causes_one_fetch() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    let stranger = good_token(&RSA_OTHER, "k9", "u");
    assert_eq!(subject(&verifier, &stranger).await, UNKNOWN_KEY);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_token_judged_by_old_keys_gets_those_that_another_has_fetched() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let rules = rules(&server);
    let cache = KeyCache::new(&rules, JwksFetcher::new(&rules).unwrap());
    let old = cache.current(NOW_S).await.unwrap().keys;
    server.set(Answer::Document(jwks(&[RSA_2.jwk("k2")])));
    for _ in 0..2 {
        let newer = cache.newer_than(Arc::clone(&old), NOW_S).await.unwrap();
        assert!(newer.knows("k2"));
    }
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_rotated_key_is_found_under_the_collectors_rules_too() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let mut rules = collector_rules(&server);
    (rules.issuer, rules.audience) = ("https://idp.test".into(), "hearth".into());
    let verifier = JwtVerifier::new(rules).unwrap();
    assert_eq!(subject(&verifier, &good_token(&RSA_1, "k1", "u")).await, user("u"));
    server.set(Answer::Document(jwks(&[RSA_2.jwk("k2")])));
    assert_eq!(subject(&verifier, &good_token(&RSA_2, "k2", "u")).await, user("u"));
}

#[tokio::test]
async fn an_issuer_that_withdraws_all_keys_is_obeyed() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    let token = good_token(&RSA_1, "k1", "u");
    assert_eq!(subject(&verifier, &token).await, user("u"));
    server.set(Answer::Document(jwks(&[])));
    assert_eq!(subject_at(&verifier, &token, NOW_S + 600).await, UNAVAILABLE);
}
