//! The verifier against real keys and a real server on loopback.

mod at_hand;
mod bad_inputs;
mod fixed_key;
mod heat_corpus;
pub(crate) mod issuer;
mod jwks;
pub(crate) mod jwks_server;
mod sharing;
mod tls;

use std::time::Duration;

use super::{JwtRefusal, JwtRules, JwtVerifier, RuleSet, Subject, bearer};
use jwks_server::JwksServer;

/// When all tests take place, seconds since the epoch.
pub(crate) const NOW_S: i64 = 1_795_000_000;

/// Rules that reach `server`, with the names that the hostile inputs use.
fn rules(server: &JwksServer) -> JwtRules {
    let mut rules = JwtRules::new(server.url("/jwks.json"), "https://idp.test".into(), "hearth".into());
    rules.allow_http = true;
    rules.allow_private_address = true;
    rules
}

/// Rules as a replaced collector had them, with the names that the corpus uses.
fn collector_rules(server: &JwksServer) -> JwtRules {
    let mut rules = rules(server);
    rules.issuer = "https://issuer.test/".into();
    rules.audience = "heat-test".into();
    rules.rule_set = RuleSet::HeatCollector;
    rules
}

/// The user that `token` proves at `NOW_S`.
async fn subject(verifier: &JwtVerifier, token: &str) -> Result<Subject, JwtRefusal> {
    subject_at(verifier, token, NOW_S).await
}

async fn subject_at(verifier: &JwtVerifier, token: &str, now_s: i64) -> Result<Subject, JwtRefusal> {
    verifier.verify(token.as_bytes(), now_s).await.map(|claims| claims.subject)
}

/// The outcome of a token that proves the user `id`.
#[expect(clippy::unnecessary_wraps, reason = "it is compared with outcomes")]
fn user(id: &str) -> Result<Subject, JwtRefusal> {
    Ok(Subject::Id(id.into()))
}
