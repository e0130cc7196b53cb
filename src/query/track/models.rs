//! Models of attribution: how the credit for a conversion is shared among the touches before it (datalyr.md 7.5).

use super::journey::Journey;

/// A touch's weight is halved for each of these, in milliseconds, that it lies before the conversion.
const HALF_LIFE_MS: i64 = 7 * 86_400_000;

/// Weight of the latest touch under time decay.
const FULL_WEIGHT: f64 = 1_099_511_627_776.0;

/// Who gets how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// All to the first touch.
    First,
    /// All to the touch of the last visit; to nobody if that was a direct one.
    Last,
    /// All to the last touch.
    LastNonDirect,
    /// Equal parts to all touchpoints.
    Linear,
    /// 40 % to the first touchpoint, 40 % to the last, the rest to those between; of two each gets half.
    Position,
    /// To each touchpoint half as much as to one seven days later.
    TimeDecay,
}

impl Model {
    pub const ALL: [Self; 6] =
        [Self::First, Self::Last, Self::LastNonDirect, Self::Linear, Self::Position, Self::TimeDecay];

    /// As the API calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::LastNonDirect => "last_non_direct",
            Self::Linear => "linear",
            Self::Position => "position",
            Self::TimeDecay => "time_decay",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }

    /// Who is credited, by the places of touches in the journey, and with which weight. Nobody: nothing brought the person.
    ///
    /// `of_last_visit` is the touch of the last visit before the conversion, if that was no direct one.
    #[must_use]
    pub fn weights(self, journey: &Journey<'_>, of_last_visit: Option<usize>) -> Vec<(usize, u64)> {
        let points = &journey.touchpoints;
        let one = |place: Option<usize>| place.map(|place| (place, 1)).into_iter().collect();
        match self {
            Self::First => one(points.first().copied()),
            Self::Last => one(of_last_visit),
            Self::LastNonDirect => one(journey.touches.len().checked_sub(1)),
            Self::Linear => points.iter().map(|&place| (place, 1)).collect(),
            Self::Position => {
                let between = (points.len() as u64).saturating_sub(2);
                let ends = (2 * between).max(1);
                let is_end = |n: usize| n == 0 || n + 1 == points.len();
                points.iter().enumerate().map(|(n, &place)| (place, if is_end(n) { ends } else { 1 })).collect()
            }
            Self::TimeDecay => {
                // Only the ratios count, so the conversion's own time does not.
                let time_ms = |place: usize| journey.touches[place].time_ms;
                let last_ms = points.last().map_or(0, |&place| time_ms(place));
                points.iter().map(|&place| (place, decayed(last_ms.saturating_sub(time_ms(place))))).collect()
            }
        }
    }
}

/// The weight of a touchpoint this much older than the latest.
#[expect(clippy::cast_precision_loss, reason = "windows are years at most")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 2^40")]
fn decayed(age_ms: i64) -> u64 {
    (FULL_WEIGHT * (-(age_ms as f64) / HALF_LIFE_MS as f64).exp2()).round() as u64
}

/// Divides a total by weights so that the parts add up to it exactly: each gets its share rounded towards zero, and what is left
/// goes one by one to those who lost most by rounding, the earlier first.
///
/// Without any weight the total goes nowhere, and all parts are 0.
#[must_use]
pub fn divide(total: i128, weights: &[u64]) -> Vec<i128> {
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let whole = total.unsigned_abs();
    let mut lost = Vec::with_capacity(weights.len());
    let mut parts = Vec::with_capacity(weights.len());
    for (n, &weight) in weights.iter().enumerate() {
        let product = whole * u128::from(weight);
        parts.push(product / sum);
        lost.push((product % sum, n));
    }
    let left = whole - parts.iter().sum::<u128>();
    lost.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for &(_, n) in lost.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        parts[n] += 1;
    }
    let signed = |part: u128| i128::try_from(part).unwrap_or(i128::MAX) * total.signum();
    parts.into_iter().map(signed).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::track::touches::{Touch, sample};

    const DAY_MS: i64 = 86_400_000;

    /// What each touch gets of 1000; the touches are days before the conversion, oldest first, each in its own session.
    fn shares(model: Model, ages_days: &[i64], total: i128) -> Vec<(usize, i128)> {
        let touches: Vec<Touch> = (1..).zip(ages_days).map(|(n, days)| sample(n, n, -days * DAY_MS)).collect();
        let journey = Journey::until(&touches, 0, i64::MAX);
        let weights = model.weights(&journey, None);
        let parts = divide(total, &weights.iter().map(|(_, weight)| *weight).collect::<Vec<_>>());
        weights.iter().map(|(place, _)| *place).zip(parts).collect()
    }

    #[test]
    fn single_touch_models_give_all_to_one() {
        let touches = [sample(1, 1, 1), sample(1, 2, 2), sample(2, 3, 3)];
        let journey = Journey::until(&touches, 10, 10);
        assert_eq!(Model::First.weights(&journey, None), [(0, 1)]);
        assert_eq!(Model::LastNonDirect.weights(&journey, None), [(2, 1)]);
        assert_eq!(Model::Last.weights(&journey, Some(1)), [(1, 1)]);
        assert_eq!(Model::Last.weights(&journey, None), []);
        for model in Model::ALL {
            assert_eq!(model.weights(&Journey::until(&[], 10, 10), None), [], "{}", model.name());
            assert_eq!(Model::from_name(model.name()), Some(model));
        }
    }

    #[test]
    fn linear_shares_add_up() {
        assert_eq!(shares(Model::Linear, &[3, 2, 1], 1000), [(0, 334), (1, 333), (2, 333)]);
        assert_eq!(shares(Model::Linear, &[3, 2, 1], -1000), [(0, -334), (1, -333), (2, -333)]);
    }

    #[test]
    fn positions_get_forty_twenty_forty() {
        assert_eq!(shares(Model::Position, &[1], 1000), [(0, 1000)]);
        assert_eq!(shares(Model::Position, &[2, 1], 1000), [(0, 500), (1, 500)]);
        assert_eq!(shares(Model::Position, &[3, 2, 1], 1000), [(0, 400), (1, 200), (2, 400)]);
        assert_eq!(shares(Model::Position, &[4, 3, 2, 1], 1000), [(0, 400), (1, 100), (2, 100), (3, 400)]);
    }

    #[test]
    fn seven_days_halve() {
        assert_eq!(shares(Model::TimeDecay, &[14, 7, 0], 700), [(0, 100), (1, 200), (2, 400)]);
        // However long ago, if it is the only one.
        assert_eq!(shares(Model::TimeDecay, &[9_000], 700), [(0, 700)]);
        assert_eq!(shares(Model::TimeDecay, &[9_000, 0], 700), [(0, 0), (1, 700)]);
    }

    #[test]
    fn nothing_is_divided_among_nobody() {
        assert_eq!(divide(5, &[]), []);
        assert_eq!(divide(5, &[0, 0]), [0, 0]);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_are_less_than_one_off(
            total in -9_000_000_000_000_000_000_000_000_i128..9_000_000_000_000_000_000_000_000,
            weights in prop::collection::vec(0_u64..(1 << 40), 1..40),
        ) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let sum: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
            let parts = divide(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i128>(), total);
            for (part, weight) in parts.iter().zip(&weights) {
                let off = part * sum - total * i128::from(*weight);
                prop_assert!(off.abs() < sum, "{} of {}", part, total);
            }
        }

        #[test]
        fn every_model_gives_everything_away(ages in prop::collection::vec(0_i64..4_000, 1..20), total in any::<i64>()) {
            let mut ages = ages;
            ages.sort_by_key(|age| -age);
            for model in [Model::First, Model::LastNonDirect, Model::Linear, Model::Position, Model::TimeDecay] {
                let parts = shares(model, &ages, i128::from(total));
                prop_assert_eq!(parts.iter().map(|(_, part)| part).sum::<i128>(), i128::from(total));
            }
        }
    }
}
