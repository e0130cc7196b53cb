//! What can go wrong with a fetch of keys.

/// Why a fetch brought no keys; for the log only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum FetchError {
    #[error("the host name does not resolve")]
    NameLookup,
    #[error("the host has no public address")]
    PrivateAddress,
    #[error("no connection")]
    Connect,
    #[error("no trusted TLS connection")]
    Tls,
    #[error("the answer is not readable HTTP")]
    Http,
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("the answer is too large")]
    TooLarge,
    #[error("it took too long")]
    TimedOut,
    #[error("the answer is not a JWKS")]
    NotJwks,
    #[error("the set lists too many keys")]
    TooManyKeys,
    #[error("the set has no key that may check signatures of the algorithms in use")]
    NoUsableKey,
}

impl FetchError {
    /// Stable code for the log.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::NameLookup => "name_lookup",
            Self::PrivateAddress => "private_address",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Status(_) => "status",
            Self::TooLarge => "too_large",
            Self::TimedOut => "timed_out",
            Self::NotJwks => "not_jwks",
            Self::TooManyKeys => "too_many_keys",
            Self::NoUsableKey => "no_usable_key",
        }
    }
}
