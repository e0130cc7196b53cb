//! The word that ends every watcher, so that a stop of the server need not wait for them.

use tokio::sync::watch;

/// Says stop once, to all who wait for it. Dropping it says stop, too.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Waits for the stop; cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Default for Stopper {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stopper {
    /// Tells everybody, also those who ask later.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    #[must_use]
    pub fn listen(&self) -> Stop {
        Stop(self.0.subscribe())
    }
}

impl Stop {
    /// Returns once the stop was said.
    pub async fn said(&mut self) {
        // An error says that the stopper is gone, and with it all that was worth watching.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }

    #[must_use]
    pub fn is_said(&self) -> bool {
        *self.0.borrow()
    }
}
