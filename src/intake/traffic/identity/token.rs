//! The claims of tokens that were verified, remembered for as long as they may be.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use lru::LruCache;
use serde_json::{Map, Value};

use super::super::recording_error::RecordingError;
use super::{Claims, claim_text};
use crate::config::TrafficJwt;
use crate::http::jwt::{Algorithm, FixedKey, InvalidJwt, JwtRefusal, JwtRules, JwtVerifier, RuleSet};

/// Tokens that are remembered; a browser sends the same one with each request.
const MAX_TOKENS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);

/// Longest time for which a judgement counts, so that a key which its issuer withdraws does not live on.
const MAX_AGE_S: i64 = 600;

/// Time for which a token that was refused is not looked at again.
const REFUSED_FOR_S: i64 = 60;

/// Longest PEM file that is read, in bytes.
const MAX_PEM_BYTES: u64 = 64 * 1024;

/// Reads tokens by the rules of `[traffic.identity.jwt]`.
pub(in super::super) struct TokenReader {
    verifier: JwtVerifier,
    /// The ways to the claims that the sources name.
    claims: Vec<Vec<String>>,
    cookie: Option<Box<str>>,
    leeway_s: i64,
    judged: Mutex<LruCache<[u8; 32], Judgement>>,
}

struct Judgement {
    /// Counts before this, in seconds since the epoch.
    until_s: i64,
    /// Absent for a token that was refused.
    claims: Option<Arc<Claims>>,
}

impl TokenReader {
    pub(super) fn new(config: &TrafficJwt, claims: Vec<Vec<String>>) -> Result<Self, RecordingError> {
        Ok(Self {
            verifier: verifier(config)?,
            claims,
            cookie: (!config.cookie.is_empty()).then(|| config.cookie.as_str().into()),
            leeway_s: i64::try_from(config.leeway.as_secs()).unwrap_or(i64::MAX),
            judged: Mutex::new(LruCache::new(MAX_TOKENS)),
        })
    }

    /// The cookie in which a token may be.
    pub(super) fn cookie(&self) -> Option<&[u8]> {
        self.cookie.as_deref().map(str::as_bytes)
    }

    pub(super) async fn prepare(&self, now_s: i64) {
        self.verifier.prepare(now_s).await;
    }

    /// What a token says, if it can be believed at `now_s`. Never waits for keys.
    pub(super) fn read(&self, token: &[u8], now_s: i64) -> Option<Arc<Claims>> {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token).as_ref());
        let remembered = self.judged.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).and_then(|judgement| {
            let holds = now_s < judgement.until_s && judgement.until_s - now_s <= MAX_AGE_S;
            holds.then(|| judgement.claims.clone())
        });
        if let Some(claims) = remembered {
            return claims;
        }
        let judgement = match self.verifier.claims_at_hand(token, now_s) {
            Ok(claims) => Judgement { until_s: self.end_of(&claims, now_s), claims: Some(self.take(&claims)) },
            // What is missing here may come any moment.
            Err(JwtRefusal::JwksUnavailable | JwtRefusal::Invalid(InvalidJwt::UnknownKey)) => return None,
            Err(JwtRefusal::Invalid(_)) => Judgement { until_s: now_s + REFUSED_FOR_S, claims: None },
        };
        let claims = judgement.claims.clone();
        self.judged.lock().unwrap_or_else(PoisonError::into_inner).put(hash, judgement);
        claims
    }

    /// When the token must be looked at again: at its expiry, with the leeway, or when the judgement is too old.
    fn end_of(&self, claims: &Map<String, Value>, now_s: i64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a float beyond the range becomes its end, which is meant")]
        let expiry_s = claims.get("exp").and_then(Value::as_f64).map_or(i64::MAX, |expiry| expiry as i64);
        expiry_s.saturating_add(self.leeway_s).min(now_s.saturating_add(MAX_AGE_S))
    }

    fn take(&self, claims: &Map<String, Value>) -> Arc<Claims> {
        self.claims.iter().map(|way| claim_text(claims, way)).collect()
    }
}

/// The verifier by the one of the three keys that is configured.
fn verifier(config: &TrafficJwt) -> Result<JwtVerifier, RecordingError> {
    let url = config.jwks_url.as_ref();
    let mut rules =
        JwtRules::new(url.map(ToString::to_string).unwrap_or_default(), config.issuer.clone(), config.audience.clone());
    rules.rule_set = RuleSet::Hearth { require_exp: true, leeway: config.leeway };
    rules.open_names = true;
    if !config.secret.is_empty() {
        return Ok(JwtVerifier::with_key(rules, FixedKey::of_secret(config.secret.as_bytes())));
    }
    if let Some(path) = &config.public_key {
        let unreadable = |source| RecordingError::KeyFile { path: path.display().to_string(), source };
        let too_large = || std::io::Error::other("the file is too large for a key");
        if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_PEM_BYTES {
            return Err(unreadable(too_large()));
        }
        let pem = std::fs::read(path).map_err(unreadable)?;
        return Ok(JwtVerifier::with_key(rules, FixedKey::of_pem(&pem)?));
    }
    if url.is_none() {
        return Err(RecordingError::NoKey);
    }
    rules.algorithms = &[Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
    // The owner chose the address; over https its certificate says that this is who answers. Plain http is allowed
    // to this machine only.
    rules.allow_private_address = true;
    rules.allow_http = url.is_some_and(is_this_machine);
    Ok(JwtVerifier::new(rules)?)
}

fn is_this_machine(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
