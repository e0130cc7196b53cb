//! What every page needs: the store, the time, and a place to block.

use std::sync::Arc;

use actix_web::web;
use arc_swap::ArcSwap;

use super::error::PageError;
use crate::backup::service::Backups;
use crate::config::Setting;
use crate::domain::clock::SharedClock;
use crate::domain::id::ProjectId;
use crate::http::installation::Installation;
use crate::http::problem::Problem;
use crate::http::proxy_state::ProxyState;
use crate::http::refusals::Refusals;
use crate::identity::clients::Clients;
use crate::query::public_id::PublicIds;
use crate::store::retention::Progress;
use crate::store::{Store, StoreError};

/// The configuration as pages show it.
#[derive(Debug, Clone, Default)]
pub struct ShownConfig {
    /// What counts now as a list, secrets hidden, each value with where it came from.
    pub settings: Vec<Setting>,
    /// Keys that were changed since the start and count after a restart.
    pub needs_restart: Vec<String>,
    /// When it was last read again.
    pub read_again_ms: Option<i64>,
    /// Why what was read then does not count.
    pub refused: Vec<String>,
}

/// The dashboard of one installation; shared by all workers.
pub struct Dashboard {
    pub store: Store,
    pub clock: SharedClock,
    pub public_ids: PublicIds,
    pub proxy: Arc<ProxyState>,
    pub refusals: Arc<Refusals>,
    pub backups: Arc<Backups>,
    pub started_at_ms: i64,
    /// How everything is.
    pub installation: Arc<Installation>,
    /// Where browsers reach this server, if the owner said so; without a slash at the end.
    pub public_url: Option<String>,
    pub config: Arc<ArcSwap<ShownConfig>>,
    pub clients: Clients,
    /// How long before a conversion a touch may lie to be credited, unless a question says otherwise.
    pub attribution_window_ms: i64,
    /// The project into which the proxy records; absent without a proxy.
    pub recorded_project: Option<ProjectId>,
}

impl Dashboard {
    /// Runs a question on one snapshot, where it may block.
    pub async fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PageError> {
        let store = self.store.clone();
        let answer = web::block(move || store.read(read)).await.map_err(|_| Problem::Internal)?;
        Ok(answer.map_err(Problem::from)?)
    }

    /// How long data are kept, and how far deleting is.
    pub async fn retention(&self) -> Result<Progress, PageError> {
        let (store, now_ms) = (self.store.clone(), self.clock.now_ms());
        let answer = web::block(move || store.retention(now_ms)).await.map_err(|_| Problem::Internal)?;
        Ok(answer.map_err(Problem::from)?)
    }

    /// Changes what people set, where it may block; see [`Store::administer`].
    pub async fn administer<T: Send + 'static>(
        &self,
        change: impl FnOnce(&rusqlite::Transaction<'_>, i64) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PageError> {
        let store = self.store.clone();
        let answer = web::block(move || store.administer(change)).await.map_err(|_| Problem::Internal)?;
        Ok(answer.map_err(Problem::from)?)
    }
}
