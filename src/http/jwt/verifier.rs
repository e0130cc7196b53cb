//! The judge of tokens.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::{Map, Value};

use super::claims::{self, Claims};
use super::compact::CompactToken;
use super::fetch::JwksFetcher;
use super::fixed_key::FixedKey;
use super::key_cache::{CurrentKeys, KeyCache};
use super::key_set::{Key, KeySet};
use super::refresh::KeyState;
use super::refusal::{InvalidJwt, JwtRefusal};
use super::rules::{JwtRules, JwtSetupError, RuleSet};

/// Judges tokens by one set of rules; shared by all workers.
pub struct JwtVerifier {
    rules: JwtRules,
    keys: Keys,
}

/// Where the keys come from.
enum Keys {
    OfIssuer(Arc<KeyCache>),
    Fixed(FixedKey),
}

impl JwtVerifier {
    /// A verifier that has not asked for keys yet, so that it can be built while the issuer is down.
    ///
    /// # Errors
    /// Rules that cannot work, or an https address on a machine without root certificates.
    pub fn new(rules: JwtRules) -> Result<Self, JwtSetupError> {
        let fetcher = JwksFetcher::new(&rules)?;
        Ok(Self::with_fetcher(rules, fetcher))
    }

    /// A verifier with one key; of the rules, those about fetching keys are not used.
    #[must_use]
    pub fn with_key(rules: JwtRules, key: FixedKey) -> Self {
        let rules = JwtRules { algorithms: key.algorithms, ..rules };
        Self { rules, keys: Keys::Fixed(key) }
    }

    /// A verifier whose keys come through `fetcher`.
    pub(super) fn with_fetcher(rules: JwtRules, fetcher: JwksFetcher) -> Self {
        let keys = Keys::OfIssuer(KeyCache::new(&rules, fetcher));
        Self { rules, keys }
    }

    /// Judges `token` at `now_s`, seconds since the Unix epoch.
    ///
    /// Waits for at most one fetch of keys, and so for about `fetch_timeout` at worst. Must be called
    /// within a tokio runtime; the calling future may be dropped at any time.
    ///
    /// # Errors
    /// The first thing that is wrong with the token, or that there are no keys.
    pub async fn verify(&self, token: &[u8], now_s: i64) -> Result<Claims, JwtRefusal> {
        let token = self.parse(token)?;
        let claims = match &self.keys {
            Keys::Fixed(key) => signed_claims(&token, &key.decoding)?,
            Keys::OfIssuer(cache) => {
                let keys = keys_for(cache, token.kid.as_deref(), now_s).await.ok_or(self.no_keys())?;
                signed_claims(&token, self.select(&keys, &token)?)?
            }
        };
        Ok(claims::check(&claims, &self.rules, now_s)?)
    }

    /// Judges `token` as [`Self::verify`] does, by the keys that are at hand: it never waits, and a token whose key
    /// has yet to be fetched is not believed. Gives all that the token says. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The first thing that is wrong with the token, or that there are no keys.
    pub fn claims_at_hand(&self, token: &[u8], now_s: i64) -> Result<Map<String, Value>, JwtRefusal> {
        let token = self.parse(token)?;
        let claims = match &self.keys {
            Keys::Fixed(key) => signed_claims(&token, &key.decoding)?,
            Keys::OfIssuer(cache) => {
                let keys = cache.at_hand(now_s).ok_or(self.no_keys())?;
                if token.kid.as_deref().is_some_and(|kid| !keys.knows(kid)) {
                    cache.ask_for_newer(now_s);
                }
                signed_claims(&token, self.select(&keys, &token)?)?
            }
        };
        claims::check_validity(&claims, &self.rules, now_s)?;
        Ok(claims)
    }

    /// Fetches the keys, if any are to be fetched, so that the first token finds them.
    pub async fn prepare(&self, now_s: i64) {
        if let Keys::OfIssuer(cache) = &self.keys {
            // Without keys tokens are refused until there are some; the failure is in the log.
            let _ = cache.current(now_s).await;
        }
    }

    /// How the issuer's keys are at `now_s`; nothing for a key that is not fetched.
    #[must_use]
    pub fn key_state(&self, now_s: i64) -> Option<KeyState> {
        match &self.keys {
            Keys::OfIssuer(cache) => Some(cache.key_state(now_s)),
            Keys::Fixed(_) => None,
        }
    }

    fn parse<'a>(&self, token: &'a [u8]) -> Result<CompactToken<'a>, InvalidJwt> {
        CompactToken::parse(token, self.rules.rule_set, self.rules.algorithms)
    }

    fn select<'a>(&self, keys: &'a KeySet, token: &CompactToken<'_>) -> Result<&'a DecodingKey, InvalidJwt> {
        let Key { algorithm, decoding, .. } =
            keys.select(token.kid.as_deref(), self.rules.rule_set).ok_or(InvalidJwt::UnknownKey)?;
        if *algorithm == token.algorithm { Ok(decoding) } else { Err(InvalidJwt::Algorithm) }
    }

    fn no_keys(&self) -> JwtRefusal {
        match self.rules.rule_set {
            RuleSet::Hearth { .. } => JwtRefusal::JwksUnavailable,
            RuleSet::HeatCollector => InvalidJwt::NoKeys.into(),
        }
    }
}

/// The keys to look for `kid` in: those at hand, or newer ones if it is not among them.
async fn keys_for(cache: &Arc<KeyCache>, kid: Option<&str>, now_s: i64) -> Option<Arc<KeySet>> {
    let CurrentKeys { keys, just_fetched } = cache.current(now_s).await?;
    match kid {
        Some(kid) if !just_fetched && !keys.knows(kid) => cache.newer_than(keys, now_s).await,
        _ => Some(keys),
    }
}

/// The claims of a token whose signature fits.
fn signed_claims(token: &CompactToken<'_>, key: &DecodingKey) -> Result<Map<String, Value>, InvalidJwt> {
    let algorithm: Algorithm = token.algorithm;
    match crypto::verify(&token.signature, token.signed, key, algorithm) {
        Ok(true) => token.claims(),
        Ok(false) | Err(_) => Err(InvalidJwt::Signature),
    }
}
