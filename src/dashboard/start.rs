//! The page at `/`: that Hearth runs, and where to go from here.
//!
//! It tells nothing about what is stored and needs no token.

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                                       form-action 'none'; frame-ancestors 'none'";
const REFERRER_POLICY: HeaderName = HeaderName::from_static("referrer-policy");

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage<'a> {
    version: &'a str,
    url: String,
}

/// What the page needs to know.
pub struct StartService {
    /// Where browsers reach this server, if the owner said so; without a slash at the end.
    pub public_url: Option<String>,
}

/// Answers `/`.
pub async fn page(request: HttpRequest, service: web::Data<StartService>) -> HttpResponse {
    // The host is what the browser asked for; it is escaped on the page like everything from outside.
    let derived = || format!("http://{}", request.connection_info().host());
    let page =
        StartPage { version: env!("CARGO_PKG_VERSION"), url: service.public_url.clone().unwrap_or_else(derived) };
    match page.render() {
        Ok(html) => {
            let mut answer = HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html);
            let headers = answer.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            answer
        }
        Err(error) => {
            tracing::error!(error = %error, "the start page could not be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
