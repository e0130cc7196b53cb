//! Room for batches that are being understood or wait for the writer. Under more load than the machine can bear, who comes
//! next is told so before any work is done for it: answers that come too late are work for nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::StoreError;

/// Batches under way at the same time: more than any machine's cores keep busy, and so few that the last of them is answered within
/// a fraction of a second.
pub(super) const MAX_UNDER_WAY: usize = 1_024;

/// How much room there is. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Rooms(Arc<AtomicUsize>);

/// Room for one batch, for as long as it is held.
#[derive(Debug)]
pub struct Room(Arc<AtomicUsize>);

impl Rooms {
    /// Takes room for a batch, or says that there is none.
    pub fn take(&self) -> Result<Room, StoreError> {
        let room = Room(Arc::clone(&self.0));
        if self.0.fetch_add(1, Ordering::Relaxed) < MAX_UNDER_WAY { Ok(room) } else { Err(StoreError::QueueFull) }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many_and_then_for_one_for_each_that_goes() {
        let rooms = Rooms::default();
        let mut held: Vec<_> = (0..MAX_UNDER_WAY).map(|_| rooms.take().unwrap()).collect();
        assert!(rooms.take().is_err() && rooms.take().is_err());
        held.pop();
        let last = rooms.take().unwrap();
        assert!(rooms.take().is_err());
        drop((held, last));
        assert_eq!(rooms.0.load(Ordering::Relaxed), 0);
    }
}
