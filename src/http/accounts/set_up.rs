//! The first set-up: one link, once, for a day, to make the first administrator. There is no default password.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::rand::fill;

use super::login::{Visitor, begin_session};
use super::names;
use super::password_rules::{self, WeakPassword};
use super::passwords::Busy;
use super::service::Accounts;
use crate::store::accounts::{account, setup};
use crate::store::registry::hash_secret;
use crate::store::{Store, StoreError};

/// Bytes of a token.
const TOKEN_BYTES: usize = 16;

/// Longer texts are no tokens.
const MAX_TOKEN_CHARS: usize = 64;

/// Why the first administrator was not made.
#[derive(Debug)]
pub enum SetUpRefusal {
    /// The link is an old one, was used, or is none.
    InvalidToken,
    InvalidName,
    NameTaken,
    Weak(WeakPassword),
    Busy,
    Store(StoreError),
}

impl From<StoreError> for SetUpRefusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Busy> for SetUpRefusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// Makes the token of this start, if there is no administrator yet; those of earlier starts are void then. Blocks.
pub fn new_token(store: &Store) -> Result<Option<String>, StoreError> {
    let mut bytes = [0; TOKEN_BYTES];
    fill(&mut bytes).map_err(|_| StoreError::Unavailable)?;
    let token = format!("{:032x}", u128::from_be_bytes(bytes));
    store.administer(|file, now_ms| {
        if account::count_admins(file)? > 0 {
            setup::forget(file)?;
            return Ok(None);
        }
        setup::put(file, &hash_secret(&token), now_ms)?;
        Ok(Some(token))
    })
}

/// Writes the link where only the owner can read it.
pub fn write_link(path: &Path, link: &str) -> io::Result<()> {
    remove_link(path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{link}")
}

/// Removes the file with the link, if there is one.
pub fn remove_link(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Accounts {
    /// Whether a token opens the set-up.
    pub async fn is_setup_token(&self, token: &str) -> Result<bool, StoreError> {
        if token.is_empty() || token.chars().count() > MAX_TOKEN_CHARS {
            return Ok(false);
        }
        let (hash, now_ms) = (hash_secret(token), self.now_ms());
        self.ask(move |file| Ok(setup::is_valid(file, &hash, now_ms)?)).await
    }

    /// Makes the first administrator and signs in; gives the secret of the session. The token is void afterwards.
    pub async fn make_first_admin(
        &self,
        token: &str,
        name: &str,
        password: &str,
        visitor: Visitor,
    ) -> Result<String, SetUpRefusal> {
        if !self.is_setup_token(token).await? {
            return Err(SetUpRefusal::InvalidToken);
        }
        let name = names::judge(name).ok_or(SetUpRefusal::InvalidName)?.to_owned();
        password_rules::judge(password, &name).map_err(SetUpRefusal::Weak)?;
        let password_hash = self.passwords.hash(password.to_owned()).await?;
        let hash = hash_secret(token);
        let made = self
            .change(move |file, now_ms| {
                // Again, in the transaction: two may have come at the same time.
                if !setup::is_valid(file, &hash, now_ms)? {
                    return Ok(Err(SetUpRefusal::InvalidToken));
                }
                let Some(account) = account::add(file, &name, &password_hash, true, now_ms)? else {
                    return Ok(Err(SetUpRefusal::NameTaken));
                };
                setup::forget(file)?;
                Ok(Ok(begin_session(file, account, &visitor, now_ms)?))
            })
            .await??;
        if let Err(error) = remove_link(&self.setup_file) {
            tracing::warn!(error = %error, "the file with the set-up link could not be removed; the link is void");
        }
        Ok(made)
    }
}
