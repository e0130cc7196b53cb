//! The public keys of a token issuer.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use serde::Deserialize;
use serde_json::Value;

use super::compact::decode_any;
use super::fetch_error::FetchError;
use super::rules::RuleSet;

/// The most keys that a set may list, usable or not (trust.md 5).
const MAX_KEYS: usize = 100;

/// Modulus sizes that are neither weak nor a way to keep the processor busy, in bits.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The keys of one fetch that can check RS256, in the order of the document; never empty.
pub(super) struct KeySet {
    keys: Vec<Key>,
}

struct Key {
    kid: Option<String>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    decoding: DecodingKey,
}

impl KeySet {
    /// Reads a JWKS document (RFC 7517 5).
    ///
    /// One odd key does not spoil the set: what is not a usable RSA key is passed over, and so is
    /// the second mention of a key under the same `kid`.
    pub(super) fn parse(document: &[u8]) -> Result<Self, FetchError> {
        let Document { keys: listed } = serde_json::from_slice(document).map_err(|_| FetchError::NotJwks)?;
        if listed.len() > MAX_KEYS {
            return Err(FetchError::TooManyKeys);
        }
        let mut keys: Vec<Key> = Vec::new();
        for key in listed.into_iter().filter_map(Key::usable) {
            if !keys.iter().any(|known| known.is_same(&key)) {
                keys.push(key);
            }
        }
        if keys.is_empty() { Err(FetchError::NoUsableKey) } else { Ok(Self { keys }) }
    }

    /// Whether any key has this `kid`; if not, the issuer may have new keys.
    pub(super) fn knows(&self, kid: &str) -> bool {
        self.named(kid).next().is_some()
    }

    /// The key that must have signed a token with this `kid`.
    pub(super) fn select(&self, kid: Option<&str>, rule_set: RuleSet) -> Option<&DecodingKey> {
        let key = match (rule_set, kid) {
            (RuleSet::Hearth { .. }, Some(kid)) => only(self.named(kid)),
            (RuleSet::Hearth { .. }, None) => only(self.keys.iter()),
            (RuleSet::HeatCollector, kid) => {
                // The collector keeps the last key of a name, at the place of the first.
                let asked = kid.and_then(|kid| self.named(kid).last());
                let first = self.keys.iter().find_map(|key| key.kid.as_deref());
                asked.or_else(|| self.named(first?).last())
            }
        };
        key.map(|key| &key.decoding)
    }

    fn named(&self, kid: &str) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.kid.as_deref() == Some(kid))
    }
}

impl Key {
    /// A key of the document, unless it must not check RS256 signatures.
    fn usable(listed: Value) -> Option<Self> {
        let Jwk { common, algorithm } = serde_json::from_value(listed).ok()?;
        let AlgorithmParameters::RSA(rsa) = algorithm else {
            return None;
        };
        let for_signatures = common.public_key_use.is_none_or(|key_use| key_use == PublicKeyUse::Signature)
            && common.key_operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
            && common.key_algorithm.is_none_or(|algorithm| algorithm == KeyAlgorithm::RS256);
        if !for_signatures {
            return None;
        }
        let modulus = unsigned(&rsa.n)?;
        let exponent = unsigned(&rsa.e)?;
        if !MODULUS_BITS.contains(&bits(&modulus)) || !is_odd(&modulus) || !is_odd(&exponent) || exponent == [1] {
            return None;
        }
        Some(Self {
            kid: common.key_id.filter(|kid| !kid.is_empty()),
            decoding: DecodingKey::from_rsa_raw_components(&modulus, &exponent),
            modulus,
            exponent,
        })
    }

    fn is_same(&self, other: &Self) -> bool {
        self.kid == other.kid && self.modulus == other.modulus && self.exponent == other.exponent
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// The one item of an iterator that has exactly one.
fn only<'a>(mut keys: impl Iterator<Item = &'a Key>) -> Option<&'a Key> {
    keys.next().filter(|_| keys.next().is_none())
}

/// An unsigned big-endian number without the leading zeros that some issuers write.
fn unsigned(base64: &str) -> Option<Vec<u8>> {
    let bytes = decode_any(base64.as_bytes()).ok()?;
    let first = bytes.iter().position(|byte| *byte != 0)?;
    bytes.get(first..).map(<[u8]>::to_vec)
}

/// Length of a number without leading zeros.
fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;
    use std::time::Duration;

    const HEARTH: RuleSet = RuleSet::Hearth { require_exp: true, leeway: Duration::ZERO };

    /// A modulus that is told apart from others by its last byte, which must be odd.
    fn modulus(bytes: usize, last: u8) -> String {
        let mut number = vec![0xab; bytes];
        number[bytes - 1] = last;
        URL_SAFE_NO_PAD.encode(number)
    }

    fn key(kid: &str, last: u8) -> Value {
        json!({"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": modulus(256, last), "e": "AQAB"})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut key = key("k", 1);
        key[name] = value;
        key
    }

    fn parse(keys: &[Value]) -> Result<KeySet, FetchError> {
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes())
    }

    /// The last byte of the modulus of the selected key.
    fn selected(set: &KeySet, kid: Option<&str>, rule_set: RuleSet) -> Option<u8> {
        let chosen = set.select(kid, rule_set)?;
        set.keys
            .iter()
            .find(|key| std::ptr::eq(&raw const key.decoding, chosen))
            .and_then(|key| key.modulus.last().copied())
    }

    #[test]
    fn a_key_that_must_not_check_signatures_is_passed_over() {
        for bad in [
            with("kty", json!("oct")),
            with("kty", json!("EC")),
            with("use", json!("enc")),
            with("alg", json!("RS512")),
            with("alg", json!("RSA-OAEP")),
            with("key_ops", json!(["encrypt"])),
            with("n", json!(modulus(128, 1))),
            with("n", json!(modulus(256, 2))),
            with("n", json!(modulus(1025, 1))),
            with("n", json!("")),
            with("n", json!("?")),
            with("n", json!(7)),
            with("e", json!("AQ")),
            with("e", json!("AAE")),
            with("e", json!("Ag")),
            with("e", json!("AA")),
            with("kid", json!(1)),
            json!({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "k"}),
            json!({"kty": "unheard-of"}),
            json!(null),
            json!([]),
        ] {
            assert_eq!(parse(std::slice::from_ref(&bad)).err(), Some(FetchError::NoUsableKey), "{bad}");
            assert!(parse(&[bad.clone(), key("good", 3)]).unwrap().knows("good"), "{bad}");
        }
    }

    #[test]
    fn optional_members_and_sloppy_numbers_are_fine() {
        let bare = json!({"kty": "RSA", "kid": "k", "n": modulus(256, 1), "e": "AQAB"});
        let padded = with("n", json!(format!("AAAA{}==", modulus(256, 1))));
        let verify = with("key_ops", json!(["verify"]));
        for good in [bare, padded, verify] {
            assert!(parse(std::slice::from_ref(&good)).unwrap().knows("k"), "{good}");
        }
    }

    #[test]
    fn what_is_no_jwks_is_told_from_an_empty_one() {
        for text in ["", "<html></html>", "{nope", "[]", "{}", r#"{"keys":{}}"#, "null"] {
            assert_eq!(KeySet::parse(text.as_bytes()).err(), Some(FetchError::NotJwks), "{text}");
        }
        assert_eq!(parse(&[]).err(), Some(FetchError::NoUsableKey));
        assert_eq!(parse(&vec![key("k", 1); 101]).err(), Some(FetchError::TooManyKeys));
        assert!(parse(&vec![key("k", 1); 100]).is_ok());
    }

    #[test]
    fn hearth_takes_the_named_key_or_the_only_one() {
        let two = parse(&[key("a", 1), key("b", 3)]).unwrap();
        assert_eq!(selected(&two, Some("b"), HEARTH), Some(3));
        assert_eq!(selected(&two, Some("c"), HEARTH), None);
        assert_eq!(selected(&two, None, HEARTH), None);
        let one = parse(&[key("a", 1)]).unwrap();
        assert_eq!(selected(&one, None, HEARTH), Some(1));
        assert_eq!(selected(&one, Some("c"), HEARTH), None);
    }

    #[test]
    fn the_collector_falls_back_to_the_first_named_key() {
        let nameless = json!({"kty": "RSA", "n": modulus(256, 9), "e": "AQAB"});
        let set = parse(&[nameless.clone(), key("", 7), key("a", 1), key("b", 3)]).unwrap();
        assert_eq!(selected(&set, Some("b"), RuleSet::HeatCollector), Some(3));
        assert_eq!(selected(&set, Some("c"), RuleSet::HeatCollector), Some(1));
        assert_eq!(selected(&set, None, RuleSet::HeatCollector), Some(1));
        assert_eq!(selected(&parse(&[nameless]).unwrap(), None, RuleSet::HeatCollector), None);
    }

    #[test]
    fn a_kid_given_to_two_keys_names_neither() {
        let set = parse(&[key("a", 1), key("a", 3), key("b", 5)]).unwrap();
        assert_eq!(selected(&set, Some("a"), HEARTH), None);
        assert_eq!(selected(&set, Some("b"), HEARTH), Some(5));
        assert_eq!(selected(&set, Some("a"), RuleSet::HeatCollector), Some(3));
        let mentioned_twice = parse(&[key("a", 1), key("a", 1)]).unwrap();
        assert_eq!(selected(&mentioned_twice, Some("a"), HEARTH), Some(1));
    }
}
