//! Proof of who sent a heat batch or made a proxied request: signed tokens, checked against the keys that their
//! issuer publishes or against one key of the configuration.
//!
//! [`bearer`] finds the token in the `Authorization` header, [`JwtVerifier`] judges it. The rules
//! are Hearth's own ([`RuleSet::Hearth`]) or those of the replaced collector
//! ([`RuleSet::HeatCollector`], heat-collector.md 4.5). The keys are fetched when the first token
//! asks for them, so that a process starts while its issuer is down. Which algorithms there are says
//! the owner and then the key, never the token alone.

mod address;
mod bearer;
mod claims;
mod compact;
mod fetch;
mod fetch_error;
mod fixed_key;
mod key_cache;
mod key_set;
mod refresh;
mod refusal;
mod rules;
#[cfg(test)]
pub(crate) mod tests;
mod verifier;

pub use bearer::bearer;
pub use claims::{Claims, Subject};
pub use fixed_key::FixedKey;
pub use jsonwebtoken::Algorithm;
pub use refresh::KeyState;
pub use refusal::{InvalidJwt, JwtRefusal};
pub use rules::{JwtRules, JwtSetupError, RuleSet};
pub use verifier::JwtVerifier;
