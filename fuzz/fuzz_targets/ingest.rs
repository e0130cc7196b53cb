//! Bodies of `POST /ingest`, under the usual rules and under those that take the most.
#![no_main]

use std::sync::LazyLock;

use hearth::config::{self, Config, Overrides, Surroundings};
use hearth::intake::heat::decode::{DecodeRules, decode};
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<[DecodeRules; 2]> = LazyLock::new(|| {
    let usual = config::load_from(&Overrides::default(), &Surroundings::default()).unwrap().config;
    let mut tolerant: Config = usual.clone();
    tolerant.heat.strict_json = false;
    tolerant.heat.salvage_invalid_events = true;
    tolerant.privacy.deep_clean_meta = true;
    [usual, tolerant].map(|config| DecodeRules::new(&config.heat, &config.privacy))
});

fuzz_target!(|body: &[u8]| {
    let body = String::from_utf8_lossy(body);
    for rules in &*RULES {
        let _ = decode(&body, rules);
    }
});
