//! Signs of frustration: clicks again and again at one place, and clicks after which nothing happens.

use super::moment::{Moment, What};

/// So many clicks, so close to the first of them in time and place, are rage.
const RAGE_CLICKS: usize = 3;
const RAGE_MS: f64 = 1_000.0;
const RAGE_PX: f64 = 30.0;

/// How long a click may wait for something to happen.
const ANSWER_MS: f64 = 2_000.0;

/// Elements that do something by themselves, or that open, check or play something without a page hearing of it.
const INTERACTIVE: [&str; 14] = [
    "a", "area", "audio", "button", "canvas", "details", "embed", "iframe", "input", "label", "option", "select",
    "textarea", "video",
];

/// Words in a selector that say the same.
const INTERACTIVE_WORDS: [&str; 4] = ["summary", "[role=", "[onclick", "button"];

/// What is wrong with a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// One of at least three within a second and 30 pixels.
    Rage,
    /// On an element that is not made to be clicked, and within two seconds there was no page view, input, event or request.
    Dead,
}

impl Mark {
    /// The word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rage => "rage_click",
            Self::Dead => "dead_click",
        }
    }
}

/// Marks clicks among moments in order of time, of which those from `end` on are not known.
pub fn mark(moments: &mut [Moment], end: Option<f64>) {
    mark_dead(moments, end.unwrap_or(f64::INFINITY));
    mark_rage(moments);
}

fn mark_rage(moments: &mut [Moment]) {
    let place = |moment: &Moment| match moment.what {
        What::Click { x, y, .. } => Some((moment.ts, x, y)),
        _ => None,
    };
    let clicks: Vec<_> = moments.iter().enumerate().filter_map(|(at, moment)| Some((at, place(moment)?))).collect();
    for (first, (_, (ts, x, y))) in clicks.iter().enumerate() {
        let near = clicks[first..].iter().take_while(|(_, (other, ..))| other - ts <= RAGE_MS);
        let near = near.filter(|(_, (_, other_x, other_y))| (other_x - x).hypot(other_y - y) <= RAGE_PX);
        let near: Vec<usize> = near.map(|(at, _)| *at).collect();
        if near.len() >= RAGE_CLICKS {
            for at in near {
                moments[at].mark = Some(Mark::Rage);
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "times fit a double")]
fn mark_dead(moments: &mut [Moment], end: f64) {
    let answer = |moment: &Moment| match &moment.what {
        What::Request(record) => Some(record.started_at_ms() as f64),
        What::PageView { .. } | What::Input { .. } | What::Custom { .. } | What::Event(_) => Some(moment.ts),
        _ => None,
    };
    let mut answers: Vec<f64> = moments.iter().filter_map(answer).collect();
    answers.sort_unstable_by(f64::total_cmp);
    for moment in moments {
        let What::Click { selector: Some(selector), .. } = &moment.what else { continue };
        let next = answers.partition_point(|answer| *answer < moment.ts);
        let is_answered = answers.get(next).is_some_and(|answer| *answer <= moment.ts + ANSWER_MS);
        if !is_answered && moment.ts + ANSWER_MS < end && !may_do_something(selector) {
            moment.mark = Some(Mark::Dead);
        }
    }
}

/// Whether an element may be made for clicks, as far as its selector tells. One whose tag is not told may be.
fn may_do_something(selector: &str) -> bool {
    let selector = selector.to_ascii_lowercase();
    if INTERACTIVE_WORDS.iter().any(|word| selector.contains(word)) {
        return true;
    }
    let mut tags = selector.split(['>', ' ', '+', '~']).filter(|part| !part.is_empty()).map(|part| {
        let end = part.find(|character: char| !character.is_ascii_alphanumeric() && character != '-');
        &part[..end.unwrap_or(part.len())]
    });
    let last = tags.clone().next_back().unwrap_or_default();
    last.is_empty() || tags.any(|tag| INTERACTIVE.contains(&tag))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn at(ts: f64, what: What) -> Moment {
        Moment { ts, until: ts, path: None, mark: None, what }
    }

    fn click(ts: f64, x: f64, selector: &str) -> Moment {
        at(ts, What::Click { selector: Some(Arc::from(selector)), x, y: 0.0 })
    }

    fn marks(mut moments: Vec<Moment>, end: Option<f64>) -> Vec<Option<Mark>> {
        mark(&mut moments, end);
        moments.into_iter().map(|moment| moment.mark).collect()
    }

    #[test]
    fn three_clicks_at_one_place_within_a_second_are_rage() {
        let clicks = |times: [f64; 3], last_x: f64| {
            marks(vec![click(times[0], 0.0, "a"), click(times[1], 20.0, "a"), click(times[2], last_x, "a")], None)
        };
        assert_eq!(clicks([0.0, 400.0, 1_000.0], 30.0), [Some(Mark::Rage); 3]);
        assert_eq!(clicks([0.0, 400.0, 1_001.0], 30.0), [None; 3]);
        assert_eq!(clicks([0.0, 400.0, 900.0], 31.0), [None; 3]);
    }

    #[test]
    fn a_click_that_nothing_answers_is_dead() {
        let input = || at(2_000.0, What::Input { selector: None });
        assert_eq!(marks(vec![click(0.0, 0.0, "main > div.card")], None), [Some(Mark::Dead)]);
        assert_eq!(marks(vec![click(0.0, 0.0, "div"), input()], None), [None, None]);
        assert_eq!(marks(vec![click(-1.0, 0.0, "div"), input()], None), [Some(Mark::Dead), None]);
        assert_eq!(marks(vec![click(0.0, 0.0, "div")], Some(2_000.0)), [None], "what follows is not known");
    }

    #[test]
    fn elements_made_for_clicks_are_never_dead() {
        for selector in ["a", "button.buy > span", "div > label", "#buy", "div[role=button]", "li > INPUT", ".x", ""] {
            assert!(may_do_something(selector), "{selector}");
        }
        for selector in ["div", "main > p.lead", "h1#title", "abbr", "body"] {
            assert!(!may_do_something(selector), "{selector}");
        }
    }
}
