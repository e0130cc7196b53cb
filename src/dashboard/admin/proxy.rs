//! The recording proxy: where it sends, what it recorded, what it left out.

use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::status::{Upstream, upstreams};
use super::{Fact, layout};
use crate::config::Setting;
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};

/// Keys that say what is recorded and what is not.
const SHOWN_KEYS: [&str; 12] = [
    "proxy.listen",
    "traffic.project",
    "traffic.include_routes",
    "traffic.ignore_routes",
    "traffic.route_value",
    "traffic.query",
    "traffic.track_ip",
    "traffic.track_user_agent",
    "traffic.slow_threshold",
    "traffic.slow_thresholds",
    "traffic.queue_records",
    "traffic.max_routes",
];

#[derive(Template)]
#[template(path = "admin/proxy.html")]
struct ProxyPage {
    layout: Layout,
    tabs: Vec<Tab>,
    figures: Vec<Fact>,
    upstreams: Vec<Upstream>,
    settings: Vec<(String, String)>,
}

/// Answers the page.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let state = &dashboard.proxy;
    let count = |counter: &AtomicU64| format::count(counter.load(Ordering::Relaxed));
    let key = |setting: &Setting| format!("{}.{}", setting.section, setting.name);
    let config = dashboard.config.load();
    let shown = config.settings.iter().filter(|setting| SHOWN_KEYS.contains(&&*key(setting)));
    html(&ProxyPage {
        layout: layout(&request),
        tabs: tabs::of_installation("proxy"),
        figures: vec![
            Fact::new("Connections now", count(&state.connections)),
            Fact::new("Open tunnels and streams", format::count(state.open_count() as u64)),
            Fact::new("Requests", count(&state.requests)),
            Fact::new("Recorded", count(&state.recorded)),
            Fact::new("Left out", count(&state.ignored)),
            Fact::new("Dropped, queue full", count(&state.dropped_queue_full)),
            Fact::new("Dropped, store", count(&state.dropped_store)),
            Fact::new("Violations of HTTP", count(&state.violations)),
        ],
        upstreams: upstreams(&dashboard),
        settings: shown.map(|setting| (key(setting), setting.toml.clone())).collect(),
    })
}
