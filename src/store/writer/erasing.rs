//! Erasing a person: a transaction of its own, after which no trace shall be left in free pages or in the log.

use tokio::sync::oneshot;

use super::{Writer, forgivable};
use crate::domain::erasure::Erasure;
use crate::domain::{Batch, Receipt};
use crate::store::StoreError;
use crate::store::connection::{set_secure_delete, wal_path};
use crate::store::erase::{Erasing, erase};
use crate::store::error::Gravity;
use crate::store::feed::Committed;
use crate::store::heat::index::TailSizes;

impl Writer {
    /// Erases, commits, cuts the log, and answers.
    pub(super) fn erase(
        &mut self,
        erasure: Box<Erasure>,
        reply: oneshot::Sender<Result<Receipt, StoreError>>,
    ) -> Result<(), StoreError> {
        match self.erase_and_commit(&erasure) {
            Ok(erasing) => {
                self.health.transaction_written(1);
                self.traffic.rollup.forget_users(&erasing.traffic_users);
                self.forget();
                self.tail = TailSizes::read(&self.connection)?;
                self.log_holds_erased = true;
                let outcome = self.cut_the_log();
                let receipt = Receipt { erased: Some(erasing.erased), ..Receipt::default() };
                // A sender that is gone does not matter: the person is erased.
                let _ = reply.send(Ok(receipt.clone()));
                self.feed.publish(Committed { batch: Batch::Erase(erasure), receipt });
                outcome
            }
            Err(error) => {
                let gravity = error.gravity();
                tracing::error!(error = %error, ?gravity, "a person could not be erased");
                self.roll_back();
                let outcome = Err(error);
                self.refuse(reply, &outcome);
                if gravity == Gravity::Fatal { outcome } else { Ok(()) }
            }
        }
    }

    /// Cuts the log to nothing if it may still hold what was erased. Readers can keep that from happening for a while.
    pub(super) fn cut_the_log(&mut self) -> Result<(), StoreError> {
        if !self.log_holds_erased {
            return Ok(());
        }
        let outcome = self.try_to_cut();
        self.log_holds_erased = std::fs::metadata(wal_path(&self.limits.path)).is_ok_and(|log| log.len() > 0);
        outcome
    }

    fn erase_and_commit(&mut self, erasure: &Erasure) -> Result<Erasing, StoreError> {
        set_secure_delete(&self.connection, true)?;
        let erased = self.begin().and_then(|()| {
            let erasing = erase(&self.connection, erasure)?;
            self.commit()?;
            Ok(erasing)
        });
        if let Err(error) = set_secure_delete(&self.connection, false) {
            // It blanks more than it must from now on, nothing else.
            forgivable(error.into(), "deleting goes on to be thorough")?;
        }
        erased
    }
}
