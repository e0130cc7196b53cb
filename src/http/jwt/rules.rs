//! What the owner demands of tokens, and where the keys come from.

use std::time::Duration;

use hyper::Uri;
use jsonwebtoken::Algorithm;

/// The demands on tokens and the handling of the issuer's keys.
#[derive(Debug, Clone)]
pub struct JwtRules {
    /// Where the issuer publishes its keys (RFC 7517). Fixed here: no token can change it.
    pub jwks_url: String,
    /// The `iss` that every token must carry, to the letter.
    pub issuer: String,
    /// The `aud` that every token must carry, alone or in an array.
    pub audience: String,
    /// Lets issuer or audience be empty, which is then not checked: for tokens that open nothing, where a key alone
    /// says enough.
    pub open_names: bool,
    /// The signatures that are looked at, each with keys made for it alone.
    pub algorithms: &'static [Algorithm],
    /// Which of the two dialects of strictness applies.
    pub rule_set: RuleSet,
    /// Lets `jwks_url` be plain `http`, for development and tests.
    pub allow_http: bool,
    /// Lets the issuer live on a loopback, link-local or private address.
    pub allow_private_address: bool,
    /// The whole time that one fetch may take, from name look-up to the last byte.
    pub fetch_timeout: Duration,
    /// How long keys are used without asking again. Seconds count.
    pub cache: Duration,
    /// The least time between two fetches that were caused by an unknown `kid`.
    pub refetch_cooldown: Duration,
    /// The least time between a failed fetch and the next one.
    pub retry_after: Duration,
    /// How long keys outlive their last successful fetch while fetches fail.
    pub keep_on_failure: Duration,
}

impl JwtRules {
    /// The secure rules with the usual times (trust.md 5).
    #[must_use]
    pub fn new(jwks_url: String, issuer: String, audience: String) -> Self {
        Self {
            jwks_url,
            issuer,
            audience,
            open_names: false,
            algorithms: &[Algorithm::RS256],
            rule_set: RuleSet::Hearth { require_exp: true, leeway: Duration::from_mins(1) },
            allow_http: false,
            allow_private_address: false,
            fetch_timeout: Duration::from_secs(5),
            cache: Duration::from_mins(10),
            refetch_cooldown: Duration::from_mins(1),
            retry_after: Duration::from_secs(5),
            keep_on_failure: Duration::from_hours(24),
        }
    }

    /// The address of the keys, if these rules can work at all.
    ///
    /// # Errors
    /// The first rule that cannot hold.
    pub(super) fn checked_jwks_url(&self) -> Result<Uri, JwtSetupError> {
        if matches!(self.rule_set, RuleSet::Hearth { .. }) && !self.open_names {
            if self.issuer.is_empty() {
                return Err(JwtSetupError::IssuerEmpty);
            }
            if self.audience.is_empty() {
                return Err(JwtSetupError::AudienceEmpty);
            }
        }
        if self.fetch_timeout.is_zero() || self.cache < Duration::from_secs(1) {
            return Err(JwtSetupError::TimesTooShort);
        }
        let url: Uri = self.jwks_url.parse().map_err(|_| JwtSetupError::JwksUrl)?;
        let authority = url.authority().ok_or(JwtSetupError::JwksUrl)?;
        if authority.host().is_empty() || authority.as_str().contains('@') {
            return Err(JwtSetupError::JwksUrl);
        }
        match url.scheme_str() {
            Some("https") => Ok(url),
            Some("http") if self.allow_http => Ok(url),
            Some("http") => Err(JwtSetupError::JwksUrlNotHttps),
            _ => Err(JwtSetupError::JwksUrl),
        }
    }
}

/// The two dialects of strictness.
///
/// Neither uses an RSA key that has fewer than 2,048 bits or more than 8,192, or an exponent that is even or 1, or
/// any key that its issuer set aside for something else than signatures of [`JwtRules::algorithms`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleSet {
    /// Hearth's own: canonical tokens, an exact `kid`, no critical extensions, numeric times.
    ///
    /// A token without `kid` passes only while the issuer has exactly one key. A `kid` that the
    /// issuer gave to two different keys names neither; its other keys stay in use.
    Hearth {
        /// Whether a token without `exp` is refused.
        require_exp: bool,
        /// The clock difference that is forgiven on `exp` and `nbf`. Seconds count.
        leeway: Duration,
    },
    /// What heat-collector 0.3.7 accepts (heat-collector.md 4.5), for issuers that rely on it.
    ///
    /// An unknown or absent `kid` falls back to the first key that has one, `exp` and `nbf` are
    /// optional and may be numeric text, there is no leeway, and an empty configured issuer or
    /// audience is not checked. Two things differ and cannot be seen in an answer to a good token:
    /// an unknown `kid` causes a rationed refetch (D15), and times that are no numbers are refused.
    HeatCollector,
}

/// Why no verifier can be built from the rules; each is a mistake in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtSetupError {
    #[error("the JWKS URL must be absolute, ASCII and without user name or password")]
    JwksUrl,
    #[error("the JWKS URL must be https")]
    JwksUrlNotHttps,
    #[error("the issuer must not be empty")]
    IssuerEmpty,
    #[error("the audience must not be empty")]
    AudienceEmpty,
    #[error("the fetch timeout must not be zero and keys must be cached for at least one second")]
    TimesTooShort,
    #[error("the PEM file holds no public key for RS256, ES256 (P-256) or EdDSA (Ed25519)")]
    PublicKey,
    #[error("the machine has no trusted root certificates, so no https JWKS can be fetched")]
    NoTrustedRoots,
}

impl JwtSetupError {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::JwksUrl => "jwks_url",
            Self::JwksUrlNotHttps => "jwks_url_not_https",
            Self::IssuerEmpty => "issuer_empty",
            Self::AudienceEmpty => "audience_empty",
            Self::TimesTooShort => "times_too_short",
            Self::PublicKey => "public_key",
            Self::NoTrustedRoots => "no_trusted_roots",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JwtRules, JwtSetupError, RuleSet};

    fn rules(jwks_url: &str) -> JwtRules {
        JwtRules::new(jwks_url.into(), "issuer".into(), "audience".into())
    }

    #[test]
    fn plain_http_needs_the_switch() {
        let mut rules = rules("http://issuer.test/jwks.json");
        assert_eq!(rules.checked_jwks_url(), Err(JwtSetupError::JwksUrlNotHttps));
        rules.allow_http = true;
        assert!(rules.checked_jwks_url().is_ok());
    }

    #[test]
    fn a_url_that_cannot_be_fetched_is_refused() {
        for url in ["", "/jwks.json", "issuer.test", "ftp://issuer.test/", "https://u:p@issuer.test/", "https:///x"] {
            assert_eq!(rules(url).checked_jwks_url(), Err(JwtSetupError::JwksUrl), "{url}");
        }
    }

    #[test]
    fn issuer_and_audience_are_open_only_where_that_was_asked_for() {
        let mut rules = rules("https://issuer.test/");
        rules.audience.clear();
        assert_eq!(rules.checked_jwks_url(), Err(JwtSetupError::AudienceEmpty));
        rules.open_names = true;
        assert!(rules.checked_jwks_url().is_ok());
        rules.open_names = false;
        rules.issuer.clear();
        assert_eq!(rules.checked_jwks_url(), Err(JwtSetupError::IssuerEmpty));
        rules.rule_set = RuleSet::HeatCollector;
        assert!(rules.checked_jwks_url().is_ok());
    }
}
