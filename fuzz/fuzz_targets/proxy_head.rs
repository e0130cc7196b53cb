//! What clients of the proxy send. How it was cut into packets must not matter.
#![no_main]

use hearth::http::guard::judging::{judge, judge_pieces};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((cut, bytes)) = input.split_first() else { return };
    let at = usize::from(*cut).min(bytes.len());
    let (first, second) = bytes.split_at(at);
    assert_eq!(judge(bytes), judge_pieces([first, second]), "cut at {at}");
});
