//! SIGHUP: the configuration, certificates and the database of countries are read again.

use crate::app::Running;
use crate::config::{Overrides, Surroundings, load_from};
use crate::http::upkeep::Done;
use crate::telemetry;

/// Reads everything again. What is wrong is told in the log, each mistake by itself, and then nothing has changed.
pub fn reload(running: &Running, overrides: &Overrides) {
    let loaded = match load_from(overrides, &Surroundings::of_this_process()) {
        Ok(loaded) => loaded,
        Err(problems) => {
            let mistakes =
                problems.0.iter().map(|problem| format!("{}: {}: {}", problem.origin, problem.key, problem.message));
            let mistakes: Vec<_> = mistakes.collect();
            tell(&mistakes);
            note(running, Err("refused: the configuration has mistakes".to_owned()));
            running.refuse_reload(mistakes);
            return;
        }
    };
    match running.reload(&loaded) {
        Ok(reloaded) => {
            telemetry::change(&loaded.config.log);
            let (applied, needs_restart) = (reloaded.applied.join(" "), reloaded.needs_restart.join(" "));
            let is_new_certificate = reloaded.is_new_certificate;
            tracing::info!(applied, is_new_certificate, "SIGHUP: the configuration was read again");
            let words = if needs_restart.is_empty() { "complete" } else { "some changes need a restart" };
            note(running, Ok(words.to_owned()));
            if !needs_restart.is_empty() {
                tracing::warn!(keys = needs_restart, "these keys were changed and count after a restart");
            }
        }
        Err(mistakes) => {
            tell(&mistakes);
            note(running, Err("refused: the configuration has mistakes".to_owned()));
        }
    }
}

/// Notes how it went, for the status page and the metrics.
fn note(running: &Running, outcome: Result<String, String>) {
    let installation = &running.installation;
    installation.upkeep.note_reload(Done { at_ms: installation.clock.now_ms(), outcome });
}

fn tell(mistakes: &[String]) {
    for mistake in mistakes {
        tracing::error!(mistake, "SIGHUP: a mistake in the configuration");
    }
    tracing::error!(mistakes = mistakes.len(), "SIGHUP: the configuration is refused; everything goes on as before");
}
