//! The page views and named events of a visit, packed: time since the one before, kind, dictionary id.

use crate::domain::visit::{MAX_VISIT_MS, Mark, MarkKind};
use crate::store::pack::{Damaged, Reader, put_varint};

/// Marks that a visit keeps. Those beyond are only counted, in the visit's totals, as if they had been at its beginning;
/// people do not do so much at one go.
pub const MAX_MARKS: usize = 2_000;

/// Packs marks, which are in the order of time.
#[must_use]
pub fn pack(marks: &[Mark]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(marks.len() * 6);
    let mut before_ms = 0;
    for mark in marks.iter().take(MAX_MARKS) {
        let later_ms = mark.offset_ms.saturating_sub(before_ms).max(0);
        before_ms += later_ms;
        let kind = u64::from(mark.kind == MarkKind::Event);
        put_varint(&mut bytes, later_ms.unsigned_abs() << 1 | kind);
        put_varint(&mut bytes, mark.text.max(0).unsigned_abs());
    }
    bytes
}

/// Reads what [`pack`] wrote.
pub fn unpack(bytes: &[u8]) -> Result<Vec<Mark>, Damaged> {
    let mut reader = Reader::new(bytes);
    let mut marks = Vec::new();
    let mut offset_ms = 0_i64;
    while !reader.is_empty() {
        let word = reader.varint()?;
        let later_ms = i64::try_from(word >> 1).map_err(|_| Damaged)?;
        offset_ms = offset_ms.checked_add(later_ms).filter(|offset| *offset <= MAX_VISIT_MS).ok_or(Damaged)?;
        let kind = if word & 1 == 0 { MarkKind::PageView } else { MarkKind::Event };
        marks.push(Mark { offset_ms, kind, text: i64::try_from(reader.varint()?).map_err(|_| Damaged)? });
        if marks.len() > MAX_MARKS {
            return Err(Damaged);
        }
    }
    Ok(marks)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn marks_read_back(told in prop::collection::vec((0..MAX_VISIT_MS, any::<bool>(), 0..i64::MAX), 0..50)) {
            let mut marks: Vec<Mark> = told
                .into_iter()
                .map(|(offset_ms, is_event, text)| Mark {
                    offset_ms,
                    kind: if is_event { MarkKind::Event } else { MarkKind::PageView },
                    text,
                })
                .collect();
            marks.sort_by_key(|mark| mark.offset_ms);
            prop_assert_eq!(unpack(&pack(&marks)).unwrap(), marks);
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
        }
    }

    #[test]
    fn only_so_many_are_kept() {
        let mark = Mark { offset_ms: 5, kind: MarkKind::PageView, text: 1 };
        assert_eq!(unpack(&pack(&vec![mark; MAX_MARKS + 7])).unwrap().len(), MAX_MARKS);
    }
}
