//! Proof of who sent a heat batch: RS256 tokens, checked against the keys that their issuer publishes.
//!
//! [`bearer`] finds the token in the `Authorization` header, [`JwtVerifier`] judges it. The rules
//! are Hearth's own ([`RuleSet::Hearth`]) or those of the replaced collector
//! ([`RuleSet::HeatCollector`], heat-collector.md 4.5). The keys are fetched when the first token
//! asks for them, so that a process starts while its issuer is down.

mod address;
mod bearer;
mod claims;
mod compact;
mod fetch;
mod fetch_error;
mod key_cache;
mod key_set;
mod refresh;
mod refusal;
mod rules;
#[cfg(test)]
mod tests;
mod verifier;

pub use bearer::bearer;
pub use claims::{Claims, Subject};
pub use refusal::{InvalidJwt, JwtRefusal};
pub use rules::{JwtRules, JwtSetupError, RuleSet};
pub use verifier::JwtVerifier;
