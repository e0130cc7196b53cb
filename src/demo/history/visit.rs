//! What people do in the shop: look, get lost, want something, buy it or not.

use serde_json::json;

use super::item::Item;
use super::random::Numbers;
use super::sources::Source;
use super::visitor::{self, Visitor};
use super::walk::{Target, Walk};
use crate::demo::catalogue::{self, CATEGORIES, PRODUCTS, Product};

/// Most pages that somebody looks at before the decision to buy or to go.
const MAX_PAGES: usize = 9;

/// A visit from its first page to its last. In an hour of a new customer, `signs_up` is somebody's chance.
pub(super) fn visit(
    visitor: Visitor,
    source: Source,
    at_ms: i64,
    born_ms: i64,
    (hour, signs_up): (i64, bool),
    numbers: &mut Numbers,
) -> Vec<Item> {
    let landing = landing(&source, numbers);
    let mut walk = Walk::new(visitor, source, at_ms, born_ms, numbers);
    let mut here = landing;
    walk.land(&here);
    let mut basket: Vec<&'static Product> = Vec::new();
    // Whoever came to stay does not leave at once.
    let is_regular = signs_up || walk.visitor.customer.is_some();
    for page in 0..MAX_PAGES {
        let share = walk.numbers.between(5, 90) + walk.numbers.between(0, 30);
        walk.read(14_000, share);
        let product = here.path.strip_prefix("/product/").and_then(catalogue::product);
        if let Some(product) = product {
            fiddle(&mut walk);
            let zeal = walk.source.zeal * if is_regular { 2 } else { 1 };
            if walk.numbers.below(1000) < 9 * zeal / 10 * u64::from(product.weight + 14) / 24 {
                put_into_basket(&mut walk, product);
                basket.push(product);
                walk.read(6_000, 10);
                if walk.numbers.chance(35) {
                    walk.click("go-on", 1);
                    here = home();
                    walk.open(&here);
                    continue;
                }
                break;
            }
        }
        let goes = if page == 0 && !is_regular { 42 } else { 24 };
        if walk.numbers.chance(goes) {
            leave(&mut walk, product);
            break;
        }
        here = wander(&mut walk, &here);
    }
    if !basket.is_empty() && walk.numbers.chance(if signs_up { 95 } else { 62 }) {
        check_out(&mut walk, &basket, hour, signs_up);
    } else if signs_up {
        walk.click("account-link", 1);
        walk.open(&plain("/account", "account", "Your account", 6_000));
        walk.read(5_000, 0);
        walk.become_customer(visitor::new_customer(hour), true);
        walk.open(&plain("/account", "account", "Your account", 6_000));
    }
    walk.end()
}

fn landing(source: &Source, numbers: &mut Numbers) -> Target {
    if !source.lands_on.is_empty() {
        return target(numbers.pick(source.lands_on));
    }
    match numbers.below(100) {
        0..55 => home(),
        55..72 => target(&format!("/shop/{}", numbers.pick(&CATEGORIES).slug)),
        72..92 => product(&numbers.weighted(&PRODUCTS, |product| u64::from(product.weight))),
        92..97 => target("/guides/first-fire"),
        _ => target("/reports/heating-costs"),
    }
}

/// On to another page, by a link that is there.
fn wander(walk: &mut Walk<'_>, here: &Target) -> Target {
    let (link, next) = match (here.kind, walk.numbers.below(100)) {
        ("home", 0..30) => ("hero-button".to_owned(), target("/shop/stoves")),
        ("home", 30..72) => {
            let favourite = favourite(walk.numbers);
            (format!("card-{}", favourite.slug), product(favourite))
        }
        ("stoves" | "outdoors" | "kettles" | "hearthside", 0..75) => {
            let shelf: Vec<_> = PRODUCTS.iter().filter(|product| product.category == here.kind).collect();
            let chosen = walk.numbers.pick(&shelf);
            (format!("card-{}", chosen.slug), product(chosen))
        }
        ("guide", 0..50) => ("back".to_owned(), target("/shop/stoves")),
        (_, 92..94) => {
            // A link in an old newsletter that leads nowhere.
            walk.request("GET", "/guides/:slug", "/guides/second-fire".to_owned(), 404, 4_000);
            ("brand".to_owned(), home())
        }
        (_, 94..96) => ("foot-report".to_owned(), target("/reports/heating-costs")),
        (_, 96..98) => ("foot-guide".to_owned(), target("/guides/first-fire")),
        (_, 88..92) => {
            let found = ["kettle", "stove", "blanket", "mug"][usize::try_from(walk.numbers.below(4)).unwrap_or(0)];
            let mut page = plain("/search", "stoves", &format!("Found for “{found}”"), 16_000);
            page.route = "/search";
            ("search-button".to_owned(), page)
        }
        _ => {
            let category = walk.numbers.pick(&CATEGORIES);
            (format!("menu-{}", category.slug), target(&format!("/shop/{}", category.slug)))
        }
    };
    walk.click(&link, 1);
    walk.open(&next);
    next
}

/// The finishes look as if they could be chosen. They cannot, and some do not believe it.
fn fiddle(walk: &mut Walk<'_>) {
    match walk.numbers.below(100) {
        0..7 => {
            let times = walk.numbers.between(4, 8);
            walk.click("finish-copper", times);
        }
        7..13 => walk.click("finish-ash", 1),
        13..22 => walk.click("delivery-summary", 1),
        22..28 => walk.click("picture", 1),
        _ => {}
    }
}

fn put_into_basket(walk: &mut Walk<'_>, product: &'static Product) {
    walk.click("buy", 1);
    let value = euros(u64::from(product.price_cents));
    walk.say("add_to_cart", &json!({"product": product.slug, "value": value, "currency": "EUR"}));
    walk.request("POST", "/cart", "/cart".to_owned(), 303, 5_000);
    walk.open(&cart());
}

fn leave(walk: &mut Walk<'_>, product: Option<&'static Product>) {
    match walk.numbers.below(100) {
        0..5 => {
            walk.click("foot-out", 1);
            walk.say("outbound_click", &json!({"url": "https://example.org/chimney-sweeps"}));
        }
        5..12 => {
            if let Some(product) = product {
                walk.click("manual", 1);
                let url = format!("https://ember-and-oak.example/files/{}.pdf", product.slug);
                walk.say("download", &json!({"url": url}));
                walk.request("GET", "/files/:file", format!("/files/{}.pdf", product.slug), 200, 3_000);
            }
        }
        _ => {}
    }
}

fn check_out(walk: &mut Walk<'_>, basket: &[&'static Product], hour: i64, signs_up: bool) {
    walk.click("to-checkout", 1);
    if walk.visitor.customer.is_none() {
        walk.open(&plain("/checkout", "sign-in", "Checkout", 9_000));
        walk.read(7_000, 20);
        if signs_up {
            walk.become_customer(visitor::new_customer(hour), true);
        } else if walk.numbers.chance(45) {
            let number = usize::try_from(walk.numbers.between(0, 60)).unwrap_or(0);
            walk.become_customer(crate::demo::customers::customer(number), false);
        } else {
            return;
        }
    }
    walk.open(&plain("/checkout", "checkout", "Checkout", 14_000));
    walk.read(12_000, 60);
    if walk.numbers.chance(22) {
        return;
    }
    let cents = basket.iter().map(|product| u64::from(product.price_cents)).sum();
    walk.click("order", 1);
    walk.say("checkout", &json!({"value": euros(cents), "currency": "EUR"}));
    walk.request("POST", "/checkout", "/checkout".to_owned(), 303, 180_000);
    let order = walk.numbers.uuid().simple().to_string();
    let slugs: Vec<_> = basket.iter().map(|product| product.slug).collect();
    let paid = json!({
        "value": euros(cents), "currency": "EUR", "order_id": order, "product_ids": slugs, "num_items": basket.len(),
    });
    walk.tell_server_event("purchase", &paid);
    walk.open(&plain("/thank-you", "thanks", "Thank you", 5_000));
    walk.read(5_000, 10);
}

fn favourite(numbers: &mut Numbers) -> &'static Product {
    let mut products: Vec<_> = PRODUCTS.iter().collect();
    products.sort_by_key(|product| std::cmp::Reverse(product.weight));
    products.truncate(4);
    numbers.weighted(&products, |product| u64::from(product.weight))
}

#[expect(clippy::cast_precision_loss, reason = "an amount in euros")]
fn euros(cents: u64) -> f64 {
    cents as f64 / 100.0
}

fn home() -> Target {
    plain("/", "home", "Fires, kettles and good wool", 12_000)
}

fn cart() -> Target {
    plain("/cart", "cart", "Basket", 7_000)
}

fn product(product: &Product) -> Target {
    let path = format!("/product/{}", product.slug);
    Target { path, route: "/product/:slug", kind: "product", title: product.name.to_owned(), takes_us: 11_000 }
}

/// The page at a path.
fn target(path: &str) -> Target {
    if let Some(category) = path.strip_prefix("/shop/").and_then(catalogue::category) {
        let (path, title) = (path.to_owned(), category.name.to_owned());
        return Target { path, route: "/shop/:category", kind: category.slug, title, takes_us: 9_000 };
    }
    if let Some(found) = path.strip_prefix("/product/").and_then(catalogue::product) {
        return product(found);
    }
    match path {
        "/guides/first-fire" => plain("/guides/first-fire", "guide", "Your first fire", 5_000),
        "/reports/heating-costs" => plain("/reports/heating-costs", "report", "What heating costs", 1_520_000),
        _ => home(),
    }
}

fn plain(path: &'static str, kind: &'static str, title: &str, takes_us: u64) -> Target {
    Target { path: path.to_owned(), route: path, kind, title: title.to_owned(), takes_us }
}
