//! What pages about accounts need; shared by all workers.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::web;

use super::login_links::LoginLinks;
use super::passwords::{Busy, Passwords};
use super::second_factor::{Enrolments, PendingLogins};
use super::sessions::Sessions;
use super::throttle::Throttle;
use crate::identity::client_address::TrustedProxies;
use crate::store::StoreError;
use crate::store::accounts::account;

/// The accounts of one installation.
pub struct Accounts {
    pub sessions: Arc<Sessions>,
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub pending: PendingLogins,
    pub enrolments: Enrolments,
    pub login_links: LoginLinks,
    pub proxies: TrustedProxies,
    /// What authenticator apps show above the code.
    pub totp_issuer: String,
    /// Where the link of the set-up is kept until somebody has used it.
    pub setup_file: PathBuf,
    /// Whether there is an administrator. Once there is one, there always is: the last one cannot be taken away.
    is_set_up: AtomicBool,
}

impl Accounts {
    pub fn new(
        sessions: Arc<Sessions>,
        proxies: TrustedProxies,
        totp_issuer: String,
        setup_file: PathBuf,
    ) -> Result<Self, Busy> {
        Ok(Self {
            sessions,
            passwords: Passwords::new()?,
            throttle: Throttle::default(),
            pending: PendingLogins::default(),
            enrolments: Enrolments::default(),
            login_links: LoginLinks::default(),
            proxies,
            totp_issuer,
            setup_file,
            is_set_up: AtomicBool::new(false),
        })
    }

    /// Whether there is an administrator; until then there is nothing but the set-up.
    pub async fn is_set_up(&self) -> Result<bool, StoreError> {
        if self.is_set_up.load(Ordering::Relaxed) {
            return Ok(true);
        }
        // A command beside the server may have made one.
        let admins = self.ask(|file| Ok(account::count_admins(file)?)).await?;
        self.is_set_up.fetch_or(admins > 0, Ordering::Relaxed);
        Ok(admins > 0)
    }

    /// Runs a question on one snapshot, where it may block.
    pub async fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.sessions.store.clone();
        web::block(move || store.read(read)).await.map_err(|_| StoreError::Unavailable)?
    }

    /// Changes something, where it may block; see [`crate::store::Store::administer`].
    pub async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&rusqlite::Transaction<'_>, i64) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.sessions.store.clone();
        web::block(move || store.administer(change)).await.map_err(|_| StoreError::Unavailable)?
    }

    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.sessions.clock.now_ms()
    }
}
