//! Why a token was not believed.

/// The two answers to a token that does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtRefusal {
    /// The token is not good enough; the sender learns that and nothing more (401).
    #[error("the token is invalid: {0}")]
    Invalid(InvalidJwt),
    /// There is no key to judge any token with, which is our trouble and may pass (503).
    ///
    /// [`super::RuleSet::HeatCollector`] never gives it: the collector answers 401 here.
    #[error("the keys of the token issuer are not available")]
    JwksUnavailable,
}

impl JwtRefusal {
    /// Stable code of the answer: `invalid_jwt` or `jwks_unavailable`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_jwt",
            Self::JwksUnavailable => "jwks_unavailable",
        }
    }
}

impl From<InvalidJwt> for JwtRefusal {
    fn from(reason: InvalidJwt) -> Self {
        Self::Invalid(reason)
    }
}

/// What is wrong with a token, for counters and the log; never told to the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum InvalidJwt {
    #[error("it is longer than the limit")]
    TooLong,
    #[error("it is not in three base64url parts")]
    Form,
    #[error("its header is not readable")]
    Header,
    #[error("its algorithm is not one that the key is for")]
    Algorithm,
    #[error("it marks an extension as critical")]
    CriticalExtension,
    #[error("no single key of the issuer answers to its kid")]
    UnknownKey,
    #[error("the issuer has no keys or they cannot be fetched")]
    NoKeys,
    #[error("its signature does not fit")]
    Signature,
    #[error("its claims are not readable")]
    Claims,
    #[error("it has no expiry")]
    NoExpiry,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYetValid,
    #[error("it comes from another issuer")]
    Issuer,
    #[error("it is meant for another audience")]
    Audience,
    #[error("its subject is neither text nor a number")]
    Subject,
}

impl InvalidJwt {
    /// Stable code, a bounded label for counters and log lines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Form => "form",
            Self::Header => "header",
            Self::Algorithm => "algorithm",
            Self::CriticalExtension => "critical_extension",
            Self::UnknownKey => "unknown_key",
            Self::NoKeys => "no_keys",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::NoExpiry => "no_expiry",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Subject => "subject",
        }
    }
}
