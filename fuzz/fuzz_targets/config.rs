//! Configuration files: a file is either a configuration or a list of mistakes with their places.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use hearth::config::{self, Overrides, Surroundings};
use libfuzzer_sys::fuzz_target;

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("hearth-fuzz-{}.toml", std::process::id())));

fuzz_target!(|text: &[u8]| {
    std::fs::write(&*FILE, text).unwrap();
    let overrides = Overrides { file: Some(FILE.clone()), ..Overrides::default() };
    if let Err(problems) = config::load_from(&overrides, &Surroundings::default()) {
        assert!(!problems.0.is_empty());
        assert!(!problems.to_string().is_empty());
    }
});
