//! Hashing of passwords, two at a time: each takes 19 MiB and a core for a while.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use actix_web::web;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::password_hash::{self, CannotHash};

/// Passwords that are hashed at the same time.
const MAX_AT_ONCE: usize = 2;

/// Requests that may wait for their turn; more are sent away.
const MAX_WAITING: usize = 16;

/// Hashes and checks passwords, in a bounded way.
#[derive(Debug)]
pub struct Passwords {
    turns: Semaphore,
    waiting: AtomicUsize,
    /// Of a password that nobody has: checked for names that nobody has, so that time tells nothing.
    nobodys: String,
    checked_for_nobody: AtomicU64,
}

/// A turn; passwords are hashed while it is held.
pub struct Turn<'a> {
    passwords: &'a Passwords,
    _permit: SemaphorePermit<'a>,
}

/// Too many wait already, or the machine has no memory left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

impl From<CannotHash> for Busy {
    fn from(_: CannotHash) -> Self {
        Self
    }
}

impl Passwords {
    /// Takes as long as hashing one password does.
    pub fn new() -> Result<Self, Busy> {
        Ok(Self {
            turns: Semaphore::new(MAX_AT_ONCE),
            waiting: AtomicUsize::new(0),
            nobodys: password_hash::hash("")?,
            checked_for_nobody: AtomicU64::new(0),
        })
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> Result<Turn<'_>, Busy> {
        let waiting = Waiting::begin(&self.waiting)?;
        let permit = self.turns.acquire().await.map_err(|_| Busy)?;
        drop(waiting);
        Ok(Turn { passwords: self, _permit: permit })
    }

    /// The hash of a new password.
    pub async fn hash(&self, password: String) -> Result<String, Busy> {
        self.turn().await?.hash(password).await
    }

    /// How often a password was checked for a name that nobody has.
    #[must_use]
    pub fn checked_for_nobody(&self) -> u64 {
        self.checked_for_nobody.load(Ordering::Relaxed)
    }
}

impl Turn<'_> {
    /// The hash of a new password.
    pub async fn hash(&self, password: String) -> Result<String, Busy> {
        Ok(web::block(move || password_hash::hash(&password)).await.map_err(|_| Busy)??)
    }

    /// Whether a password is the one that was kept; takes the same time if none was.
    pub async fn is_password(&self, password: String, kept: Option<String>) -> Result<bool, Busy> {
        let is_somebodys = kept.is_some();
        if !is_somebodys {
            self.passwords.checked_for_nobody.fetch_add(1, Ordering::Relaxed);
        }
        let kept = kept.unwrap_or_else(|| self.passwords.nobodys.clone());
        let is_right = web::block(move || password_hash::is_password(&password, &kept)).await.map_err(|_| Busy)?;
        Ok(is_right && is_somebodys)
    }
}

/// One that waits; counted until it is dropped, also when its request is.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Result<Self, Busy> {
        let this = Self(waiting);
        if waiting.fetch_add(1, Ordering::SeqCst) >= MAX_WAITING { Err(Busy) } else { Ok(this) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn two_have_a_turn_and_a_bounded_number_waits() {
        let passwords = Passwords::new().unwrap();
        let (first, second) = (passwords.turn().await.unwrap(), passwords.turn().await.unwrap());
        let mut waiting: Vec<_> = (0..MAX_WAITING).map(|_| Box::pin(passwords.turn())).collect();
        for one in &mut waiting {
            assert!(futures_util::poll!(one).is_pending());
        }
        assert_eq!(passwords.turn().await.err(), Some(Busy));
        drop((first, second));
        assert!(waiting.remove(0).await.is_ok());
    }

    #[actix_web::test]
    async fn an_unknown_name_costs_a_check_and_is_never_right() {
        let passwords = Passwords::new().unwrap();
        let turn = passwords.turn().await.unwrap();
        assert_eq!(turn.is_password(String::new(), None).await, Ok(false));
        assert_eq!(passwords.checked_for_nobody(), 1);
        let kept = turn.hash("tuba".to_owned()).await.unwrap();
        assert_eq!(turn.is_password("tuba".to_owned(), Some(kept)).await, Ok(true));
        assert_eq!(passwords.checked_for_nobody(), 1);
    }
}
