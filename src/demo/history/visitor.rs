//! Who comes: with which device, from where, and whether the shop knows the name.

use super::random::Numbers;
use crate::demo::customers::{self, Customer, REGULARS};

/// A screen, and the browser on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Device {
    /// Name by which the measured places know the screen.
    pub screen: &'static str,
    pub width: i64,
    pub height: i64,
    pub dpr: i64,
    pub platform: &'static str,
    pub user_agent: &'static str,
    /// A finger, not a pointer: it leaves no trail.
    pub is_touch: bool,
    weight: u64,
}

const DEVICES: [Device; 6] = [
    Device {
        screen: "desktop",
        width: 1440,
        height: 900,
        dpr: 1,
        platform: "Win32",
        user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
        is_touch: false,
        weight: 26,
    },
    Device {
        screen: "desktop",
        width: 1440,
        height: 900,
        dpr: 2,
        platform: "MacIntel",
        user_agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/20.1 Safari/605.1.15",
        is_touch: false,
        weight: 14,
    },
    Device {
        screen: "wide",
        width: 1920,
        height: 1080,
        dpr: 1,
        platform: "Linux x86_64",
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0",
        is_touch: false,
        weight: 8,
    },
    Device {
        screen: "phone",
        width: 390,
        height: 844,
        dpr: 3,
        platform: "iPhone",
        user_agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 20_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/20.1 Mobile/15E148 Safari/604.1",
        is_touch: true,
        weight: 26,
    },
    Device {
        screen: "phone",
        width: 390,
        height: 844,
        dpr: 3,
        platform: "Linux armv81",
        user_agent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
        is_touch: true,
        weight: 20,
    },
    Device {
        screen: "tablet",
        width: 820,
        height: 1180,
        dpr: 2,
        platform: "iPad",
        user_agent: "Mozilla/5.0 (iPad; CPU OS 20_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/20.1 Mobile/15E148 Safari/604.1",
        is_touch: true,
        weight: 6,
    },
];

const LANGUAGES: [(&str, u64); 7] =
    [("en-GB", 30), ("de-DE", 24), ("en-US", 16), ("fr-FR", 10), ("nb-NO", 8), ("pt-PT", 6), ("pl-PL", 6)];

/// Customers who had an account before the history begins.
const OLD_CUSTOMERS: i64 = 60;

/// There is a new customer every so many hours.
pub(super) const HOURS_PER_CUSTOMER: i64 = 6;

/// Somebody at the door.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub device: Device,
    pub language: &'static str,
    /// As the sites of apps' events call a browser.
    pub anonymous: String,
    /// What is kept of the address: the same for a visitor's day, as with a salt that changes every day.
    pub address_hash: [u8; 16],
    /// Signed in since an earlier visit.
    pub customer: Option<Customer>,
}

impl Visitor {
    /// Somebody who comes in the hour `hour` of the history, on the day `day`.
    pub(super) fn new(seed: u64, day: i64, hour: i64, numbers: &mut Numbers) -> Self {
        let customer = numbers.chance(24).then(|| customers::customer(number_of_customer(hour, numbers)));
        // Customers come back with the browser they had.
        let mut own = match &customer {
            Some(customer) => {
                Numbers::of(seed ^ 1, customer.id.bytes().fold(0, |sum, byte| sum * 31 + i64::from(byte)))
            }
            None => Numbers::of(seed ^ 2, numbers.next().cast_signed()),
        };
        let device = own.weighted(&DEVICES, |device| device.weight);
        let (language, _) = own.weighted(&LANGUAGES, |(_, weight)| *weight);
        let anonymous = format!("anon_{}", own.uuid());
        let address_hash = Numbers::of(own.next(), day).uuid().into_bytes();
        Self { device, language, anonymous, address_hash, customer }
    }
}

/// The customer who opens an account in this hour.
pub(super) fn new_customer(hour: i64) -> Customer {
    customers::customer(usize::try_from(OLD_CUSTOMERS + hour.div_euclid(HOURS_PER_CUSTOMER)).unwrap_or(0))
}

/// One of those who have an account, the regulars far more often than the others.
fn number_of_customer(hour: i64, numbers: &mut Numbers) -> usize {
    if numbers.chance(18) {
        return usize::try_from(numbers.below(REGULARS as u64)).unwrap_or(0);
    }
    let known = (OLD_CUSTOMERS + hour.div_euclid(HOURS_PER_CUSTOMER)).max(1);
    usize::try_from(numbers.between(0, known)).unwrap_or(0)
}
