//! How far long work is, on a terminal; elsewhere nothing.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::backup::watch::{Follow, Phase};

/// A bar on stderr, a new one for each phase.
#[derive(Default)]
pub(super) struct Bar {
    shown: Option<(Phase, ProgressBar)>,
}

impl Follow for Bar {
    fn at(&mut self, phase: Phase, done_bytes: u64, all_bytes: u64) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let bar = match self.shown.take() {
            Some((shown, bar)) if shown == phase => bar,
            other => {
                if let Some((_, bar)) = other {
                    bar.finish_and_clear();
                }
                let bar = ProgressBar::new(all_bytes);
                let words =
                    if all_bytes > 0 { "{msg:12} {wide_bar} {bytes}/{total_bytes} {eta}" } else { "{msg:12} {bytes}" };
                if let Ok(style) = ProgressStyle::with_template(words) {
                    bar.set_style(style);
                }
                bar.with_message(phase.as_str())
            }
        };
        bar.set_position(done_bytes);
        self.shown = Some((phase, bar));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some((_, bar)) = self.shown.take() {
            bar.finish_and_clear();
        }
    }
}
