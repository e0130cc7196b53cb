//! The pages that show something.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::Shop;
use super::frame::Frame;
use crate::demo::catalogue::{self, Category, PRODUCTS, Product};

/// How long the report about heating costs takes: more than `traffic.slow_threshold`.
const REPORT_TAKES: Duration = Duration::from_millis(1_500);

/// Longest text that is searched for, in characters.
const MAX_QUERY_CHARS: usize = 80;

/// How many products the first page shows.
const FAVOURITES: usize = 4;

#[derive(Template)]
#[template(path = "demo/home.html")]
struct Home<'a> {
    frame: &'a Frame,
    hero: &'static Product,
    products: Vec<&'static Product>,
}

#[derive(Template)]
#[template(path = "demo/listing.html")]
struct Listing<'a> {
    frame: &'a Frame,
    title: String,
    lead: &'static str,
    products: Vec<&'static Product>,
}

#[derive(Template)]
#[template(path = "demo/product.html")]
struct ProductPage<'a> {
    frame: &'a Frame,
    product: &'static Product,
    category: &'static Category,
}

#[derive(Template)]
#[template(path = "demo/report.html")]
struct Report<'a> {
    frame: &'a Frame,
    /// What is burnt, its share of the dearest in per cent, and its price.
    rows: Vec<(&'static str, u64, String)>,
}

#[derive(Template)]
#[template(path = "demo/text.html")]
struct TextPage<'a> {
    frame: &'a Frame,
    title: &'a str,
    lead: &'a str,
    paragraphs: &'a [&'a str],
    link: &'a str,
    link_text: &'a str,
}

/// What a search asks for.
#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

pub(super) async fn home(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    let frame = Frame::of(&request, &shop);
    let mut products: Vec<_> = PRODUCTS.iter().collect();
    products.sort_by_key(|product| std::cmp::Reverse(product.weight));
    products.truncate(FAVOURITES);
    frame.answer(&Home { frame: &frame, hero: &PRODUCTS[0], products })
}

pub(super) async fn category(request: HttpRequest, shop: web::Data<Shop>, slug: web::Path<String>) -> HttpResponse {
    let mut frame = Frame::of(&request, &shop);
    let Some(category) = catalogue::category(&slug) else { return missing(&frame) };
    category.slug.clone_into(&mut frame.path);
    let products = PRODUCTS.iter().filter(|product| product.category == category.slug).collect();
    frame.answer(&Listing { frame: &frame, title: category.name.to_owned(), lead: category.lead, products })
}

pub(super) async fn product(request: HttpRequest, shop: web::Data<Shop>, slug: web::Path<String>) -> HttpResponse {
    let frame = Frame::of(&request, &shop);
    let found = catalogue::product(&slug).and_then(|product| Some((product, catalogue::category(product.category)?)));
    let Some((product, category)) = found else { return missing(&frame) };
    frame.answer(&ProductPage { frame: &frame, product, category })
}

pub(super) async fn search(request: HttpRequest, shop: web::Data<Shop>, search: web::Query<Search>) -> HttpResponse {
    let mut frame = Frame::of(&request, &shop);
    frame.query = search.q.chars().take(MAX_QUERY_CHARS).collect();
    let asked = frame.query.to_lowercase();
    let words: Vec<_> = asked.split_whitespace().collect();
    let fits = |product: &&Product| {
        let text = format!("{} {} {}", product.name, product.lead, product.description).to_lowercase();
        !words.is_empty() && words.iter().all(|word| text.contains(word))
    };
    let products = PRODUCTS.iter().filter(fits).collect();
    let title = format!("Found for “{}”", frame.query);
    frame.answer(&Listing { frame: &frame, title, lead: "Everything whose name or story has these words.", products })
}

/// A page that takes its time.
pub(super) async fn report(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    tokio::time::sleep(REPORT_TAKES).await;
    let frame = Frame::of(&request, &shop);
    let rows = [("Oil", 228_000), ("Gas", 196_000), ("A heat pump", 112_000), ("Wood, in an Alder", 84_000)];
    let dearest = rows.iter().map(|(_, cents)| *cents).max().unwrap_or(1);
    let rows = rows.map(|(name, cents)| (name, cents * 100 / dearest, catalogue::price(cents)));
    frame.answer(&Report { frame: &frame, rows: rows.to_vec() })
}

pub(super) async fn guide(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    let frame = Frame::of(&request, &shop);
    let paragraphs = [
        "Put two logs side by side, with a hand's width between them. Lay three thinner ones across, then a handful of \
         kindling on top of everything.",
        "Light it from above. The fire eats its way down, the smoke burns before it leaves, and the window stays clear.",
        "Open the air fully until the stove is warm, and close it by half when the flames have settled. Never add wood to \
         flames; wait for embers.",
    ];
    let (title, lead) = ("Your first fire", "Light it from the top, and sit down.");
    let (link, link_text) = ("/shop/stoves", "See the stoves");
    frame.answer(&TextPage { frame: &frame, title, lead, paragraphs: &paragraphs, link, link_text })
}

pub(super) async fn delivery(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    let frame = Frame::of(&request, &shop);
    let paragraphs = [
        "Small things go by post. Stoves come with two people, who carry them to where they will stand and \
                       take the packaging back.",
        "Returns are free until the first of May, ash included.",
    ];
    let (title, lead) = ("Delivery and returns", "Three days for what fits into a parcel.");
    frame.answer(&TextPage {
        frame: &frame,
        title,
        lead,
        paragraphs: &paragraphs,
        link: "/",
        link_text: "Back to the shop",
    })
}

pub(super) async fn thank_you(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    let frame = Frame::of(&request, &shop);
    let (title, lead) = ("Thank you", "Your order is on its way, as far as orders of a sample shop go.");
    let paragraphs =
        ["Hearth knows about it now: from the page as “checkout”, and from the shop's server as “purchase”."];
    frame.answer(&TextPage { frame: &frame, title, lead, paragraphs: &paragraphs, link: "/", link_text: "Go on" })
}

pub(super) async fn not_found(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    missing(&Frame::of(&request, &shop))
}

fn missing(frame: &Frame) -> HttpResponse {
    let (title, lead) = ("Gone cold", "There is nothing at this address. Perhaps there never was.");
    let page = TextPage { frame, title, lead, paragraphs: &[], link: "/", link_text: "Back to the fire" };
    frame.answer_with(StatusCode::NOT_FOUND, &page)
}
