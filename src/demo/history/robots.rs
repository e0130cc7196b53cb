//! Those who are no visitors: programs that try every door.

use super::item::{Item, Request, What};
use super::random::Numbers;

const MS_PER_HOUR: i64 = 3_600_000;

const DOORS: [&str; 7] =
    ["/wp-login.php", "/.env", "/admin", "/xmlrpc.php", "/.git/config", "/phpmyadmin/index.php", "/robots.txt"];

const AGENTS: [&str; 2] = ["Mozilla/5.0 (compatible; CensusBot/1.4)", "python-requests/2.33.1"];

/// The robots of an hour.
pub(super) fn robots(hour_ms: i64, numbers: &mut Numbers) -> Vec<Item> {
    let count = if numbers.chance(40) { numbers.below(5) } else { 0 };
    let mut requests = Vec::new();
    for _ in 0..count {
        let url = numbers.pick(&DOORS).to_owned();
        let request = Request {
            method: "GET",
            route: "(not found)",
            url,
            status: 404,
            duration_us: 1_200 + numbers.below(2_000),
            bytes_in: 0,
            bytes_out: 3_100,
            user: None,
            session: None,
            user_agent: numbers.pick(&AGENTS),
            referrer: None,
            timed_out: false,
        };
        requests.push(Item {
            at_ms: numbers.between(hour_ms, hour_ms + MS_PER_HOUR),
            what: What::Request(Box::new(request)),
        });
    }
    requests
}
