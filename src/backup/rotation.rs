//! Which copies go when there is one more.
//!
//! Copies are counted, not dated: a clock that goes years ahead makes one copy with an odd name and takes nothing away. A
//! copy from the future is one that such a clock has left; it goes before the others. And no run takes more than two:
//! one for the copy that came, and one of those that are too many since `backup.keep` was made less.

use std::path::{Path, PathBuf};

use super::error::BackupError;
use super::listing::{Copy, list};

/// Most copies that go in one run.
const MAX_DELETED: usize = 2;

/// How far ahead of the clock a name may be, in milliseconds.
const FUTURE_MS: i64 = 24 * 60 * 60 * 1000;

/// Deletes what is too many besides `made`, which was just made, and says what.
pub fn rotate(directory: &Path, keep: usize, made: &Path, now_ms: i64) -> Result<Vec<PathBuf>, BackupError> {
    let copies = list(directory)?;
    let mut deleted = Vec::new();
    for path in too_many(&copies, keep, made, now_ms) {
        std::fs::remove_file(path).map_err(BackupError::write(path))?;
        deleted.push(path.clone());
    }
    Ok(deleted)
}

/// Those that go: the oldest, but neither the one just made nor the newest other that is whole.
fn too_many<'a>(copies: &'a [Copy], keep: usize, made: &Path, now_ms: i64) -> Vec<&'a PathBuf> {
    let surplus = copies.len().saturating_sub(keep.max(1)).min(MAX_DELETED);
    let is_future = |copy: &Copy| copy.made_at_ms() > now_ms.saturating_add(FUTURE_MS);
    // If the one just made were damaged afterwards, there should be another, unless only one is wanted.
    let spared = copies.iter().find(|copy| keep > 1 && copy.is_verified && !is_future(copy) && copy.path != made);
    let mut going: Vec<_> = copies.iter().filter(|copy| copy.path != made && Some(*copy) != spared).collect();
    going.sort_by_key(|copy| (!is_future(copy), copy.made_at_ms()));
    going.into_iter().take(surplus).map(|copy| &copy.path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::name::{CopyName, Reason};

    const DAY_S: i64 = 24 * 60 * 60;
    const NOW_S: i64 = 20_000 * DAY_S;

    fn copy(made_at_s: i64, is_verified: bool) -> Copy {
        let name = CopyName { made_at_s, reason: Reason::Schedule, is_compressed: true };
        Copy { path: name.to_string().into(), name, file_bytes: 1, label: None, is_verified }
    }

    /// Days from now, of those that go when the copy of day `made` was just made.
    fn gone(days: &[i64], keep: usize, made: i64) -> Vec<i64> {
        let at = |day: i64| copy(NOW_S + day * DAY_S, true);
        let mut copies: Vec<_> = days.iter().map(|day| at(*day)).collect();
        copies.sort_by_key(|copy| std::cmp::Reverse(copy.name.made_at_s));
        let gone = too_many(&copies, keep, &at(made).path, NOW_S * 1_000);
        gone.into_iter()
            .map(|path| (CopyName::parse(path.to_str().unwrap()).unwrap().made_at_s - NOW_S) / DAY_S)
            .collect()
    }

    #[test]
    fn the_oldest_goes_when_one_more_is_there() {
        assert_eq!(gone(&[-3, -2, -1, 0], 3, 0), [-3]);
        assert_eq!(gone(&[-2, -1, 0], 3, 0), [0; 0]);
    }

    #[test]
    fn a_smaller_number_is_reached_in_small_steps() {
        assert_eq!(gone(&[-6, -5, -4, -3, -2, -1, 0], 2, 0), [-6, -5]);
    }

    #[test]
    fn a_clock_that_was_ahead_costs_only_its_own_copies() {
        // It is years ahead: what it makes is the newest, one old copy goes, as ever.
        assert_eq!(gone(&[-3003, -3002, -3001, 0], 3, 0), [-3003]);
        // It is right again: what it left behind goes first.
        assert_eq!(gone(&[-2, -1, 0, 3000], 3, 0), [3000]);
    }

    #[test]
    fn a_clock_that_is_behind_does_not_delete_what_it_makes() {
        assert_eq!(gone(&[0, 5000, 5001, 5002], 3, 0), [5000]);
    }

    #[test]
    fn the_newest_whole_one_besides_stays() {
        let copies = [copy(NOW_S, true), copy(NOW_S - 10, false), copy(NOW_S - 20, true), copy(NOW_S - 30, false)];
        let gone = too_many(&copies, 2, &copies[0].path, NOW_S * 1_000);
        assert_eq!(gone, [&copies[3].path, &copies[1].path]);
    }

    #[test]
    fn one_copy_is_enough_if_one_is_wanted() {
        assert_eq!(gone(&[-1, 0], 1, 0), [-1]);
        assert_eq!(gone(&[0], 0, 0), [0; 0]);
    }
}
