//! The pages about requests, beside each other.

use crate::dashboard::screen::Screen;
use crate::dashboard::tabs::Tab;

const TABS: [(&str, &str); 6] = [
    ("Summary", "traffic"),
    ("Routes", "traffic/routes"),
    ("Slow", "traffic/slow"),
    ("Errors", "traffic/errors"),
    ("Users", "traffic/users"),
    ("Requests", "traffic/requests"),
];

/// The tabs; `current` is the path of the page, or of that which it belongs to.
#[must_use]
pub fn tabs(screen: &Screen, current: &str) -> Vec<Tab> {
    let tab = |(name, path): (&'static str, &str)| Tab { name, href: screen.link(path), current: path == current };
    TABS.into_iter().map(tab).collect()
}
