//! Basket, checkout and order.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::basket::{Basket, Line};
use super::events::Purchase;
use super::frame::Frame;
use super::{Shop, cookies};
use crate::demo::catalogue;

#[derive(Template)]
#[template(path = "demo/cart.html")]
struct CartPage<'a> {
    frame: &'a Frame,
    lines: Vec<Line>,
    total: String,
}

#[derive(Template)]
#[template(path = "demo/checkout.html")]
struct CheckoutPage<'a> {
    frame: &'a Frame,
    total: String,
    total_cents: u64,
    count: u32,
}

/// Which product is put into the basket, or taken out.
#[derive(Deserialize)]
pub(super) struct Choice {
    product: String,
}

pub(super) async fn cart(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    let (frame, basket) = (Frame::of(&request, &shop), Basket::of(&request));
    let total = catalogue::price(basket.cents());
    frame.answer(&CartPage { frame: &frame, lines: basket.lines, total })
}

pub(super) async fn add(request: HttpRequest, shop: web::Data<Shop>, choice: web::Form<Choice>) -> HttpResponse {
    let mut basket = Basket::of(&request);
    if let Some(product) = catalogue::product(&choice.product) {
        basket.add(product, 1);
    }
    Frame::of(&request, &shop).redirect("/cart", Some(basket.cookie()))
}

pub(super) async fn remove(request: HttpRequest, shop: web::Data<Shop>, choice: web::Form<Choice>) -> HttpResponse {
    let mut basket = Basket::of(&request);
    basket.remove(&choice.product);
    Frame::of(&request, &shop).redirect("/cart", Some(basket.cookie()))
}

pub(super) async fn checkout(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    let (frame, basket) = (Frame::of(&request, &shop), Basket::of(&request));
    if basket.lines.is_empty() {
        return frame.redirect("/cart", None);
    }
    let total = catalogue::price(basket.cents());
    frame.answer(&CheckoutPage { frame: &frame, total, total_cents: basket.cents(), count: basket.count() })
}

/// Takes the order, and tells Hearth from the server's side: the browser may be gone by then.
pub(super) async fn order(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    let (frame, basket) = (Frame::of(&request, &shop), Basket::of(&request));
    let Some(customer) = frame.customer.as_ref().filter(|_| !basket.lines.is_empty()) else {
        return frame.redirect("/checkout", None);
    };
    let purchase = Purchase {
        customer,
        order_id: uuid::Uuid::new_v4().simple().to_string(),
        cents: basket.cents(),
        products: basket.lines.iter().map(|line| line.product.slug).collect(),
        pieces: basket.count(),
        session: cookies::cookie(&request, "hearth_sid"),
    };
    // An order does not fail because its analytics do.
    if let Err(error) = shop.events.purchase(&purchase).await {
        tracing::warn!(%error, "the purchase could not be told to Hearth");
    }
    frame.redirect("/thank-you", Some(Basket::default().cookie()))
}
