//! Links that sign in without a password: printed by whoever has started the process, each good for one use within a day.
//!
//! They are kept in memory only: those of an earlier start are void.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::service::Accounts;
use super::sessions::new_secret;
use crate::domain::id::SecretHash;
use crate::store::StoreError;
use crate::store::registry::hash_secret;

/// How long a link is good, in milliseconds.
const LIFETIME_MS: i64 = 24 * 3_600 * 1_000;

/// Longer texts are no secrets of links.
const MAX_SECRET_CHARS: usize = 128;

/// The links that nobody has used yet, by the hashes of their secrets.
#[derive(Debug, Default)]
pub struct LoginLinks(Mutex<HashMap<SecretHash, Link>>);

#[derive(Debug, Clone, Copy)]
struct Link {
    account: i64,
    until_ms: i64,
}

impl LoginLinks {
    fn put(&self, secret: &str, account: i64, now_ms: i64) {
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|_, link| link.until_ms > now_ms);
        links.insert(hash_secret(secret), Link { account, until_ms: now_ms + LIFETIME_MS });
    }

    /// The account that a link signs in. The link is void afterwards.
    fn take(&self, secret: &str, now_ms: i64) -> Option<i64> {
        if secret.chars().count() > MAX_SECRET_CHARS {
            return None;
        }
        let link = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash_secret(secret))?;
        (link.until_ms > now_ms).then_some(link.account)
    }
}

impl Accounts {
    /// Makes a link for an account; gives its path and query.
    pub fn new_login_link(&self, account: i64) -> Result<String, StoreError> {
        let secret = new_secret()?;
        self.login_links.put(&secret, account, self.now_ms());
        Ok(format!("/login/link?secret={secret}"))
    }

    /// The account of a link, which is used up by this.
    #[must_use]
    pub fn take_login_link(&self, secret: &str) -> Option<i64> {
        self.login_links.take(secret, self.now_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_once_and_for_a_day() {
        let links = LoginLinks::default();
        links.put("one", 7, 1_000);
        links.put("two", 8, 1_000);
        assert_eq!(links.take("three", 1_001), None);
        assert_eq!(links.take("one", 1_001), Some(7));
        assert_eq!(links.take("one", 1_002), None, "used");
        assert_eq!(links.take("two", 1_000 + LIFETIME_MS), None, "a day later");
    }
}
