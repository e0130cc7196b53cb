//! Why recording cannot begin; each is a mistake in the configuration.

use crate::http::jwt::JwtSetupError;

#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("the identity source {text:?} {message}")]
    Source { text: String, message: String },
    #[error("{0:?} cannot be the name of a header")]
    Header(String),
    #[error("the identity sources name more than 255 headers")]
    TooManyHeaders,
    #[error("{0:?} cannot be the name of a cookie")]
    CookieName(String),
    #[error("{text:?} in traffic.{list} {message}")]
    Matcher { list: &'static str, text: String, message: String },
    #[error("a pattern in traffic.routes cannot be used: {0}")]
    Pattern(String),
    #[error("a jwt: source needs one of secret, public_key and jwks_url in [traffic.identity.jwt]")]
    NoKey,
    #[error("the public key {path} cannot be read: {source}")]
    KeyFile { path: String, source: std::io::Error },
    #[error("[traffic.identity.jwt] cannot work: {0}")]
    Jwt(#[from] JwtSetupError),
    #[error("the recorder's thread cannot be started: {0}")]
    Thread(std::io::Error),
}
