//! Models of attribution: how the credit for a conversion is shared among the touches before it (datalyr.md 7.5).

use super::journey::Journey;

/// A touch's weight is halved for each of these, in milliseconds, that it lies before the conversion.
const HALF_LIFE_MS: i64 = 7 * 86_400_000;

/// Weight of the latest touch under time decay.
const FULL_WEIGHT: f64 = (1_u64 << 40) as f64;

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
