//! Query strings: heat-collector's four questions, and the period and filters of every page and of the own API.
#![no_main]

use hearth::http::view::{View, pairs};
use hearth::intake::heat::params::{EventsParams, HeatmapParams, SessionsParams};
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

const NOW_MS: i64 = 1_790_000_000_000;

fuzz_target!(|query: &[u8]| {
    let query = String::from_utf8_lossy(query);
    let _ = HeatmapParams::parse(&query, &TimeZone::UTC, NOW_MS as f64);
    let _ = EventsParams::parse(&query, &TimeZone::UTC);
    let _ = SessionsParams::parse(&query, &TimeZone::UTC);
    let pairs: Vec<_> = pairs(&query).collect();
    if let Ok(view) = View::from_pairs(&pairs, TimeZone::UTC, NOW_MS, NOW_MS - 1_000_000_000) {
        // What a page writes into its links is read as the same view.
        let written = view.query();
        let again: Vec<_> = hearth::http::view::pairs(&written).collect();
        let again = View::from_pairs(&again, TimeZone::UTC, NOW_MS, NOW_MS - 1_000_000_000).expect("own links are read");
        assert_eq!(again.query(), written);
    }
});
