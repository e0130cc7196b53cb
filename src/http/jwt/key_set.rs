//! The public keys of a token issuer.

use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, EllipticCurveKeyParameters, Jwk, KeyAlgorithm, KeyOperations,
    OctetKeyPairParameters, PublicKeyUse, RSAKeyParameters,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::compact::decode_any;
use super::fetch_error::FetchError;
use super::rules::RuleSet;

/// The most keys that a set may list, usable or not (trust.md 5).
const MAX_KEYS: usize = 100;

/// Modulus sizes that are neither weak nor a way to keep the processor busy, in bits.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The keys of one fetch that can check signatures in use, in the order of the document; never empty.
pub(super) struct KeySet {
    keys: Vec<Key>,
}

/// A public key that is for one algorithm only.
pub(super) struct Key {
    kid: Option<String>,
    pub algorithm: Algorithm,
    /// What tells the key from others of its algorithm.
    material: Vec<u8>,
    pub decoding: DecodingKey,
}

impl KeySet {
    /// Reads a JWKS document (RFC 7517 5).
    ///
    /// One odd key does not spoil the set: what is not a usable key for one of `algorithms` is passed over, and so
    /// is the second mention of a key under the same `kid`.
    pub(super) fn parse(document: &[u8], algorithms: &[Algorithm]) -> Result<Self, FetchError> {
        let Document { keys: listed } = serde_json::from_slice(document).map_err(|_| FetchError::NotJwks)?;
        if listed.len() > MAX_KEYS {
            return Err(FetchError::TooManyKeys);
        }
        let mut keys: Vec<Key> = Vec::new();
        for key in listed.into_iter().filter_map(Key::usable).filter(|key| algorithms.contains(&key.algorithm)) {
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
    pub(super) fn select(&self, kid: Option<&str>, rule_set: RuleSet) -> Option<&Key> {
        match (rule_set, kid) {
            (RuleSet::Hearth { .. }, Some(kid)) => only(self.named(kid)),
            (RuleSet::Hearth { .. }, None) => only(self.keys.iter()),
            (RuleSet::HeatCollector, kid) => {
                // The collector keeps the last key of a name, at the place of the first.
                let asked = kid.and_then(|kid| self.named(kid).last());
                let first = self.keys.iter().find_map(|key| key.kid.as_deref());
                asked.or_else(|| self.named(first?).last())
            }
        }
    }

    fn named(&self, kid: &str) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.kid.as_deref() == Some(kid))
    }
}

impl Key {
    /// A key of the document, unless it must not check signatures or is for none that Hearth knows.
    fn usable(listed: Value) -> Option<Self> {
        let Jwk { common, algorithm } = serde_json::from_value(listed).ok()?;
        let key = match algorithm {
            AlgorithmParameters::RSA(rsa) => Self::rsa(&rsa)?,
            AlgorithmParameters::EllipticCurve(curve) => Self::elliptic(&curve)?,
            AlgorithmParameters::OctetKeyPair(pair) => Self::edwards(&pair)?,
            _ => return None,
        };
        let for_signatures = common.public_key_use.is_none_or(|key_use| key_use == PublicKeyUse::Signature)
            && common.key_operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
            && common.key_algorithm.is_none_or(|named| key.is_for(named));
        for_signatures.then_some(Self { kid: common.key_id.filter(|kid| !kid.is_empty()), ..key })
    }

    /// RS256 (RFC 7518 3.3); other RSA signatures are not in use.
    fn rsa(rsa: &RSAKeyParameters) -> Option<Self> {
        let modulus = unsigned(&rsa.n)?;
        let exponent = unsigned(&rsa.e)?;
        if !MODULUS_BITS.contains(&bits(&modulus)) || !is_odd(&modulus) || !is_odd(&exponent) || exponent == [1] {
            return None;
        }
        let decoding = DecodingKey::from_rsa_raw_components(&modulus, &exponent);
        Some(Self { kid: None, algorithm: Algorithm::RS256, material: [exponent, modulus].concat(), decoding })
    }

    /// ES256 (RFC 7518 3.4): a point on P-256, written without compression (SEC 1, 2.3.3).
    fn elliptic(curve: &EllipticCurveKeyParameters) -> Option<Self> {
        let point = [vec![4], coordinate(&curve.x)?, coordinate(&curve.y)?].concat();
        let decoding = DecodingKey::from_ec_der(&point);
        let is_p256 = curve.curve == EllipticCurve::P256;
        is_p256.then_some(Self { kid: None, algorithm: Algorithm::ES256, material: point, decoding })
    }

    /// `EdDSA` with Ed25519 (RFC 8037).
    fn edwards(pair: &OctetKeyPairParameters) -> Option<Self> {
        let point = coordinate(&pair.x)?;
        let decoding = DecodingKey::from_ed_der(&point);
        let is_ed25519 = pair.curve == EllipticCurve::Ed25519;
        is_ed25519.then_some(Self { kid: None, algorithm: Algorithm::EdDSA, material: point, decoding })
    }

    fn is_for(&self, named: KeyAlgorithm) -> bool {
        matches!(
            (self.algorithm, named),
            (Algorithm::RS256, KeyAlgorithm::RS256)
                | (Algorithm::ES256, KeyAlgorithm::ES256)
                | (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        )
    }

    fn is_same(&self, other: &Self) -> bool {
        self.kid == other.kid && self.algorithm == other.algorithm && self.material == other.material
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

/// One of the 32-byte numbers that both kinds of curve are written in.
fn coordinate(base64: &str) -> Option<Vec<u8>> {
    decode_any(base64.as_bytes()).ok().filter(|bytes| bytes.len() == 32)
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
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes(), &[Algorithm::RS256])
    }

    /// The last byte of the modulus of the selected key.
    fn selected(set: &KeySet, kid: Option<&str>, rule_set: RuleSet) -> Option<u8> {
        set.select(kid, rule_set)?.material.last().copied()
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
            assert_eq!(KeySet::parse(text.as_bytes(), &[Algorithm::RS256]).err(), Some(FetchError::NotJwks), "{text}");
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

    #[test]
    fn curves_are_used_where_they_are_asked_for() {
        let number = URL_SAFE_NO_PAD.encode([7; 32]);
        let p256 = json!({"kty": "EC", "crv": "P-256", "kid": "p", "x": number, "y": number});
        let ed25519 = json!({"kty": "OKP", "crv": "Ed25519", "kid": "e", "alg": "EdDSA", "x": number});
        let document = |keys: &[&Value]| json!({ "keys": keys }).to_string();
        let both = document(&[&p256, &ed25519]);
        let all = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
        let set = KeySet::parse(both.as_bytes(), &all).unwrap();
        let algorithm = |kid| set.select(Some(kid), HEARTH).map(|key| key.algorithm);
        assert_eq!((algorithm("p"), algorithm("e")), (Some(Algorithm::ES256), Some(Algorithm::EdDSA)));
        assert_eq!(KeySet::parse(both.as_bytes(), &all[..1]).err(), Some(FetchError::NoUsableKey));

        for (name, value) in [("crv", "P-384"), ("x", "AAAA"), ("alg", "ES384")] {
            let mut odd = p256.clone();
            odd[name] = value.into();
            assert_eq!(KeySet::parse(document(&[&odd]).as_bytes(), &all).err(), Some(FetchError::NoUsableKey), "{odd}");
        }
    }
}
