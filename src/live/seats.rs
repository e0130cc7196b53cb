//! How many may watch at the same time: in all, and for one token.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::id::SecretHash;

/// Who takes a seat: the holder of a token, or somebody who needs none.
pub type Guest = Option<SecretHash>;

/// The seats of one room; cheap to clone.
#[derive(Debug, Clone)]
pub struct Seats(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    max: usize,
    max_each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_guest: HashMap<Guest, usize>,
}

/// One seat; dropping it frees it.
#[derive(Debug)]
pub struct Seat {
    shared: Arc<Shared>,
    guest: Guest,
}

impl Seats {
    /// `max` seats, of which one guest may have `max_each`.
    #[must_use]
    pub fn new(max: usize, max_each: usize) -> Self {
        Self(Arc::new(Shared { max, max_each, taken: Mutex::default() }))
    }

    /// A seat, if there is one left for this guest.
    #[must_use]
    pub fn take(&self, guest: Guest) -> Option<Seat> {
        let mut taken = self.0.taken();
        let has = taken.by_guest.get(&guest).copied().unwrap_or_default();
        if taken.all >= self.0.max || has >= self.0.max_each {
            return None;
        }
        taken.all += 1;
        taken.by_guest.insert(guest, has + 1);
        Some(Seat { shared: Arc::clone(&self.0), guest })
    }
}

impl Shared {
    /// Nothing can panic while the lock is held.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.shared.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Entry::Occupied(mut has) = taken.by_guest.entry(self.guest) {
            *has.get_mut() -= 1;
            if *has.get() == 0 {
                has.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_hold_and_seats_come_back() {
        let seats = Seats::new(3, 2);
        let guest = |n: u8| Some([n; 32]);
        let first = seats.take(guest(1)).unwrap();
        let second = seats.take(guest(1)).unwrap();
        assert!(seats.take(guest(1)).is_none(), "one guest has enough");
        let third = seats.take(None).unwrap();
        assert!(seats.take(guest(2)).is_none(), "all are taken");
        drop(first);
        let fourth = seats.take(guest(1)).unwrap();
        drop((second, third, fourth));
        assert!(seats.0.taken().by_guest.is_empty());
        assert_eq!(seats.0.taken().all, 0);
    }
}
