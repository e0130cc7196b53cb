//! Who may read: holders of a project's read token, who is signed in to the dashboard or has opened a share link, or
//! everybody if the owner opened the reads.

use std::sync::Arc;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, web};

use super::accounts::sessions::{Sessions, Shown};
use super::viewer::Viewer;
use crate::domain::clock::SharedClock;
use crate::domain::id::ProjectId;
use crate::js::query_string::{Parameter, QueryString};
use crate::store::accounts::read_tokens;
use crate::store::registry::{RegisteredKey, hash_secret, projects};
use crate::store::{Store, StoreError};

/// Longer texts are no tokens.
const MAX_TOKEN_BYTES: usize = 256;

/// Decides about reading.
pub struct ReadAccess {
    open: bool,
    sessions: Arc<Sessions>,
    clock: SharedClock,
}

/// What a request may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// Every project.
    Everything,
    /// One project, by a token.
    Project(RegisteredKey),
    /// The projects in which somebody has a role, or that are shared with somebody. May be none.
    Several(Arc<[ProjectId]>),
}

/// Why a request may not read.
#[derive(Debug)]
pub enum AccessRefusal {
    MissingToken,
    InvalidToken,
    ExpiredToken,
    Store(StoreError),
}

impl ReadAccess {
    #[must_use]
    pub fn new(open: bool, sessions: Arc<Sessions>) -> Self {
        let clock = Arc::clone(&sessions.clock);
        Self { open, sessions, clock }
    }

    /// What the request may read. By its token: `Authorization: Bearer` or the parameter `token`, since dashboards
    /// written for the original send no headers. Without one, by the dashboard's cookies, if a page of ours asks.
    pub async fn grant(&self, request: &HttpRequest, store: &Store) -> Result<Grant, AccessRefusal> {
        let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
        let has_credentials = request.headers().contains_key(header::AUTHORIZATION) || token(request).is_some();
        if self.open || has_credentials || !is_read || !self.sessions.origin.is_same_origin(request) {
            return self.grant_token(token(request), store).await;
        }
        self.grant_shown(self.sessions.shown(request)).await
    }

    /// What the holder of a token may read.
    pub async fn grant_token(&self, token: Option<String>, store: &Store) -> Result<Grant, AccessRefusal> {
        if self.open {
            return Ok(Grant::Everything);
        }
        let token = token.ok_or(AccessRefusal::MissingToken)?;
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AccessRefusal::InvalidToken);
        }
        // What is looked up is the hash: how long the look-up takes says nothing about the token.
        let (store, hash, now_ms) = (store.clone(), hash_secret(&token), self.clock.now_ms());
        let found = web::block(move || store.read(|file| Ok(read_tokens::find(file, &hash, now_ms)?)));
        match found.await.map_err(|_| AccessRefusal::Store(StoreError::Unavailable))? {
            Ok(Some(found)) if found.is_expired => Err(AccessRefusal::ExpiredToken),
            Ok(Some(found)) => Ok(Grant::Project(found.opens)),
            Ok(None) => Err(AccessRefusal::InvalidToken),
            Err(error) => Err(AccessRefusal::Store(error)),
        }
    }

    /// What somebody may read who shows these cookies; everything where the owner opened the reads.
    pub async fn grant_shown(&self, shown: Vec<Shown>) -> Result<Grant, AccessRefusal> {
        if self.open {
            return Ok(Grant::Everything);
        }
        let viewers = self.sessions.look_up(shown).await.map_err(AccessRefusal::Store)?;
        if viewers.is_empty() {
            return Err(AccessRefusal::MissingToken);
        }
        let store = self.sessions.store.clone();
        let readable = web::block(move || store.read(|file| readable_projects(file, &viewers)));
        match readable.await.map_err(|_| AccessRefusal::Store(StoreError::Unavailable))? {
            Ok(projects) => Ok(Grant::Several(projects.into())),
            Err(error) => Err(AccessRefusal::Store(error)),
        }
    }

    /// The cookies that a websocket may be opened with: none if it does not come from a page of ours.
    #[must_use]
    pub fn shown_by_own_page(&self, request: &HttpRequest) -> Vec<Shown> {
        if self.sessions.origin.allows_with_cookie(request) { self.sessions.shown(request) } else { Vec::new() }
    }
}

/// The projects that at least one of the viewers may see.
fn readable_projects(file: &rusqlite::Connection, viewers: &[Viewer]) -> Result<Vec<ProjectId>, StoreError> {
    let is_readable = |project: &ProjectId| viewers.iter().any(|viewer| viewer.role_in(*project).is_some());
    Ok(projects(file)?.into_iter().map(|project| project.id).filter(is_readable).collect())
}

impl Grant {
    /// Whether the project may be read.
    #[must_use]
    pub fn covers(&self, project: ProjectId) -> bool {
        self.projects().is_none_or(|projects| projects.contains(&project))
    }

    /// The projects that may be read; none: every one.
    #[must_use]
    pub fn projects(&self) -> Option<&[ProjectId]> {
        match self {
            Self::Everything => None,
            Self::Project(granted) => Some(std::slice::from_ref(&granted.project)),
            Self::Several(projects) => Some(projects),
        }
    }

    /// Whether persons may be erased. Reads that are open to everybody never give this, nor do cookies: the dashboard
    /// has a form for it, with a form token.
    #[must_use]
    pub fn may_erase(&self) -> bool {
        match self {
            Self::Everything | Self::Several(_) => false,
            Self::Project(granted) => granted.may_erase,
        }
    }
}

/// The token that a request carries.
#[must_use]
pub fn token(request: &HttpRequest) -> Option<String> {
    if let Some(value) = request.headers().get(header::AUTHORIZATION) {
        let value = value.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned());
    }
    match QueryString::parse(request.query_string()).get("token") {
        Some(Parameter::Text(token)) => Some(token.clone()),
        _ => None,
    }
}
