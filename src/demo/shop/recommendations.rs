//! `GET /api/recommendations`: what goes well with a product. It fails now and then, so that there is a failure to find.

use std::sync::atomic::Ordering;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::Shop;
use super::frame::Frame;
use crate::demo::catalogue::{self, PRODUCTS};

/// Every so many answers is a 500.
const FAILS_EVERY: u32 = 6;

const SHOWN: usize = 3;

/// For which product.
#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    product: String,
}

#[derive(Serialize)]
struct Recommended {
    slug: &'static str,
    name: &'static str,
}

pub(super) async fn recommendations(
    request: HttpRequest,
    shop: web::Data<Shop>,
    question: web::Query<Question>,
) -> HttpResponse {
    let asked = shop.asked.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    let is_failing = asked.is_multiple_of(FAILS_EVERY);
    let mut answer = if is_failing { HttpResponse::InternalServerError() } else { HttpResponse::Ok() };
    Frame::of(&request, &shop).tell(&mut answer);
    if is_failing {
        return answer.json(serde_json::json!({"error": "the oracle is asleep"}));
    }
    let shelf = catalogue::product(&question.product).map(|product| product.category);
    let others = PRODUCTS.iter().filter(|product| Some(product.category) != shelf).take(SHOWN);
    answer.json(others.map(|product| Recommended { slug: product.slug, name: product.name }).collect::<Vec<_>>())
}
