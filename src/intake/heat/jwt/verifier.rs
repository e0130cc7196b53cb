//! The judge of tokens.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, crypto};

use super::claims::{self, Claims};
use super::compact::CompactToken;
use super::fetch::JwksFetcher;
use super::key_cache::{CurrentKeys, KeyCache};
use super::key_set::KeySet;
use super::refusal::{InvalidJwt, JwtRefusal};
use super::rules::{JwtRules, JwtSetupError, RuleSet};

/// Judges tokens by one set of rules; shared by all workers.
pub struct JwtVerifier {
    rules: JwtRules,
    keys: Arc<KeyCache>,
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

    /// A verifier whose keys come through `fetcher`.
    pub(super) fn with_fetcher(rules: JwtRules, fetcher: JwksFetcher) -> Self {
        let keys = KeyCache::new(&rules, fetcher);
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
        let rule_set = self.rules.rule_set;
        let token = CompactToken::parse(token, rule_set)?;
        let kid = token.kid.as_deref();

        let keys = self.keys_for(kid, now_s).await.ok_or(match rule_set {
            RuleSet::Hearth { .. } => JwtRefusal::JwksUnavailable,
            RuleSet::HeatCollector => InvalidJwt::NoKeys.into(),
        })?;
        let key = keys.select(kid, rule_set).ok_or(InvalidJwt::UnknownKey)?;
        match crypto::verify(&token.signature, token.signed, key, Algorithm::RS256) {
            Ok(true) => Ok(claims::check(&token.claims()?, &self.rules, now_s)?),
            Ok(false) | Err(_) => Err(InvalidJwt::Signature.into()),
        }
    }

    /// The keys to look for `kid` in: those at hand, or newer ones if it is not among them.
    async fn keys_for(&self, kid: Option<&str>, now_s: i64) -> Option<Arc<KeySet>> {
        let CurrentKeys { keys, just_fetched } = self.keys.current(now_s).await?;
        match kid {
            Some(kid) if !just_fetched && !keys.knows(kid) => self.keys.newer_than(keys, now_s).await,
            _ => Some(keys),
        }
    }
}
