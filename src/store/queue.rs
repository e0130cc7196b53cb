//! The door of the write path: bounded, and full is an answer, not a wait.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use super::StoreError;
use super::health::{Condition, Health};
use crate::domain::{Batch, Receipt};

/// A batch on its way to the writer.
#[derive(Debug)]
pub(super) struct Job {
    pub batch: Batch,
    /// What the batch counts for in the queue's bound.
    pub bytes: u64,
    pub received: Instant,
    /// Where the answer goes. Dropping it unanswered tells the sender that the store has stopped;
    /// a sender that is gone does not keep the batch from being stored.
    pub reply: oneshot::Sender<Result<Receipt, StoreError>>,
}

/// What the writer is sent.
#[derive(Debug)]
pub(super) enum Message {
    Job(Job),
    /// Time to look at the disk and at the log.
    Tick,
    /// No more jobs will come; finish what waits and stop.
    Close,
}

/// Hands batches to the writer and waits for the commit.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    sender: mpsc::Sender<Message>,
    health: Arc<Health>,
    limit_bytes: u64,
}

impl Queue {
    pub fn new(batches: usize, limit_bytes: u64, health: Arc<Health>) -> (Self, mpsc::Receiver<Message>) {
        let (sender, receiver) = mpsc::channel(batches.max(1));
        (Self { sender, health, limit_bytes }, receiver)
    }

    /// Returns once the batch is on the disk, or at once with the reason why it will not be.
    pub async fn submit(&self, batch: Batch) -> Result<Receipt, StoreError> {
        match self.health.condition() {
            Condition::Ready | Condition::WriteFailing => {}
            Condition::BelowFloor => return Err(StoreError::NoSpace),
            Condition::LogFull => return Err(StoreError::Unavailable),
            Condition::Stopped => return Err(StoreError::Stopped),
        }
        let bytes = batch.bytes() as u64;
        if !self.health.enqueue(&batch, bytes, self.limit_bytes) {
            return Err(StoreError::QueueFull);
        }
        let (reply, answer) = oneshot::channel();
        if let Err(error) = self.sender.try_send(Message::Job(Job { batch, bytes, received: Instant::now(), reply })) {
            let (message, error) = match error {
                mpsc::error::TrySendError::Full(message) => (message, StoreError::QueueFull),
                mpsc::error::TrySendError::Closed(message) => (message, StoreError::Stopped),
            };
            if let Message::Job(job) = message {
                self.health.dequeue(&job.batch, job.bytes);
            }
            return Err(error);
        }
        answer.await.unwrap_or(Err(StoreError::Stopped))
    }

    /// Asks the writer to look after itself; a full queue needs no reminder.
    pub fn tick(&self) {
        let _ = self.sender.try_send(Message::Tick);
    }

    /// Tells the writer to finish. Waits for room in the queue, not for the writer.
    pub async fn close(&self) {
        let _ = self.sender.send(Message::Close).await;
    }
}
