//! Every token of the heat-collector corpus, under the collector's rules.

use serde_json::{Map, Value, json};

use super::issuer::{self, RSA_1, RSA_2, RSA_OTHER, RsaKey, base64url};
use super::jwks_server::Answer;
use super::*;

const LINES: &str = include_str!("../../../../tests/fixtures/jwt/heat-corpus.jsonl");

#[tokio::test]
async fn every_token_of_the_corpus_gets_the_answer_of_the_collector() {
    let up = JwksServer::with_keys(&[key("nokid").jwk(""), RSA_1.jwk("k1"), RSA_2.jwk("k2")]);
    let down = JwksServer::start(Answer::HangUp);
    let (mut accepted, mut refused) = (0, 0);
    for line in LINES.lines() {
        let scenario: Value = serde_json::from_str(line).unwrap();
        let server = if scenario["config"] == "jwks-down" { &down } else { &up };
        let verifier = JwtVerifier::new(collector_rules(server)).unwrap();
        for step in scenario["steps"].as_array().unwrap() {
            let code = step["code"].as_str();
            if matches!(code, Some("missing_project_key" | "invalid_json")) {
                continue; // Answered before the token is looked at (heat-collector.md 4.1).
            }
            let header = step["authorization"].as_str().map(|text| authorization(text, &scenario["tokens"]));
            let Some(token) = bearer(header.as_deref().map(str::as_bytes)) else {
                assert_eq!(code == Some("missing_jwt"), scenario["config"] != "both", "{step}");
                continue;
            };
            let outcome = verifier.verify(token, NOW_S).await.map_err(JwtRefusal::code);
            let expected = if code == Some("invalid_jwt") { Err("invalid_jwt") } else { Ok(()) };
            assert_eq!(outcome.as_ref().map(|_| ()).map_err(|code| *code), expected, "{}: {step}", scenario["name"]);
            if outcome.is_ok() {
                accepted += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert_eq!((accepted, refused), (16, 25));
}

#[tokio::test]
async fn an_unreachable_or_empty_key_set_makes_every_token_invalid() {
    let token = mint(&json!({}));
    for answer in [Answer::HangUp, Answer::Document(r#"{"keys":[]}"#.into()), Answer::Document("{nope".into())] {
        let server = JwksServer::start(answer);
        let verifier = JwtVerifier::new(collector_rules(&server)).unwrap();
        assert_eq!(subject(&verifier, &token).await.unwrap_err().code(), "invalid_jwt");
    }
}

#[tokio::test]
async fn more_parts_and_plain_base64_are_accepted() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(collector_rules(&server)).unwrap();
    for tamper in ["extra-part", "std-base64"] {
        let token = mint(&json!({"claims": {"sub": "u"}, "tamper": tamper}));
        assert_eq!(subject(&verifier, &token).await, user("u"), "{tamper}");
    }
}

#[tokio::test]
async fn the_three_kinds_of_subject_are_told_apart() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let verifier = JwtVerifier::new(collector_rules(&server)).unwrap();
    for (claims, expected) in [
        (json!({"sub": "jwt-user"}), Subject::Id("jwt-user".into())),
        (json!({"sub": ""}), Subject::Empty),
        (json!({}), Subject::Absent),
        (json!({"sub": 7}), Subject::Id("7".into())),
    ] {
        assert_eq!(subject(&verifier, &mint(&json!({"claims": claims}))).await, Ok(expected));
    }
    let token = mint(&json!({"claims": {"sub": true}}));
    assert_eq!(subject(&verifier, &token).await.unwrap_err().code(), "invalid_jwt");
}

/// Puts the scenario's tokens into a header.
fn authorization(template: &str, tokens: &Value) -> String {
    match template.split_once("${token.") {
        Some((scheme, name)) => format!("{scheme}{}", mint(&tokens[name.trim_end_matches('}')])),
        None => template.to_owned(),
    }
}

/// Makes a token from the corpus' description of it.
fn mint(spec: &Value) -> String {
    let text = |name: &str| spec[name].as_str().unwrap_or_default();
    let key_name = spec["key"].as_str().unwrap_or("k1");

    let mut header = json!({"alg": "RS256", "typ": "JWT"});
    match spec.get("kid") {
        Some(Value::Null) => {}
        Some(kid) => header["kid"] = kid.clone(),
        None => header["kid"] = key_name.into(),
    }
    lay_over(&mut header, spec.get("header"));

    let mut claims = json!({"iss": "https://issuer.test/", "aud": "heat-test", "iat": NOW_S});
    match spec.get("expIn") {
        Some(Value::Null) => {}
        seconds => claims["exp"] = (NOW_S + seconds.and_then(Value::as_i64).unwrap_or(3600)).into(),
    }
    if let Some(seconds) = spec["nbfIn"].as_i64() {
        claims["nbf"] = (NOW_S + seconds).into();
    }
    lay_over(&mut claims, spec.get("claims"));

    let token = issuer::token(&header.to_string(), &claims.to_string(), |message| {
        if spec["hs256"] == true {
            issuer::hmac_sha256(RSA_1.jwk("k1").to_string().as_bytes(), message)
        } else {
            key(key_name).sign("RS256", message)
        }
    });
    tampered(&token, &claims, text("tamper"))
}

/// Sets members, or takes those away that are `null`.
fn lay_over(object: &mut Value, changes: Option<&Value>) {
    for (name, value) in changes.and_then(Value::as_object).unwrap_or(&Map::new()) {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(name);
        } else {
            object[name] = value.clone();
        }
    }
}

fn tampered(token: &str, claims: &Value, tamper: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    match tamper {
        "" => token.to_owned(),
        "two-parts" => signed.to_owned(),
        "drop-signature" => format!("{signed}."),
        "extra-part" => format!("{token}.extra"),
        "std-base64" => format!("{signed}.{}==", signature.replace('-', "+").replace('_', "/")),
        "signature" => format!("{signed}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]),
        "payload" => {
            let mut claims = claims.clone();
            claims["sub"] = "attacker".into();
            let header = signed.split_once('.').unwrap().0;
            format!("{header}.{}.{signature}", base64url(claims.to_string().as_bytes()))
        }
        other => panic!("unheard-of tampering {other}"),
    }
}

fn key(name: &str) -> &'static RsaKey {
    match name {
        "k1" => &RSA_1,
        "k2" => &RSA_2,
        // Neither is among the keys with a kid, which is all that matters.
        "nokid" | "stranger" => &RSA_OTHER,
        other => panic!("unheard-of key {other}"),
    }
}
