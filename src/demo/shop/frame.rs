//! What stands around every page, and the answer that carries it.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;

use super::basket::Basket;
use super::{Shop, cookies};
use crate::demo::catalogue::{CATEGORIES, Category};
use crate::demo::customers::{self, Customer, REGULARS};

pub(super) const ACCOUNT_COOKIE: &str = "account";

const X_HEARTH_USER_ID: HeaderName = HeaderName::from_static("x-hearth-user-id");
const X_HEARTH_USER_NAME: HeaderName = HeaderName::from_static("x-hearth-user-name");
const X_HEARTH_ROUTE: HeaderName = HeaderName::from_static("x-hearth-route");

/// What the head, the menu and the foot of a page show.
pub(super) struct Frame {
    pub key: String,
    pub customer: Option<Customer>,
    pub cart_count: u32,
    /// What was searched for.
    pub query: String,
    /// Slug of the category that is shown.
    pub path: String,
    route: String,
}

impl Frame {
    pub(super) fn of(request: &HttpRequest, shop: &Shop) -> Self {
        Self {
            key: shop.project_key.clone(),
            customer: signed_in(request),
            cart_count: Basket::of(request).count(),
            query: String::new(),
            path: String::new(),
            route: route(request),
        }
    }

    #[expect(clippy::unused_self, reason = "templates ask the frame")]
    pub(super) fn categories(&self) -> &'static [Category] {
        &CATEGORIES
    }

    /// Who may sign in.
    #[expect(clippy::unused_self, reason = "templates ask the frame")]
    pub(super) fn regulars(&self) -> Vec<Customer> {
        (0..REGULARS).map(customers::customer).collect()
    }

    /// Answers with a page.
    pub(super) fn answer(&self, page: &impl Template) -> HttpResponse {
        self.answer_with(StatusCode::OK, page)
    }

    pub(super) fn answer_with(&self, status: StatusCode, page: &impl Template) -> HttpResponse {
        match page.render() {
            Ok(html) => {
                let mut answer = HttpResponse::build(status);
                self.tell(&mut answer);
                answer.insert_header((header::CACHE_CONTROL, "no-store"));
                answer.content_type("text/html; charset=utf-8").body(html)
            }
            Err(error) => {
                tracing::error!(%error, "a page of the sample shop could not be written");
                HttpResponse::InternalServerError().finish()
            }
        }
    }

    /// Sends the browser to another page after it has done something.
    pub(super) fn redirect(&self, to: &str, cookie: Option<String>) -> HttpResponse {
        let mut answer = HttpResponse::SeeOther();
        self.tell(&mut answer);
        if let Some(cookie) = cookie {
            answer.append_header((header::SET_COOKIE, cookie));
        }
        answer.insert_header((header::LOCATION, to)).finish()
    }

    /// Tells Hearth who is there and which route it was; the headers never reach the browser.
    pub(super) fn tell(&self, answer: &mut HttpResponseBuilder) {
        if let (false, Ok(route)) = (self.route.is_empty(), HeaderValue::from_str(&self.route)) {
            answer.insert_header((X_HEARTH_ROUTE, route));
        }
        let Some(customer) = &self.customer else { return };
        answer.insert_header((X_HEARTH_USER_ID, customer.id.as_str()));
        answer.insert_header((X_HEARTH_USER_NAME, customer.name.as_str()));
    }
}

/// The customer the browser has signed in as.
pub(super) fn signed_in(request: &HttpRequest) -> Option<Customer> {
    customers::by_id(&cookies::cookie(request, ACCOUNT_COOKIE)?)
}

/// The route in the form that Hearth shows: `/product/:slug`.
fn route(request: &HttpRequest) -> String {
    request.match_pattern().unwrap_or_default().replace('{', ":").replace('}', "")
}
