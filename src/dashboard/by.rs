//! Tabs: the same screen by another parameter.

use super::bar::address;
use super::screen::Screen;
use super::table::with_own;
use super::tabs::Tab;

/// Tabs of `by`, the first of which is usual.
#[must_use]
pub fn tabs(screen: &Screen, all: &[(&'static str, &'static str)], current: &str) -> Vec<Tab> {
    let here = address(screen.request().path(), &screen.view);
    let tab = |(at, (word, name)): (usize, &(&'static str, &'static str))| {
        let own = (at > 0).then(|| ("by", (*word).to_owned()));
        Tab { name, href: with_own(&here, own), current: *word == current }
    };
    all.iter().enumerate().map(tab).collect()
}

/// The parameter of a tab that the rest of the screen keeps.
#[must_use]
pub fn kept(all: &[(&'static str, &'static str)], current: &str) -> Vec<(&'static str, String)> {
    if all.first().is_some_and(|(word, _)| *word == current) { vec![] } else { vec![("by", current.to_owned())] }
}
