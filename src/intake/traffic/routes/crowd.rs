//! Who stands out among very many: the segments of one place that come often although most do not.

/// Names that are counted at the same time: whoever has more than one in this many requests is among them.
const PLACES: usize = 64;

/// Times that a name must have come before it is one of its own.
const LEAST_COUNT: u32 = 16;

/// The part of all requests that a name must have, as one in this many.
const LEAST_PART: u32 = 20;

/// Counts names by their hashes in constant space (Misra and Gries: when there is no place left, everybody loses one).
#[derive(Debug, Default)]
pub(super) struct Crowd {
    counts: Vec<(u64, u32)>,
    requests: u32,
}

impl Crowd {
    /// Counts one; true once it has come often enough, in itself and compared with all.
    pub(super) fn stands_out(&mut self, hash: u64) -> bool {
        self.requests = self.requests.saturating_add(1);
        let Some((_, count)) = self.counts.iter_mut().find(|(counted, _)| *counted == hash) else {
            if self.counts.len() < PLACES {
                self.counts.push((hash, 1));
            } else {
                self.counts.retain_mut(|(_, count)| {
                    *count -= 1;
                    *count > 0
                });
            }
            return false;
        };
        *count = count.saturating_add(1);
        let stands_out = *count >= LEAST_COUNT && count.saturating_mul(LEAST_PART) >= self.requests;
        if stands_out {
            self.counts.retain(|(counted, _)| *counted != hash);
        }
        stands_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_ten_stands_out_and_one_in_a_thousand_does_not() {
        let mut crowd = Crowd::default();
        let mut found = Vec::new();
        for request in 0..100_000_u64 {
            let hash = if request % 10 == 0 { 7 } else { 1_000 + request % 1_000 };
            if crowd.stands_out(hash) {
                found.push(hash);
            }
            assert!(crowd.counts.len() <= PLACES);
        }
        found.dedup();
        assert_eq!(found, [7]);
    }
}
