//! What systemd is told (`sd_notify(3)`): that Hearth is ready, reads its configuration again, stops, and lives.
//!
//! Without `$NOTIFY_SOCKET` nobody is told anything.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::MissedTickBehavior;

use crate::store::Store;

/// Shortest pause between two signs of life; the writer shows about two a second.
const MIN_PAUSE: Duration = Duration::from_millis(600);

/// Everything is migrated and the addresses are bound.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration is being read again; [`ready`] says that it was. systemd wants to know since when.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now, NotifyState::Status("Reading the configuration again")]),
        Err(error) => tracing::warn!(error = %error, "the service manager cannot be told of the reload"),
    }
}

/// Requests under way come to their end.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("Finishing what is under way")]);
}

/// Passes the writer's signs of life on to the watchdog, if there is one.
///
/// It is the writer's, not this task's, that count: a process whose writer hangs is restarted.
pub fn pass_on_signs_of_life(store: Store) {
    let Some(allowed) = sd_notify::watchdog_enabled() else { return };
    let mut pause = tokio::time::interval((allowed / 3).max(MIN_PAUSE));
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::spawn(async move {
        let mut seen = None;
        loop {
            pause.tick().await;
            let beats = store.health().beats();
            if seen.replace(beats) != Some(beats) {
                tell(&[NotifyState::Watchdog]);
            }
        }
    });
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(error = %error, "the service manager cannot be told");
    }
}
