//! What the shop sells.

/// A shelf of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Category {
    pub slug: &'static str,
    pub name: &'static str,
    pub lead: &'static str,
}

/// One thing to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    pub slug: &'static str,
    pub name: &'static str,
    /// Slug of its category.
    pub category: &'static str,
    pub price_cents: u32,
    pub lead: &'static str,
    pub description: &'static str,
    /// A picture: the inside of an SVG of 240 by 200.
    pub art: &'static str,
    /// How often it is bought, beside the others.
    pub weight: u32,
}

pub const CATEGORIES: [Category; 4] = [
    Category { slug: "stoves", name: "Stoves", lead: "Cast iron that outlives its owner." },
    Category { slug: "outdoors", name: "Outdoors", lead: "Fires to sit around." },
    Category { slug: "kettles", name: "Kettles & mugs", lead: "For what a fire is for: tea." },
    Category { slug: "hearthside", name: "Hearthside", lead: "Wool, baskets and good tools." },
];

pub const PRODUCTS: [Product; 8] = [
    Product {
        slug: "alder-stove",
        name: "Alder wood stove",
        category: "stoves",
        price_cents: 114_900,
        lead: "A small stove with a large window.",
        description: "Five kilowatts, hand-cast in one piece, lit from the top with a single match. It heats a room of \
                      forty square metres, and keeps its warmth until morning.",
        art: include_str!("../../templates/demo/art/alder-stove.svg"),
        weight: 3,
    },
    Product {
        slug: "hollow-fireplace",
        name: "Hollow wall fireplace",
        category: "stoves",
        price_cents: 78_000,
        lead: "A fire in the wall, without a chimney.",
        description: "Burns bioethanol in a ceramic bed for six hours. Hangs on two hooks and needs a window ajar now and \
                      then, nothing else.",
        art: include_str!("../../templates/demo/art/hollow-fireplace.svg"),
        weight: 2,
    },
    Product {
        slug: "ring-fire-pit",
        name: "Ring fire pit",
        category: "outdoors",
        price_cents: 24_900,
        lead: "Almost no smoke, a lot of company.",
        description: "A double wall leads hot air to the top of the flames, where it burns the smoke. Light enough to carry \
                      to the beach, wide enough for six chairs.",
        art: include_str!("../../templates/demo/art/ring-fire-pit.svg"),
        weight: 6,
    },
    Product {
        slug: "camp-kettle",
        name: "Camp kettle",
        category: "kettles",
        price_cents: 5_900,
        lead: "Whistles in the wind.",
        description: "Spun copper outside, tin inside. A litre and a half boils over an open fire in seven minutes.",
        art: include_str!("../../templates/demo/art/camp-kettle.svg"),
        weight: 12,
    },
    Product {
        slug: "ember-mug",
        name: "Ember mug, set of two",
        category: "kettles",
        price_cents: 3_400,
        lead: "Thick walls, warm hands.",
        description: "Stoneware with an ash glaze; each comes out of the kiln a little different. Made for big gloves.",
        art: include_str!("../../templates/demo/art/ember-mug.svg"),
        weight: 16,
    },
    Product {
        slug: "log-basket",
        name: "Log basket",
        category: "hearthside",
        price_cents: 6_900,
        lead: "Holds an evening's wood.",
        description: "Willow from the river, woven green and dried in shape. The leather handles carry twenty kilograms.",
        art: include_str!("../../templates/demo/art/log-basket.svg"),
        weight: 8,
    },
    Product {
        slug: "fireside-blanket",
        name: "Fireside blanket",
        category: "hearthside",
        price_cents: 8_900,
        lead: "Wool does not mind sparks.",
        description: "Woven from the wool of mountain sheep, which neither burns nor itches. Two metres long, for two.",
        art: include_str!("../../templates/demo/art/fireside-blanket.svg"),
        weight: 10,
    },
    Product {
        slug: "hearth-tools",
        name: "Hearth tools",
        category: "hearthside",
        price_cents: 7_400,
        lead: "Poker, tongs, brush and shovel.",
        description: "Forged by one smith in one afternoon, with a stand that does not tip over.",
        art: include_str!("../../templates/demo/art/hearth-tools.svg"),
        weight: 5,
    },
];

/// The product of a slug.
#[must_use]
pub fn product(slug: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.slug == slug)
}

/// The category of a slug.
#[must_use]
pub fn category(slug: &str) -> Option<&'static Category> {
    CATEGORIES.iter().find(|category| category.slug == slug)
}

/// An amount as the shop shows it, such as `€1,149.00`.
#[must_use]
pub fn price(cents: u64) -> String {
    let (euros, cents) = (cents / 100, cents % 100);
    let text = if euros >= 1000 { format!("{},{:03}", euros / 1000, euros % 1000) } else { euros.to_string() };
    format!("€{text}.{cents:02}")
}

impl Product {
    /// The price as the shop shows it.
    #[must_use]
    pub fn price(&self) -> String {
        price(u64::from(self.price_cents))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_is_on_a_shelf_and_no_shelf_is_empty() {
        assert!(PRODUCTS.iter().all(|product| category(product.category).is_some()));
        let shelf = |category: &Category| PRODUCTS.iter().any(|product| product.category == category.slug);
        assert!(CATEGORIES.iter().all(shelf));
    }

    #[test]
    fn prices_are_written_in_euros() {
        assert_eq!(price(114_900), "€1,149.00");
        assert_eq!(price(3_405), "€34.05");
        assert_eq!(price(100_000), "€1,000.00");
    }
}
