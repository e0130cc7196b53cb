//! What every handler under the mount path needs: the store, who may read, and a place to block.

use std::sync::Arc;

use actix_web::{HttpRequest, web};

use super::answer::Refusal;
use crate::config::TrafficDashboard;
use crate::domain::clock::SharedClock;
use crate::domain::id::ProjectId;
use crate::http::dashboard_access::DashboardAccess;
use crate::http::problem::Problem;
use crate::store::{Store, StoreError};

/// The dashboard's API of one installation; shared by all workers.
pub struct DashboardService {
    pub store: Store,
    pub clock: SharedClock,
    pub access: Arc<DashboardAccess>,
    pub config: TrafficDashboard,
}

impl DashboardService {
    /// The project whose requests the sender may see.
    pub async fn project(&self, request: &HttpRequest) -> Result<ProjectId, Refusal> {
        Ok(self.access.check(request, &self.store).await?)
    }

    /// Runs a question on one snapshot, where it may block.
    pub async fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let store = self.store.clone();
        Ok(web::block(move || store.read(read)).await.map_err(|_| Problem::Internal)?.map_err(Problem::from)?)
    }
}
