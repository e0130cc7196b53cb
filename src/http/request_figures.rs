//! How many requests there are and how long they take, by method, route and status.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, web};

use crate::domain::histogram::{Histogram, Histograms, REQUEST_SECONDS};

/// The route of a request for which there is nothing.
pub const UNMATCHED: &str = "unmatched";

/// The method of a request whose method nobody knows, as OpenTelemetry calls it.
const OTHER_METHOD: &str = "_OTHER";

/// Sets of labels that one thread counts apart: routes are patterns, so that there are far fewer.
const MAX_KEYS: usize = 2_000;

/// By what requests are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestKey {
    pub method: &'static str,
    /// The pattern or name of the route, never a path.
    pub route: String,
    pub status: u16,
}

/// The requests to one listener, or to several, since the start.
#[derive(Debug)]
pub struct RequestFigures {
    seconds: Histograms<RequestKey>,
    active: AtomicU64,
}

impl Default for RequestFigures {
    fn default() -> Self {
        Self { seconds: Histograms::new(REQUEST_SECONDS, MAX_KEYS), active: AtomicU64::default() }
    }
}

impl RequestFigures {
    /// Requests whose answer has not begun.
    #[must_use]
    pub fn active(&self) -> u64 {
        self.active.load(Ordering::Relaxed)
    }

    /// How long it took until the answers began, in seconds.
    #[must_use]
    pub fn seconds(&self) -> HashMap<RequestKey, Histogram> {
        self.seconds.all()
    }

    fn observe(&self, key: RequestKey, seconds: f64) {
        let other = || RequestKey { method: OTHER_METHOD, route: UNMATCHED.to_owned(), status: 0 };
        self.seconds.observe(key, other, seconds);
    }
}

/// Middleware that counts each request in the [`RequestFigures`] of its app.
pub async fn measure(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(figures) = request.app_data::<web::Data<RequestFigures>>().cloned() else {
        return next.call(request).await;
    };
    let started = Instant::now();
    figures.active.fetch_add(1, Ordering::Relaxed);
    let active = Active(figures);
    let response = next.call(request).await?;
    let request = response.request();
    let key = RequestKey {
        method: known_method(request.method()),
        route: route(request),
        status: response.status().as_u16(),
    };
    active.0.observe(key, started.elapsed().as_secs_f64());
    Ok(response)
}

/// The pattern or name of the route that a request has taken.
#[must_use]
pub fn route(request: &HttpRequest) -> String {
    match request.match_name() {
        Some(name) => name.to_owned(),
        None => request.match_pattern().unwrap_or_else(|| UNMATCHED.to_owned()),
    }
}

/// A request under way, until it is answered or its client has left.
struct Active(web::Data<RequestFigures>);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The method, if it is one that is known; clients may invent others.
#[must_use]
pub fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => OTHER_METHOD,
    }
}
