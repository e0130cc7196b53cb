//! Making visits and sealing days, in steps between batches.

use std::time::{Duration, Instant};

use super::{Writer, forgivable};
use crate::store::StoreError;
use crate::store::visits::due::SessionKind;
use crate::store::visits::making::{Step, VisitMaker};
use crate::store::visits::sealing;

/// How long one step makes visits: as long as a batch that arrives meanwhile may have to wait.
const STEP: Duration = Duration::from_millis(25);

/// How long steps follow one another while batches wait, and how long while none does. A tick comes twice a second.
const BUSY: Duration = Duration::from_millis(75);
const IDLE: Duration = Duration::from_millis(400);

impl Writer {
    /// Makes visits of due sessions and seals days that are over, for a while.
    pub(super) fn make_visits(&mut self, is_busy: impl Fn() -> bool) -> Result<(), StoreError> {
        let began = Instant::now();
        let is_over = || began.elapsed() >= if is_busy() { BUSY } else { IDLE };
        while self.make_step(false)? {
            if is_over() {
                return Ok(());
            }
        }
        while self.seal_step()? {
            if is_over() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes a step of making visits; whether another one should follow.
    pub(super) fn make_step(&mut self, is_last: bool) -> Result<bool, StoreError> {
        let now_ms = self.clock.now_ms();
        let step = match VisitMaker::is_due(&self.connection) {
            Ok(false) => return Ok(false),
            Ok(true) => self.begin().and_then(|()| {
                let step = self.visits.step(&self.connection, now_ms, Instant::now() + STEP, is_last)?;
                self.commit_upkeep()?;
                Ok(step)
            }),
            Err(error) => Err(error),
        };
        match step {
            Ok(Step { made, has_more }) => {
                for (kind, session) in made {
                    match kind {
                        SessionKind::Heat => self.heat.due.made(session),
                        SessionKind::Track => self.track.due.made(session),
                    }
                }
                Ok(has_more)
            }
            Err(error) => {
                self.roll_back();
                forgivable(error, "visits could not be made").map(|()| false)
            }
        }
    }

    /// Seals a day that is over; false if there is none.
    fn seal_step(&mut self) -> Result<bool, StoreError> {
        let sealed = match sealing::next(&self.connection, self.clock.now_ms()) {
            Ok(None) => return Ok(false),
            Ok(Some((project, day))) => self.begin().and_then(|()| {
                sealing::seal(&self.connection, project, day)?;
                self.commit_upkeep()
            }),
            Err(error) => Err(error),
        };
        match sealed {
            Ok(()) => Ok(true),
            Err(error) => {
                self.roll_back();
                forgivable(error, "a day of visits could not be sealed").map(|()| false)
            }
        }
    }

    pub(super) fn commit_upkeep(&self) -> Result<(), StoreError> {
        Ok(self.connection.prepare_cached("COMMIT")?.execute([]).map(|_| ())?)
    }
}
