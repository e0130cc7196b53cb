//! Signing in: name and password, then the second factor if there is one, then a session with a new secret.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};

use super::cookies::CookieKind;
use super::names::MAX_NAME_CHARS;
use super::password_rules::MAX_CHARS;
use super::passwords::Busy;
use super::second_factor::PendingLogin;
use super::service::Accounts;
use super::sessions::new_secret;
use super::{recovery_code, totp};
use crate::domain::id::SecretHash;
use crate::store::StoreError;
use crate::store::accounts::account::{self, AccountRow};
use crate::store::accounts::{recovery_codes, sessions};
use crate::store::registry::hash_secret;

/// Longest description of a browser that is kept, in characters.
const MAX_USER_AGENT_CHARS: usize = 200;

/// Who tries.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub address: IpAddr,
    pub user_agent: String,
    /// The session the browser has already, by its hash: it ends, whoever put it there.
    pub old_session: Option<SecretHash>,
}

/// How far somebody came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginStep {
    /// The secret of the new session.
    SignedIn(String),
    /// The secret by which the sign-in goes on.
    SecondFactor(String),
}

/// Why somebody is not let in.
#[derive(Debug)]
pub enum LoginRefusal {
    /// Which part was wrong is not said; nor whether there is such an account.
    Wrong,
    TooMany {
        retry_after_s: i64,
    },
    /// The sign-in has waited too long for its second factor.
    Expired,
    /// Too many sign in at the same time.
    Busy,
    Store(StoreError),
}

impl From<StoreError> for LoginRefusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Busy> for LoginRefusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl Accounts {
    /// The first step.
    pub async fn login(&self, name: &str, password: &str, visitor: &Visitor) -> Result<LoginStep, LoginRefusal> {
        let found = self.check_password(name, password, visitor.address).await?;
        if found.totp_secret.is_some() {
            let secret = new_secret()?;
            let pending = PendingLogin { account: found.id, name: found.name, password_hash: found.password_hash };
            self.pending.put(hash_secret(&secret), pending, self.now_ms());
            return Ok(LoginStep::SecondFactor(secret));
        }
        Ok(LoginStep::SignedIn(self.begin_session(found.id, visitor).await?))
    }

    /// The account of a name, if the password is its own. Wrong tries count, and too many are not looked at; whether
    /// there is such an account cannot be told from the answer, nor from the time it takes.
    pub async fn check_password(
        &self,
        name: &str,
        password: &str,
        address: IpAddr,
    ) -> Result<AccountRow, LoginRefusal> {
        self.may_try(address, name)?;
        if name.chars().count() > MAX_NAME_CHARS || password.chars().count() > MAX_CHARS {
            self.throttle.count(address, name, self.now_ms());
            return Err(LoginRefusal::Wrong);
        }
        let turn = self.passwords.turn().await?;
        // Once more: others may have tried while this one waited for its turn.
        self.may_try(address, name)?;
        let asked = name.to_owned();
        let found = self.ask(move |file| Ok(account::find(file, &asked)?)).await?;
        let found = found.filter(|account| account.disabled_at_ms.is_none());
        let kept = found.as_ref().map(|account| account.password_hash.clone());
        let is_right = turn.is_password(password.to_owned(), kept).await?;
        let right = found.filter(|_| is_right);
        if right.is_none() {
            self.throttle.count(address, name, self.now_ms());
        }
        right.ok_or(LoginRefusal::Wrong)
    }

    /// Whether a password is that of a share link; wrong tries count as those of accounts do.
    pub async fn check_share_password(
        &self,
        link: i64,
        password: &str,
        kept: String,
        address: IpAddr,
    ) -> Result<(), LoginRefusal> {
        // No account has such a name: it has a control character.
        let name = format!("share link\u{1}{link}");
        self.may_try(address, &name)?;
        let is_right = if password.chars().count() <= MAX_CHARS {
            let turn = self.passwords.turn().await?;
            self.may_try(address, &name)?;
            turn.is_password(password.to_owned(), Some(kept)).await?
        } else {
            false
        };
        if is_right {
            return Ok(());
        }
        self.throttle.count(address, &name, self.now_ms());
        Err(LoginRefusal::Wrong)
    }

    /// The second step: a code of the app, or one of the recovery codes.
    pub async fn second_factor(&self, pending: &str, code: &str, visitor: &Visitor) -> Result<LoginStep, LoginRefusal> {
        let key = hash_secret(pending);
        let waiting = self.pending.get(&key, self.now_ms()).ok_or(LoginRefusal::Expired)?;
        self.may_try(visitor.address, &waiting.name)?;
        // Counted before it is looked at: there are few codes, and many could be tried at once.
        self.throttle.count(visitor.address, &waiting.name, self.now_ms());
        let (account, code) = (waiting.account, code.to_owned());
        let is_right = self
            .change(move |file, now_ms| {
                let Some(found) = account::by_id(file, account)?.filter(|found| found.disabled_at_ms.is_none()) else {
                    return Ok(None);
                };
                if found.password_hash != waiting.password_hash {
                    return Ok(None);
                }
                Ok(Some(uses_factor(file, &found, &code, now_ms)?))
            })
            .await?;
        match is_right {
            Some(true) => {
                self.pending.remove(&key);
                Ok(LoginStep::SignedIn(self.begin_session(account, visitor).await?))
            }
            Some(false) => Err(LoginRefusal::Wrong),
            None => Err(LoginRefusal::Expired),
        }
    }

    /// Begins a session with a new secret, and gives the secret.
    pub async fn begin_session(&self, account: i64, visitor: &Visitor) -> Result<String, StoreError> {
        let visitor = visitor.clone();
        let lifetime = self.sessions.lifetime;
        self.change(move |file, now_ms| {
            sessions::forget_old(file, lifetime, now_ms)?;
            begin_session(file, account, &visitor, now_ms)
        })
        .await
    }

    /// Who sends a request.
    #[must_use]
    pub fn visitor(&self, request: &HttpRequest) -> Visitor {
        let user_agent = request.headers().get(header::USER_AGENT).and_then(|text| text.to_str().ok());
        let old = self.sessions.cookies.read(request, CookieKind::Session);
        Visitor {
            address: self.proxies.client_address(request),
            user_agent: user_agent.unwrap_or_default().to_owned(),
            old_session: old.map(|secret| hash_secret(&secret)),
        }
    }

    /// The field that gives a browser its new session.
    #[must_use]
    pub fn session_cookie(&self, request: &HttpRequest, secret: &str) -> HeaderValue {
        self.sessions.cookies.set(request, CookieKind::Session, secret, self.sessions.lifetime.max_ms / 1000)
    }

    fn may_try(&self, address: IpAddr, name: &str) -> Result<(), LoginRefusal> {
        match self.throttle.wait_s(address, name, self.now_ms()) {
            Some(retry_after_s) => Err(LoginRefusal::TooMany { retry_after_s }),
            None => Ok(()),
        }
    }
}

/// Begins a session inside a transaction of the caller's.
pub fn begin_session(
    file: &rusqlite::Connection,
    account: i64,
    visitor: &Visitor,
    now_ms: i64,
) -> Result<String, StoreError> {
    let secret = new_secret()?;
    let is_shown = |character: &char| !character.is_control();
    let user_agent: String = visitor.user_agent.chars().filter(is_shown).take(MAX_USER_AGENT_CHARS).collect();
    if let Some(old) = &visitor.old_session {
        sessions::end_by_hash(file, old)?;
    }
    sessions::begin(file, account, &hash_secret(&secret), &user_agent, now_ms)?;
    account::note_login(file, account, now_ms)?;
    Ok(secret)
}

/// Whether a code is a factor of the account; it is used up then.
pub fn uses_factor(
    file: &rusqlite::Connection,
    account: &AccountRow,
    code: &str,
    now_ms: i64,
) -> Result<bool, rusqlite::Error> {
    let Some(secret) = &account.totp_secret else { return Ok(false) };
    if let Some(step) = totp::step_of(secret, code, now_ms) {
        return account::use_totp_step(file, account.id, step);
    }
    match recovery_code::hash(code) {
        Some(hash) => recovery_codes::use_up(file, account.id, &hash),
        None => Ok(false),
    }
}
