//! Every source, and tokens of every kind.

use aws_lc_rs::hmac;
use serde_json::json;

use super::*;
use crate::http::jwt::tests::NOW_S;
use crate::http::jwt::tests::issuer::{RSA_1, good_token, jwks, token};
use crate::http::jwt::tests::jwks_server::{Answer, JwksServer};
use crate::intake::traffic::tests::traffic;

const SECRET: &str = "a secret of the app and of its proxy";

/// Sources of the user's id and of the session, in their order.
fn config(user_id: &[&str], session_id: &[&str]) -> TrafficIdentity {
    let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect();
    let mut config = traffic().identity;
    config.user_id = texts(user_id);
    config.session_id = texts(session_id);
    config
}

fn notes(texts: &[(Note, &str)]) -> Notes {
    let mut notes = Notes::default();
    for (note, text) in texts {
        notes.add(*note, text.as_bytes());
    }
    notes
}

fn user(identity: &Identity, texts: &[(Note, &str)], is_trusted: bool) -> Option<String> {
    identity.resolve(&notes(texts), is_trusted, NOW_S).user.map(|user| user.id.into())
}

fn session(identity: &Identity, texts: &[(Note, &str)]) -> Option<String> {
    identity.resolve(&notes(texts), false, NOW_S).session_id.map(Into::into)
}

fn with_secret(claims: &str, secret: &str) -> String {
    token(r#"{"alg":"HS256"}"#, claims, |message| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message).as_ref().to_vec()
    })
}

/// The user of `jwt:WAY` in a token with these claims, which lasts for a minute.
fn claim(way: &str, claims: &serde_json::Value) -> Option<String> {
    let mut config = config(&[&format!("jwt:{way}")], &[]);
    config.jwt.secret = SECRET.to_owned();
    let mut claims = claims.clone();
    claims["exp"] = (NOW_S + 60).into();
    let header = format!("Bearer {}", with_secret(&claims.to_string(), SECRET));
    user(&Identity::new(&config).unwrap(), &[(Note::Authorization, &header)], false)
}

#[test]
fn sources_are_tried_in_their_order() {
    let sources = ["response-header:x-user", "request-header:x-user", "cookie:user"];
    let identity = Identity::new(&config(&sources, &[])).unwrap();
    let all = [
        (Note::ResponseHeader(0), "of the app"),
        (Note::RequestHeader(0), "of the gateway"),
        (Note::Cookie, "a=b; user=\"of the browser\""),
    ];
    assert_eq!(user(&identity, &all, true).as_deref(), Some("of the app"));
    assert_eq!(user(&identity, &all[1..], true).as_deref(), Some("of the gateway"));
    assert_eq!(user(&identity, &all[1..], false).as_deref(), Some("of the browser"));
    assert_eq!(user(&identity, &all[2..], true).as_deref(), Some("of the browser"));
    assert_eq!(user(&identity, &[(Note::ResponseHeader(0), " "), all[2]], true).as_deref(), Some("of the browser"));
    assert_eq!(user(&identity, &[], true), None);
}

#[test]
fn a_session_may_come_from_anybody_and_a_user_only_from_those_we_trust() {
    let header = "request-header:x-id";
    let identity = Identity::new(&config(&[header], &[header])).unwrap();
    let texts = [(Note::RequestHeader(0), "someone")];
    assert_eq!(user(&identity, &texts, false), None);
    assert_eq!(session(&identity, &texts).as_deref(), Some("someone"));
    assert!(identity.has_session(&notes(&texts)));
    assert!(!identity.has_session(&notes(&[])));
}

#[test]
fn name_and_address_belong_to_an_id() {
    let identity = Identity::new(&traffic().identity).unwrap();
    let texts =
        [(Note::ResponseHeader(0), "7"), (Note::ResponseHeader(1), "Zoë"), (Note::ResponseHeader(2), "z@x.org")];
    let who = identity.resolve(&notes(&texts), false, NOW_S);
    let expected = TrafficUser { id: "7".into(), name: Some("Zoë".into()), email: Some("z@x.org".into()) };
    assert_eq!(who.user, Some(expected));
    assert_eq!(identity.resolve(&notes(&texts[1..]), false, NOW_S), Who::default());
}

#[test]
fn what_was_sent_is_bounded_and_can_be_shown() {
    let identity = Identity::new(&config(&["cookie:user"], &[])).unwrap();
    let long = format!("user={}", "é".repeat(400));
    assert_eq!(user(&identity, &[(Note::Cookie, &long)], false).unwrap().chars().count(), 255);
    assert_eq!(user(&identity, &[(Note::Cookie, "user=a\u{7}\u{1b}b")], false).as_deref(), Some("ab"));
    assert_eq!(user(&identity, &[(Note::Cookie, "user=")], false), None);
}

#[test]
fn a_claim_is_text_whatever_simple_thing_it_is() {
    let claims = json!({
        "sub": "u", "n": 42, "f": 1.5, "t": true, "null": null, "list": ["a"], "deep": {"user": {"id": 7}}, "a.b": "dot",
    });
    for (way, expected) in [
        ("sub", Some("u")),
        ("n", Some("42")),
        ("f", Some("1.5")),
        ("t", Some("true")),
        ("deep.user.id", Some("7")),
        ("null", None),
        ("list", None),
        ("deep", None),
        ("deep.user", None),
        ("sub.x", None),
        ("missing", None),
        ("a.b", None),
    ] {
        assert_eq!(claim(way, &claims).as_deref(), expected, "{way}");
    }
}

#[test]
fn the_header_goes_before_the_cookie_and_a_bad_token_before_nobody() {
    let mut config = config(&["jwt:sub"], &[]);
    config.jwt.secret = SECRET.to_owned();
    config.jwt.cookie = "token".to_owned();
    let identity = Identity::new(&config).unwrap();
    let good = |sub: &str| with_secret(&json!({"sub": sub, "exp": NOW_S + 60}).to_string(), SECRET);
    let bad = with_secret(&json!({"sub": "x", "exp": NOW_S + 60}).to_string(), "another");
    let late = with_secret(&json!({"sub": "x", "exp": NOW_S - 60}).to_string(), SECRET);
    let endless = with_secret(&json!({"sub": "x"}).to_string(), SECRET);
    let none = token(r#"{"alg":"none"}"#, r#"{"sub":"x","exp":9999999999}"#, |_| Vec::new());
    let cookie = format!("token={}", good("of the cookie"));
    let of_header = (Note::Authorization, format!("Bearer {}", good("of the header")));
    let both = [(of_header.0, of_header.1.as_str()), (Note::Cookie, &cookie)];
    assert_eq!(user(&identity, &both, false).as_deref(), Some("of the header"));
    for token in [&bad, &late, &endless, &none, "Basic Zm9vOmJhcg==", "", "a.b.c"] {
        let header = format!("Bearer {token}");
        // Twice: the second time it is remembered.
        for _ in 0..2 {
            assert_eq!(user(&identity, &[(Note::Authorization, &header)], false), None, "{token}");
        }
        let texts = [(Note::Authorization, header.as_str()), (Note::Cookie, &cookie)];
        assert_eq!(user(&identity, &texts, false).as_deref(), Some("of the cookie"), "{token}");
    }
}

#[test]
fn issuer_and_audience_count_where_they_are_configured() {
    let claims = json!({"sub": "u", "iss": "idp", "aud": ["x", "app"], "exp": NOW_S + 60}).to_string();
    let header = format!("Bearer {}", with_secret(&claims, SECRET));
    for (issuer, audience, expected) in
        [("", "", true), ("idp", "app", true), ("idp", "", true), ("other", "", false), ("", "other", false)]
    {
        let mut config = config(&["jwt:sub"], &[]);
        config.jwt.secret = SECRET.to_owned();
        (config.jwt.issuer, config.jwt.audience) = (issuer.to_owned(), audience.to_owned());
        let identity = Identity::new(&config).unwrap();
        assert_eq!(
            user(&identity, &[(Note::Authorization, &header)], false).is_some(),
            expected,
            "{issuer} {audience}"
        );
    }
}

#[test]
fn a_token_that_is_remembered_still_expires() {
    let mut config = config(&["jwt:sub"], &[]);
    config.jwt.secret = SECRET.to_owned();
    let identity = Identity::new(&config).unwrap();
    let claims = json!({"sub": "u", "exp": NOW_S + 100}).to_string();
    let notes = notes(&[(Note::Authorization, &format!("Bearer {}", with_secret(&claims, SECRET)))]);
    let is_known = |now_s| identity.resolve(&notes, false, now_s).user.is_some();
    let leeway_s = i64::try_from(config.jwt.leeway.as_secs()).unwrap();
    for (now_s, expected) in [
        (NOW_S, true),
        (NOW_S + 99 + leeway_s, true),
        (NOW_S + 100 + leeway_s, false),
        (NOW_S + 50, false),
        (NOW_S + 1000, false),
    ] {
        // A refusal counts for a minute, so the step back to a good time does not help at once.
        assert_eq!(is_known(now_s), expected, "{}", now_s - NOW_S);
    }
}

#[tokio::test]
async fn keys_of_an_issuer_are_there_before_the_first_token() {
    let server = JwksServer::start(Answer::Document(jwks(&[RSA_1.jwk("k1")])));
    let mut config = config(&["jwt:sub"], &[]);
    config.jwt.jwks_url = Some(server.url("/jwks.json").parse().unwrap());
    let identity = Identity::new(&config).unwrap();
    identity.prepare(NOW_S).await;
    let header = format!("Bearer {}", good_token(&RSA_1, "k1", "u"));
    for _ in 0..3 {
        assert_eq!(user(&identity, &[(Note::Authorization, &header)], false).as_deref(), Some("u"));
    }
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_public_key_comes_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key.pem");
    std::fs::write(&path, RSA_1.public_pem()).unwrap();
    let mut config = config(&["jwt:sub"], &[]);
    config.jwt.public_key = Some(path);
    let identity = Identity::new(&config).unwrap();
    let header = format!("Bearer {}", good_token(&RSA_1, "any", "u"));
    assert_eq!(user(&identity, &[(Note::Authorization, &header)], false).as_deref(), Some("u"));
}

#[test]
fn what_cannot_work_is_told() {
    let error = |change: &dyn Fn(&mut TrafficIdentity)| {
        let mut config = config(&["jwt:sub"], &[]);
        change(&mut config);
        Identity::new(&config).err().map(|error| error.to_string())
    };
    assert!(error(&|config| config.jwt.secret = SECRET.into()).is_none());
    let far = "http://idp.example.org/jwks".parse().ok();
    for (change, word) in [
        (&(|_: &mut TrafficIdentity| ()) as &dyn Fn(&mut TrafficIdentity), "secret"),
        (&|config| config.jwt.public_key = Some("/nowhere/key.pem".into()), "/nowhere/key.pem"),
        (&|config| config.jwt.public_key = Some("/".into()), "cannot be read"),
        (&|config| config.jwt.jwks_url.clone_from(&far), "https"),
        (&|config| config.user_name = vec!["sub".into()], "sub"),
    ] {
        assert!(error(change).is_some_and(|text| text.contains(word)), "{word}");
    }
}
