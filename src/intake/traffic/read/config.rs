//! `GET <mount>/api/config`: how a dashboard learns of new requests.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{DashboardRefusals, Refusal, json, respond};
use super::service::DashboardService;
use crate::config::LiveMode;

/// How a dashboard learns of new requests.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardConfig {
    /// `poll`, `socket` or `socket-cluster`.
    #[schema(example = "poll")]
    pub live_mode: &'static str,
    /// How often to ask in the mode `poll`.
    pub poll_interval_ms: u64,
    /// Where Socket.IO is; only in the other modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket: Option<SocketConfig>,
}

/// Options for `io()` of socket.io-client.
#[derive(Debug, Serialize, ToSchema)]
pub struct SocketConfig {
    #[schema(example = "/traffic-dashboard/socket.io")]
    pub path: String,
    /// `polling` and `websocket`; in the mode `socket-cluster` `websocket` only.
    pub transports: Vec<&'static str>,
}

#[utoipa::path(
    get,
    path = "/api/config",
    tag = "dashboard",
    summary = "How a dashboard learns of new requests",
    responses((status = 200, description = "The configuration", body = DashboardConfig), DashboardRefusals),
    security(("dashboard" = []), ("read_token" = []))
)]
/// Tells the configuration.
pub async fn config(request: HttpRequest, service: web::Data<DashboardService>) -> HttpResponse {
    respond(read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &DashboardService) -> Result<HttpResponse, Refusal> {
    service.project(request).await?;
    let config = &service.config;
    let (live_mode, transports) = match config.live_mode {
        LiveMode::Poll => ("poll", None),
        LiveMode::Socket => ("socket", Some(vec!["polling", "websocket"])),
        LiveMode::SocketCluster => ("socket-cluster", Some(vec!["websocket"])),
    };
    let socket =
        transports.map(|transports| SocketConfig { path: format!("{}/socket.io", config.mount_path), transports });
    let poll_interval_ms = u64::try_from(config.poll_interval.as_millis()).unwrap_or(u64::MAX);
    Ok(json(&DashboardConfig { live_mode, poll_interval_ms, socket }))
}
