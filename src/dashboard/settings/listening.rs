//! Whether anything has come in: what the install page asks every two seconds while it listens.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use crate::dashboard::error::PageError;
use crate::dashboard::screen::Screen;
use crate::dashboard::service::Dashboard;
use crate::query::visits::first_data::{DataSpan, DataSpans};

/// When each source was heard last, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Heard {
    pub browser: Option<i64>,
    pub track: Option<i64>,
    pub traffic: Option<i64>,
}

/// `GET install/listening`.
pub async fn listening(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Heard::of(&screen.data)))
}

impl Heard {
    pub fn of(data: &DataSpans) -> Self {
        let last = |span: Option<DataSpan>| span.map(|span| span.last_ms);
        Self { browser: last(data.browser), track: last(data.track), traffic: last(data.traffic) }
    }
}
