//! Deleting what is too old, in steps between batches.

use std::time::{Duration, Instant};

use super::{Writer, forgivable};
use crate::store::StoreError;
use crate::store::heat::index::TailSizes;

/// How long one step deletes: as long as a batch that arrives meanwhile may have to wait.
const STEP: Duration = Duration::from_millis(20);

/// How long steps follow one another while no batch waits. A tick comes twice a second.
const IDLE: Duration = Duration::from_millis(400);

impl Writer {
    /// Deletes for a while. While batches wait, it is one step.
    pub(super) fn prune(&mut self, is_busy: impl Fn() -> bool) -> Result<(), StoreError> {
        let began = Instant::now();
        while self.prune_step()? {
            self.mind_the_log()?;
            if is_busy() || began.elapsed() >= IDLE {
                break;
            }
        }
        Ok(())
    }

    /// Takes a step; whether another one should follow.
    fn prune_step(&mut self) -> Result<bool, StoreError> {
        self.pruner.keep(self.retention.rules());
        let step = match self.pruner.is_due(&self.connection, self.clock.now_ms()) {
            Ok(false) => return Ok(false),
            Ok(true) => self.begin().and_then(|()| {
                // Not before: somebody else may have noted a later time until it was our turn.
                let now_ms = self.clock.now_ms();
                let step = self.pruner.step(&self.connection, now_ms, Instant::now() + STEP)?;
                self.commit_upkeep()?;
                Ok(step)
            }),
            Err(error) => Err(error),
        };
        match step {
            Ok(step) => {
                if step.has_deleted {
                    // It may remember sessions, users and ids that are gone.
                    self.forget();
                }
                self.tail = TailSizes::read(&self.connection)?;
                Ok(step.has_more)
            }
            Err(error) => {
                self.roll_back();
                self.pruner.forget();
                forgivable(error, "what is too old could not be deleted").map(|()| false)
            }
        }
    }
}
