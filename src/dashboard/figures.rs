//! The figures at the top of screens: a number, how much it has changed, and a link that shows it on the chart.

use super::format;

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub name: String,
    pub value: String,
    pub change: Option<Change>,
    /// What shows it on the chart; none: it is not shown there.
    pub href: Option<String>,
    /// Whether the chart shows it.
    pub current: bool,
}

/// How much a figure has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `+12 %`
    pub text: String,
    /// `good`, `bad`, or empty where neither is.
    pub tone: &'static str,
    /// What it was.
    pub before: String,
}

/// What of a number is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    More,
    Less,
    Neither,
}

impl Figure {
    /// A figure that leads nowhere.
    #[must_use]
    pub fn plain(name: &str, value: String) -> Self {
        Self { name: name.to_owned(), value, change: None, href: None, current: false }
    }
}

impl Change {
    /// The change from one number to another; shares change by percentage points, all else by per cent. Nothing if one of
    /// the two is not known.
    #[must_use]
    pub fn of(now: Option<f64>, before: Option<f64>, is_share: bool, better: Better, was: String) -> Option<Self> {
        let (now, before) = (now?, before?);
        let change = if is_share { (now - before) * 100.0 } else { (now - before) / before * 100.0 };
        let (text, direction) = if !is_share && before == 0.0 {
            if now == 0.0 {
                return None;
            }
            ("new".to_owned(), 1)
        } else if is_share {
            let tenths = (change * 10.0).round() / 10.0;
            let text = format!("{} points", format::signed(tenths, &format!("{:.1}", tenths.abs())));
            (text, direction(tenths))
        } else {
            let whole = change.round();
            (format!("{} %", format::signed(whole, &format!("{:.0}", whole.abs()))), direction(whole))
        };
        let tone = match (better, direction) {
            (Better::More, 1) | (Better::Less, -1) => "good",
            (Better::More, -1) | (Better::Less, 1) => "bad",
            _ => "",
        };
        Some(Self { text, tone, before: was })
    }
}

fn direction(change: f64) -> i8 {
    if change > 0.0 {
        1
    } else if change < 0.0 {
        -1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(now: f64, before: f64, is_share: bool, better: Better) -> Option<(String, &'static str)> {
        Change::of(Some(now), Some(before), is_share, better, String::new()).map(|change| (change.text, change.tone))
    }

    #[test]
    fn more_is_not_always_better() {
        assert_eq!(change(112.0, 100.0, false, Better::More), Some(("+12 %".to_owned(), "good")));
        assert_eq!(change(112.0, 100.0, false, Better::Less), Some(("+12 %".to_owned(), "bad")));
        assert_eq!(change(90.0, 100.0, false, Better::Less), Some(("−10 %".to_owned(), "good")));
        assert_eq!(change(90.0, 100.0, false, Better::Neither), Some(("−10 %".to_owned(), "")));
    }

    #[test]
    fn shares_change_by_points() {
        assert_eq!(change(0.125, 0.1, true, Better::Less), Some(("+2.5 points".to_owned(), "bad")));
        assert_eq!(change(0.1, 0.1, true, Better::Less), Some(("±0.0 points".to_owned(), "")));
        assert_eq!(change(0.1, 0.0, true, Better::Less), Some(("+10.0 points".to_owned(), "bad")));
    }

    #[test]
    fn what_was_nothing_is_new() {
        assert_eq!(change(3.0, 0.0, false, Better::More), Some(("new".to_owned(), "good")));
        assert_eq!(change(0.0, 0.0, false, Better::More), None);
        assert_eq!(Change::of(Some(1.0), None, false, Better::More, String::new()), None);
    }
}
