//! Light or dark: a choice in a cookie, so that the server writes the page in it and nothing flashes.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::layout::local_path;

const COOKIE: &str = "hearth_theme";

/// The choice of a request; none: as the system has it.
#[must_use]
pub fn chosen(request: &HttpRequest) -> Option<&'static str> {
    request.cookie(COOKIE).and_then(|cookie| known(cookie.value()))
}

fn known(word: &str) -> Option<&'static str> {
    ["light", "dark"].into_iter().find(|theme| *theme == word)
}

/// `GET /theme/{choice}?next=PATH`: remembers a choice, and goes back. It changes how pages look and nothing else, so a
/// link is enough.
pub async fn choose(request: HttpRequest, choice: web::Path<String>) -> HttpResponse {
    let next = local_path(request.query_string());
    let mut cookie = Cookie::build(COOKIE, known(&choice).unwrap_or_default()).path("/").http_only(true).finish();
    cookie.set_same_site(SameSite::Lax);
    if known(&choice).is_some() {
        cookie.set_max_age(Duration::days(365));
    } else {
        cookie.make_removal();
    }
    HttpResponse::SeeOther().insert_header((header::LOCATION, next)).cookie(cookie).finish()
}
