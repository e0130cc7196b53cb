//! From cookies to viewers.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use aws_lc_rs::rand::fill;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::cookies::{CookieKind, Cookies};
use super::share_cookie::ShareCookies;
use crate::config;
use crate::domain::clock::SharedClock;
use crate::domain::id::SecretHash;
use crate::http::own_origin::OwnOrigin;
use crate::http::viewer::{Account, Viewer};
use crate::store::accounts::sessions::{self, Lifetime};
use crate::store::accounts::{roles, share_links};
use crate::store::registry::hash_secret;
use crate::store::{Store, StoreError};

/// A session is noted as used no more often than this, in milliseconds.
const TOUCH_MS: i64 = 60_000;

/// Bytes of a session's secret.
const SECRET_BYTES: usize = 32;

/// Characters of a form token.
const FORM_TOKEN_CHARS: usize = 32;

/// The sessions of an installation; cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    pub store: Store,
    pub clock: SharedClock,
    pub lifetime: Lifetime,
    pub cookies: Cookies,
    pub origin: OwnOrigin,
    pub shares: Arc<ShareCookies>,
}

/// What a browser shows to be let in, without the secret itself: a live connection is judged by it again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Session { hash: SecretHash, form_token: String },
    Share(String),
}

impl Sessions {
    #[must_use]
    pub fn lifetime_of(config: &config::Accounts) -> Lifetime {
        let ms = |duration: std::time::Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Lifetime { idle_ms: ms(config.session_idle), max_ms: ms(config.session_max) }
    }

    /// What a request shows, the session first; a browser may have both.
    #[must_use]
    pub fn shown(&self, request: &HttpRequest) -> Vec<Shown> {
        let session = self.cookies.read(request, CookieKind::Session).map(|secret| Shown::session(&secret));
        let share = self.cookies.read(request, CookieKind::Share).map(Shown::Share);
        session.into_iter().chain(share).collect()
    }

    /// Everybody that a request comes from: an account, somebody with a share link, or both in one browser.
    pub async fn viewers(&self, request: &HttpRequest) -> Result<Vec<Viewer>, StoreError> {
        self.look_up(self.shown(request)).await
    }

    /// Those who show something that is valid.
    pub async fn look_up(&self, shown: Vec<Shown>) -> Result<Vec<Viewer>, StoreError> {
        if shown.is_empty() {
            return Ok(Vec::new());
        }
        let this = self.clone();
        web::block(move || this.look_up_now(&shown)).await.map_err(|_| StoreError::Unavailable)?
    }

    fn look_up_now(&self, shown: &[Shown]) -> Result<Vec<Viewer>, StoreError> {
        let now_ms = self.clock.now_ms();
        let (viewers, stale) = self.store.read(|file| {
            let (mut viewers, mut stale) = (Vec::new(), None);
            for one in shown {
                match one {
                    Shown::Session { hash, form_token } => {
                        let Some(found) = sessions::find(file, hash, self.lifetime, now_ms)? else { continue };
                        stale = (now_ms - found.last_used_at_ms >= TOUCH_MS).then_some(found.id);
                        viewers.push(Viewer::Account(Account {
                            id: found.account,
                            name: found.name,
                            is_admin: found.is_admin,
                            roles: roles::of_account(file, found.account)?,
                            session: found.id,
                            form_token: form_token.clone(),
                        }));
                    }
                    Shown::Share(cookie) => {
                        let Some(id) = ShareCookies::link(cookie) else { continue };
                        let Some(link) = share_links::by_id(file, id)? else { continue };
                        if self.shares.is_valid(cookie, &link, now_ms) {
                            viewers.push(Viewer::Share { project: link.project, link: link.id });
                        }
                    }
                }
            }
            Ok((viewers, stale))
        })?;
        if let Some(session) = stale {
            // A session that could not be noted as used only ends earlier than it might.
            let noted = self.store.administer(|file, now_ms| Ok(sessions::touch(file, session, now_ms)?));
            if let Err(error) = noted {
                tracing::warn!(error = %error, "the use of a session could not be noted");
            }
        }
        Ok(viewers)
    }
}

impl Shown {
    /// A session by its secret.
    #[must_use]
    pub fn session(secret: &str) -> Self {
        Self::Session { hash: hash_secret(secret), form_token: form_token(secret) }
    }

    /// What tells this one from others, for counting.
    #[must_use]
    pub fn key(&self) -> SecretHash {
        match self {
            Self::Session { hash, .. } => *hash,
            Self::Share(cookie) => hash_secret(cookie),
        }
    }
}

/// A new random secret of 256 bits.
pub fn new_secret() -> Result<String, StoreError> {
    let mut bytes = [0; SECRET_BYTES];
    fill(&mut bytes).map_err(|_| StoreError::Unavailable)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What forms of a session must send back. Whoever can read it on a page cannot tell the secret from it.
fn form_token(secret: &str) -> String {
    let hash = hash_secret(&format!("form token of {secret}"));
    URL_SAFE_NO_PAD.encode(hash).chars().take(FORM_TOKEN_CHARS).collect()
}
