//! Who may read: holders of a project's read token, or everybody if the owner opened the reads.

use actix_web::http::header;
use actix_web::{HttpRequest, web};

use crate::domain::id::ProjectId;
use crate::js::query_string::{Parameter, QueryString};
use crate::store::registry::{RegisteredKey, Secret, find_secret, hash_secret};
use crate::store::{Store, StoreError};

/// Longer texts are no tokens.
const MAX_TOKEN_BYTES: usize = 256;

/// Decides about reading.
#[derive(Debug)]
pub struct ReadAccess {
    open: bool,
}

/// What a request may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Every project.
    Everything,
    /// One project.
    Project(RegisteredKey),
}

/// Why a request may not read.
#[derive(Debug)]
pub enum AccessRefusal {
    MissingToken,
    InvalidToken,
    Store(StoreError),
}

impl ReadAccess {
    #[must_use]
    pub fn new(open: bool) -> Self {
        Self { open }
    }

    /// What the request may read, by its token: `Authorization: Bearer` or the parameter `token`, since
    /// dashboards written for the original send no headers.
    pub async fn grant(&self, request: &HttpRequest, store: &Store) -> Result<Grant, AccessRefusal> {
        self.grant_token(token(request), store).await
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
        let (store, hash) = (store.clone(), hash_secret(&token));
        let found = web::block(move || store.read(|connection| Ok(find_secret(connection, Secret::ReadToken, &hash)?)));
        match found.await.map_err(|_| AccessRefusal::Store(StoreError::Unavailable))? {
            Ok(Some(project)) => Ok(Grant::Project(project)),
            Ok(None) => Err(AccessRefusal::InvalidToken),
            Err(error) => Err(AccessRefusal::Store(error)),
        }
    }
}

impl Grant {
    /// Whether the project may be read.
    #[must_use]
    pub fn covers(self, project: ProjectId) -> bool {
        match self {
            Self::Everything => true,
            Self::Project(granted) => granted.project == project,
        }
    }

    /// Whether persons may be erased. Reads that are open to everybody never give this.
    #[must_use]
    pub fn may_erase(self) -> bool {
        match self {
            Self::Everything => false,
            Self::Project(granted) => granted.may_erase,
        }
    }

    /// The one project that may be read, if it is only one.
    #[must_use]
    pub fn only(self) -> Option<ProjectId> {
        match self {
            Self::Everything => None,
            Self::Project(granted) => Some(granted.project),
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
