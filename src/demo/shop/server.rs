//! The shop's own server, on this machine only: visitors come through the proxy.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpServer};
use tokio::task::JoinHandle;

use super::{Shop, account, checkout, pages, parts, recommendations};

/// Largest form, in bytes.
const MAX_FORM_BYTES: usize = 4096;

/// The shop, running.
pub struct RunningShop {
    handle: ServerHandle,
    server: JoinHandle<io::Result<()>>,
}

/// A port of the system's choice that only this machine reaches: Hearth must know it before the shop is there.
pub fn listener() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Starts to serve.
///
/// # Errors
/// When the port cannot be used.
pub fn start(shop: Shop, listener: TcpListener) -> io::Result<RunningShop> {
    let shop = Data::new(shop);
    let server = HttpServer::new(move || App::new().app_data(shop.clone()).configure(configure))
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run();
    Ok(RunningShop { handle: server.handle(), server: tokio::spawn(server) })
}

impl RunningShop {
    /// Ends it; what it was about to answer is answered.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        let _ = self.server.await;
    }
}

fn configure(config: &mut ServiceConfig) {
    config
        .app_data(web::FormConfig::default().limit(MAX_FORM_BYTES))
        .route("/", web::get().to(pages::home))
        .route("/shop/{category}", web::get().to(pages::category))
        .route("/product/{slug}", web::get().to(pages::product))
        .route("/search", web::get().to(pages::search))
        .route("/reports/heating-costs", web::get().to(pages::report))
        .route("/guides/first-fire", web::get().to(pages::guide))
        .route("/delivery", web::get().to(pages::delivery))
        .route("/cart", web::get().to(checkout::cart))
        .route("/cart", web::post().to(checkout::add))
        .route("/cart/remove", web::post().to(checkout::remove))
        .route("/checkout", web::get().to(checkout::checkout))
        .route("/checkout", web::post().to(checkout::order))
        .route("/thank-you", web::get().to(pages::thank_you))
        .route("/account", web::get().to(account::account))
        .route("/login", web::post().to(account::sign_in))
        .route("/logout", web::post().to(account::sign_out))
        .route("/api/recommendations", web::get().to(recommendations::recommendations))
        .route("/shop.css", web::get().to(parts::style))
        .route("/shop.js", web::get().to(parts::script))
        .route("/favicon.svg", web::get().to(parts::icon))
        .route("/files/{file}", web::get().to(parts::manual))
        .default_service(web::to(pages::not_found));
}
