//! The written form of a token: header, claims and signature, joined by dots.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use super::refusal::InvalidJwt;
use super::rules::RuleSet;

/// The longest token that is looked at, in bytes (trust.md 5).
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// A token taken apart, nothing of it believed yet.
#[derive(Debug)]
pub(super) struct CompactToken<'a> {
    /// The `kid` of the header.
    pub kid: Option<String>,
    /// One of the algorithms that were asked for; whether the key is for it is another question.
    pub algorithm: Algorithm,
    /// What the signature covers.
    pub signed: &'a [u8],
    /// The signature, as canonical base64url.
    pub signature: String,
    claims: Vec<u8>,
}

impl<'a> CompactToken<'a> {
    /// Takes `token` apart.
    ///
    /// Of the header only `alg`, `kid` and `crit` are read: keys and addresses that a token brings
    /// along (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
    pub(super) fn parse(token: &'a [u8], rule_set: RuleSet, algorithms: &[Algorithm]) -> Result<Self, InvalidJwt> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(InvalidJwt::TooLong);
        }
        let lenient = rule_set == RuleSet::HeatCollector;
        let decode = if lenient { decode_any } else { decode_canonical };

        let mut parts = token.split(|byte| *byte == b'.');
        let (Some(header), Some(claims), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(InvalidJwt::Form);
        };
        let surplus = parts.next().is_some() && !lenient;
        if header.is_empty() || claims.is_empty() || signature.is_empty() || surplus {
            return Err(InvalidJwt::Form);
        }
        let signed = token.get(..=header.len() + claims.len()).ok_or(InvalidJwt::Form)?;
        let (algorithm, kid) = read_header(&decode(header)?, rule_set, algorithms)?;
        Ok(Self {
            kid,
            algorithm,
            signed,
            signature: URL_SAFE_NO_PAD.encode(decode(signature)?),
            claims: decode(claims)?,
        })
    }

    /// The claims as JSON; of a name that occurs twice the last counts (RFC 7519 4).
    pub(super) fn claims(&self) -> Result<Map<String, Value>, InvalidJwt> {
        serde_json::from_slice(&self.claims).map_err(|_| InvalidJwt::Claims)
    }
}

/// Reads the header and gives its `alg` and `kid`.
fn read_header(
    header: &[u8],
    rule_set: RuleSet,
    algorithms: &[Algorithm],
) -> Result<(Algorithm, Option<String>), InvalidJwt> {
    let mut header: Map<String, Value> = serde_json::from_slice(header).map_err(|_| InvalidJwt::Header)?;
    let algorithm = header.get("alg").and_then(Value::as_str).and_then(|name| name.parse().ok());
    let algorithm = algorithm.filter(|named| algorithms.contains(named)).ok_or(InvalidJwt::Algorithm)?;
    let strict = rule_set != RuleSet::HeatCollector;
    if strict && header.contains_key("crit") {
        return Err(InvalidJwt::CriticalExtension);
    }
    match header.remove("kid") {
        Some(Value::String(kid)) => Ok((algorithm, Some(kid))),
        Some(_) if strict => Err(InvalidJwt::Header),
        _ => Ok((algorithm, None)),
    }
}

/// base64url without padding and without stray bits (RFC 7515 2).
fn decode_canonical(part: &[u8]) -> Result<Vec<u8>, InvalidJwt> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| InvalidJwt::Form)
}

/// base64 of either alphabet, padded or not: what the collector's Node.js reads.
pub(super) fn decode_any(part: &[u8]) -> Result<Vec<u8>, InvalidJwt> {
    const EITHER: GeneralPurpose = GeneralPurpose::new(
        &alphabet::URL_SAFE,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(true),
    );
    let unpadded = part.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let url_safe: Vec<u8> = part
        .iter()
        .take(unpadded)
        .map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        })
        .collect();
    EITHER.decode(url_safe).map_err(|_| InvalidJwt::Form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const HEARTH: RuleSet = RuleSet::Hearth { require_exp: true, leeway: Duration::ZERO };

    fn parse(token: &[u8], rule_set: RuleSet) -> Result<CompactToken<'_>, InvalidJwt> {
        CompactToken::parse(token, rule_set, &[Algorithm::RS256])
    }

    fn token(header: &str, rest: &str) -> Vec<u8> {
        format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header)).into_bytes()
    }

    #[test]
    fn the_signature_covers_the_first_two_parts() {
        let token = token(r#"{"alg":"RS256","kid":"k"}"#, "e30.AAAA");
        let parsed = parse(&token, HEARTH).unwrap();
        assert_eq!(parsed.signed, token.strip_suffix(b".AAAA").unwrap());
        assert_eq!(parsed.kid.as_deref(), Some("k"));
        assert!(parsed.claims().unwrap().is_empty());
    }

    #[test]
    fn only_the_collector_overlooks_more_parts_and_sloppy_base64() {
        for rest in ["e30.AAAA.more", "e30=.AAAA", "e30.AA==", "e30.A+/A", "e30.AB"] {
            let token = token(r#"{"alg":"RS256"}"#, rest);
            assert!(parse(&token, RuleSet::HeatCollector).is_ok(), "{rest}");
            assert_eq!(parse(&token, HEARTH).err(), Some(InvalidJwt::Form), "{rest}");
        }
    }

    #[test]
    fn a_missing_or_empty_part_is_no_token_for_anybody() {
        for token in ["", "Bearer", "a.b", "a.b.", ".b.c", "a..c", ".."] {
            for rule_set in [HEARTH, RuleSet::HeatCollector] {
                assert_eq!(parse(token.as_bytes(), rule_set).err(), Some(InvalidJwt::Form), "{token}");
            }
        }
    }

    #[test]
    fn the_length_limit_comes_first() {
        let long = vec![b'.'; MAX_TOKEN_BYTES + 1];
        assert_eq!(parse(&long, HEARTH).err(), Some(InvalidJwt::TooLong));
        assert_eq!(parse(&long, RuleSet::HeatCollector).err(), Some(InvalidJwt::TooLong));
    }

    #[test]
    fn a_kid_that_is_no_text_is_refused_or_ignored() {
        let token = token(r#"{"alg":"RS256","kid":1}"#, "e30.AAAA");
        assert_eq!(parse(&token, HEARTH).err(), Some(InvalidJwt::Header));
        assert_eq!(parse(&token, RuleSet::HeatCollector).unwrap().kid, None);
    }

    #[test]
    fn only_the_algorithms_that_are_asked_for_exist() {
        for (name, is_known) in [("RS256", true), ("ES256", true), ("rs256", false), ("HS256", false), ("none", false)]
        {
            let token = token(&format!(r#"{{"alg":"{name}"}}"#), "e30.AAAA");
            let parsed = CompactToken::parse(&token, HEARTH, &[Algorithm::RS256, Algorithm::ES256]);
            assert_eq!(parsed.err(), (!is_known).then_some(InvalidJwt::Algorithm), "{name}");
        }
    }
}
