//! Moves, scrolls and keys between two other moments as one row each.

use super::moment::{Moment, What};

/// Sums up moments that are in order of time.
pub fn sum_up(moments: Vec<Moment>) -> Vec<Moment> {
    let mut summed: Vec<Moment> = Vec::with_capacity(moments.len().min(1_024));
    // Rows of the run that goes on; each has a kind of its own.
    let mut open: Vec<Moment> = Vec::new();
    for moment in moments {
        let is_sum = matches!(moment.what, What::Moves { .. } | What::Scrolls { .. } | What::Keys { .. });
        if !is_sum || open.first().is_some_and(|first| first.path != moment.path) {
            summed.append(&mut open);
        }
        if !is_sum {
            summed.push(moment);
        } else if !open.iter_mut().any(|sum| add(sum, &moment)) {
            open.push(moment);
        }
    }
    summed.append(&mut open);
    summed
}

/// Adds a moment to a row of its kind.
fn add(sum: &mut Moment, moment: &Moment) -> bool {
    match (&mut sum.what, &moment.what) {
        (What::Moves { points }, What::Moves { points: more }) => *points += more,
        (What::Scrolls { count, depth }, What::Scrolls { count: more, depth: other }) => {
            *count += more;
            *depth = depth.max(*other);
        }
        (What::Keys { category, count }, What::Keys { category: other, count: more }) if category == other => {
            *count += more;
        }
        _ => return false,
    }
    sum.until = sum.until.max(moment.until);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ts: f64, path: &str, what: What) -> Moment {
        Moment { ts, until: ts, path: Some(path.into()), mark: None, what }
    }

    #[test]
    fn what_lies_between_two_rows_is_one_row_of_its_kind() {
        let moves = |ts, path| at(ts, path, What::Moves { points: 2 });
        let scrolls = |ts, depth| at(ts, "/", What::Scrolls { count: 1, depth });
        let input = |ts| at(ts, "/", What::Input { selector: None });
        let summed = sum_up(vec![
            moves(0.0, "/"),
            scrolls(1.0, 20.0),
            moves(2.0, "/"),
            scrolls(3.0, 10.0),
            input(4.0),
            moves(5.0, "/"),
            moves(6.0, "/other"),
        ]);
        let told: Vec<_> = summed.iter().map(|moment| (moment.ts, moment.until, &moment.what)).collect();
        assert_eq!(
            told,
            [
                (0.0, 2.0, &What::Moves { points: 4 }),
                (1.0, 3.0, &What::Scrolls { count: 2, depth: 20.0 }),
                (4.0, 4.0, &What::Input { selector: None }),
                (5.0, 5.0, &What::Moves { points: 2 }),
                (6.0, 6.0, &What::Moves { points: 2 }),
            ]
        );
    }
}
