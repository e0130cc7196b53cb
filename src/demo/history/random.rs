//! Numbers that look random and are the same each time.

/// `SplitMix64`.
#[derive(Debug, Clone)]
pub(super) struct Numbers(u64);

impl Numbers {
    /// The numbers of one thing among many, such as of one hour.
    pub(super) fn of(seed: u64, thing: i64) -> Self {
        let mut numbers = Self(seed ^ thing.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15));
        numbers.next();
        numbers
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Below `end`; 0 if that is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// From `from` to `to`, without the latter.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        let span = to.saturating_sub(from).max(0).cast_unsigned();
        from.saturating_add(self.below(span).cast_signed())
    }

    /// Below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(super) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True so many times of a hundred.
    pub(super) fn chance(&mut self, per_cent: u64) -> bool {
        self.below(100) < per_cent
    }

    /// One of a list that is not empty.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let at = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        list[at]
    }

    /// One of a list that is not empty, by weights.
    pub(super) fn weighted<T: Copy>(&mut self, list: &[T], weight: impl Fn(&T) -> u64) -> T {
        let mut at = self.below(list.iter().map(&weight).sum());
        for item in list {
            match at.checked_sub(weight(item)) {
                Some(rest) => at = rest,
                None => return *item,
            }
        }
        list[0]
    }

    /// Around 1, never below 0.2, sometimes far above: how long things take.
    pub(super) fn skewed(&mut self) -> f64 {
        let sum = self.part() + self.part() + self.part();
        (0.45 * (sum - 1.5) / 0.5).exp().max(0.2)
    }

    pub(super) fn uuid(&mut self) -> uuid::Uuid {
        let (high, low) = (u128::from(self.next()), u128::from(self.next()));
        uuid::Builder::from_random_bytes((high << 64 | low).to_be_bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_has_the_same_numbers_and_others_have_others() {
        assert_eq!(Numbers::of(1, 5).next(), Numbers::of(1, 5).next());
        assert_ne!(Numbers::of(1, 5).next(), Numbers::of(1, 6).next());
        assert_ne!(Numbers::of(1, 5).next(), Numbers::of(2, 5).next());
    }

    #[test]
    fn weights_count() {
        let mut numbers = Numbers::of(3, 3);
        let mut seen = [0; 3];
        for _ in 0..3000 {
            seen[numbers.weighted(&[0_usize, 1, 2], |item| [1, 0, 3][*item])] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!(seen[2] > 2 * seen[0] && seen[0] > 500, "{seen:?}");
    }
}
