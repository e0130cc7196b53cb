//! What a visitor wants to buy, kept in a cookie: `camp-kettle.1!log-basket.2`.

use actix_web::HttpRequest;

use super::cookies;
use crate::demo::catalogue::{self, Product};

pub(super) const COOKIE: &str = "cart";

/// Most pieces of one product.
const MAX_COUNT: u32 = 9;

/// One product of a basket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub product: &'static Product,
    pub count: u32,
}

/// Each product at most once, so that there are never more lines than products.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Basket {
    pub lines: Vec<Line>,
}

impl Line {
    pub(super) fn cents(&self) -> u64 {
        u64::from(self.product.price_cents) * u64::from(self.count)
    }

    pub(super) fn price(&self) -> String {
        catalogue::price(self.cents())
    }
}

impl Basket {
    pub(super) fn of(request: &HttpRequest) -> Self {
        cookies::cookie(request, COOKIE).map(|text| Self::read(&text)).unwrap_or_default()
    }

    fn read(text: &str) -> Self {
        let mut basket = Self::default();
        for (slug, count) in text.split('!').filter_map(|line| line.split_once('.')) {
            if let (Some(product), Ok(count)) = (catalogue::product(slug), count.parse()) {
                basket.add(product, count);
            }
        }
        basket
    }

    pub(super) fn add(&mut self, product: &'static Product, count: u32) {
        match self.lines.iter_mut().find(|line| line.product == product) {
            Some(line) => line.count = line.count.saturating_add(count).min(MAX_COUNT),
            None if count > 0 => self.lines.push(Line { product, count: count.min(MAX_COUNT) }),
            None => {}
        }
    }

    pub(super) fn remove(&mut self, slug: &str) {
        self.lines.retain(|line| line.product.slug != slug);
    }

    pub(super) fn count(&self) -> u32 {
        self.lines.iter().map(|line| line.count).sum()
    }

    pub(super) fn cents(&self) -> u64 {
        self.lines.iter().map(Line::cents).sum()
    }

    /// The cookie that keeps it.
    pub(super) fn cookie(&self) -> String {
        let lines: Vec<_> = self.lines.iter().map(|line| format!("{}.{}", line.product.slug, line.count)).collect();
        cookies::set_cookie(COOKIE, &lines.join("!"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_made_up_is_left_out_and_counts_are_bounded() {
        let basket =
            Basket::read("camp-kettle.1!nothing.3!ember-mug.4000000000!camp-kettle.2!log-basket.-1!log-basket.0");
        let lines: Vec<_> = basket.lines.iter().map(|line| (line.product.slug, line.count)).collect();
        assert_eq!(lines, [("camp-kettle", 3), ("ember-mug", MAX_COUNT)]);
        assert_eq!(basket.cents(), 3 * 5_900 + 9 * 3_400);
    }
}
