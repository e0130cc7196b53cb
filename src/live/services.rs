//! The live view of one installation: what its routes need, and how it ends.

use std::sync::Arc;

use actix_web::web::Data;

use super::hub::Hub;
use super::socket_io::service::{SocketIoParts, SocketIoService};
use super::websocket::service::LiveService;
use crate::config::{Config, LiveMode};
use crate::http::dashboard_access::DashboardAccess;
use crate::http::live_figures::LiveFigures;
use crate::http::own_origin::OwnOrigin;
use crate::http::read_access::ReadAccess;
use crate::store::Store;

/// Shared by all workers; cheap to clone.
#[derive(Clone)]
pub struct Live {
    pub websocket: Data<LiveService>,
    /// Absent in the live mode `poll`, and without the dashboard.
    pub socket_io: Option<Data<SocketIoService>>,
    hub: Hub,
}

impl Live {
    /// Must be called inside the runtime that outlives the HTTP server.
    #[must_use]
    pub fn new(
        config: &Config,
        store: &Store,
        tokens: &Arc<ReadAccess>,
        dashboard: &Arc<DashboardAccess>,
        figures: Arc<LiveFigures>,
    ) -> Self {
        let hub = Hub::new(store.feed().clone(), figures);
        let origin = OwnOrigin::new(config.server.public_url.as_ref());
        let websocket = LiveService::new(store.clone(), Arc::clone(tokens), hub.clone(), origin.clone());
        let mode = config.traffic.dashboard.live_mode;
        let has_socket_io = config.traffic.dashboard.enabled && mode != LiveMode::Poll;
        let socket_io = has_socket_io.then(|| {
            Data::new(SocketIoService::new(SocketIoParts {
                store: store.clone(),
                access: Arc::clone(dashboard),
                tokens: Arc::clone(tokens),
                hub: hub.clone(),
                origin,
                live_mode: mode,
            }))
        });
        Self { websocket: Data::new(websocket), socket_io, hub }
    }

    /// Ends every watcher, and lets no new one stay. To be called before the HTTP server is stopped, which waits for
    /// open connections.
    pub fn stop(&self) {
        self.hub.stop();
    }
}
