//! Bodies of `POST /track`.
#![no_main]

use std::sync::LazyLock;

use hearth::config::{self, Overrides};
use hearth::intake::datalyr::decode::{DecodeRules, Surroundings, decode};
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<DecodeRules> = LazyLock::new(|| {
    let loaded = config::load_from(&Overrides::default(), &config::Surroundings::default()).unwrap();
    DecodeRules::new(&loaded.config.datalyr)
});

fuzz_target!(|body: &[u8]| {
    let about = Surroundings { received_at_ms: 1_790_000_000_000, user_agent: Some("datalyr/1 CFNetwork") };
    let _ = decode(body.to_vec(), &RULES, &about);
});
