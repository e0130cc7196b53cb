//! Where things are on the shop's pages: measured in a browser (`tests/browser/measure_shop.mjs`), so that made-up clicks
//! hit what real ones would.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::random::Numbers;

/// Lines of `screen page height` and, beneath, of `selector x y width height`.
const MEASURED: &str = include_str!("places.txt");

static PAGES: LazyLock<HashMap<(&'static str, &'static str), Page>> = LazyLock::new(|| read(MEASURED));

/// A page on a screen.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Of the whole document.
    pub height: i64,
    pub places: Vec<Place>,
}

/// Something that can be clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub selector: &'static str,
    left: i64,
    top: i64,
    width: i64,
    height: i64,
}

/// The page of a kind (`product`) on a screen (`phone`).
pub(super) fn page(screen: &'static str, kind: &'static str) -> Option<&'static Page> {
    PAGES.get(&(screen, kind))
}

impl Page {
    /// The place whose selector ends with `#id`.
    pub(super) fn place(&self, id: &str) -> Option<Place> {
        self.places.iter().find(|place| place.selector.split_once('#').is_some_and(|(_, found)| found == id)).copied()
    }
}

impl Place {
    /// A point in it: people aim at the middle.
    pub(super) fn point(&self, numbers: &mut Numbers) -> (i64, i64) {
        let mut aim = |from: i64, span: i64| {
            let third = (span / 3).max(1);
            from + numbers.between(0, third) + numbers.between(0, third) + numbers.between(0, third)
        };
        (aim(self.left, self.width), aim(self.top, self.height))
    }
}

fn read(text: &'static str) -> HashMap<(&'static str, &'static str), Page> {
    let mut pages: HashMap<_, Page> = HashMap::new();
    let mut current = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<_> = line.split_whitespace().collect();
        let number = |at: usize| words.get(at).and_then(|word: &&str| word.parse().ok()).unwrap_or(0);
        match words.as_slice() {
            [screen, kind, _] => {
                let key = (*screen, *kind);
                pages.entry(key).or_default().height = number(2);
                current = Some(key);
            }
            [selector, _, _, _, _] => {
                if let Some(page) = current.and_then(|key| pages.get_mut(&key)) {
                    let [left, top, width, height] = [1, 2, 3, 4].map(number);
                    page.places.push(Place { selector, left, top, width, height });
                }
            }
            _ => {}
        }
    }
    pages
}
