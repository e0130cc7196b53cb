//! Signed tokens, judged by a key at hand: nothing that the fuzzer makes up may be believed.
#![no_main]

use std::sync::LazyLock;

use hearth::http::jwt::{FixedKey, JwtRules, JwtVerifier};
use libfuzzer_sys::fuzz_target;

static VERIFIER: LazyLock<JwtVerifier> = LazyLock::new(|| {
    let rules = JwtRules::new(String::new(), "https://issuer.example".to_owned(), "hearth".to_owned());
    JwtVerifier::with_key(rules, FixedKey::of_secret(b"nobody who fuzzes can know this secret of the test"))
});

fuzz_target!(|token: &[u8]| {
    assert!(VERIFIER.claims_at_hand(token, 1_790_000_000).is_err(), "a made-up token is believed");
});
