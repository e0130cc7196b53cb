//! Whoever the guard has let in, for handlers; and what their answers have in common.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};

use super::error::PageError;
use crate::http::viewer::{Account, Viewer};

/// An account that is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Account);

impl FromRequest for SignedIn {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let account = request.extensions().get::<Viewer>().and_then(Viewer::account).cloned();
        ready(account.map(Self).ok_or(PageError::SignedOut))
    }
}

/// Sends the browser on after a form.
#[must_use]
pub fn go_to(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}
