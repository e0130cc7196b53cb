//! Signing in and out. It is a sample shop: whoever comes chooses who to be.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::frame::{ACCOUNT_COOKIE, Frame};
use super::{Shop, cookies};
use crate::demo::customers;

#[derive(Template)]
#[template(path = "demo/account.html")]
struct AccountPage<'a> {
    frame: &'a Frame,
}

/// Who somebody wants to be, and where to go then.
#[derive(Deserialize)]
pub(super) struct SignIn {
    customer: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn account(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    let frame = Frame::of(&request, &shop);
    frame.answer(&AccountPage { frame: &frame })
}

pub(super) async fn sign_in(request: HttpRequest, shop: web::Data<Shop>, form: web::Form<SignIn>) -> HttpResponse {
    let mut frame = Frame::of(&request, &shop);
    frame.customer = customers::by_id(&form.customer);
    let cookie = frame.customer.as_ref().map(|customer| cookies::set_cookie(ACCOUNT_COOKIE, &customer.id));
    frame.redirect(if form.next == "/checkout" { "/checkout" } else { "/account" }, cookie)
}

pub(super) async fn sign_out(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    Frame::of(&request, &shop).redirect("/", Some(cookies::set_cookie(ACCOUNT_COOKIE, "")))
}
