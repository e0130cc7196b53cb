//! Counting the visits of a walk: altogether, over time, and by what they tell.

use std::collections::HashMap;

use rusqlite::Connection;

use super::filter::Dimension;
use super::matching::text_of;
use super::overview::Row;
use super::scan::{DayScan, Hit};
use super::totals::Totals;
use super::visitors::Seen;
use crate::store::StoreError;
use crate::store::pack::Damaged;

/// What a visit adds where it is counted as a whole.
#[must_use]
pub fn totals_of(scan: &DayScan<'_>, hit: Hit) -> Totals {
    let mut totals = Totals { views: hit.views, events: hit.events, ..Totals::default() };
    if hit.begins {
        totals.visits = 1;
        totals.bounces = u64::from(scan.view_count[hit.at] == 1 && scan.event_count[hit.at] == 0);
        totals.duration_ms = u64::from(scan.duration_ms[hit.at]);
    }
    totals
}

impl Totals {
    /// Adds all but visitors, who may be the same.
    pub fn add(&mut self, other: &Self) {
        self.visits += other.visits;
        self.views += other.views;
        self.bounces += other.bounces;
        self.duration_ms += other.duration_ms;
        self.events += other.events;
    }
}

/// A course over time.
#[derive(Debug, Default)]
pub struct Series {
    buckets: Vec<Totals>,
    seen: Seen,
    /// The bucket of each segment of the walk.
    of_segment: Vec<Option<u32>>,
}

impl Series {
    /// `bounds` are those of the buckets, `boundaries` those of the walk, among which they are.
    #[must_use]
    pub fn new(bounds: &[i64], boundaries: &[i64]) -> Self {
        let buckets = bounds.len().saturating_sub(1);
        let bucket = |start_ms: i64| {
            let at = bounds.partition_point(|bound| *bound <= start_ms).checked_sub(1)?;
            u32::try_from(at).ok().filter(|_| at < buckets)
        };
        let of_segment = std::iter::once(None).chain(boundaries.iter().map(|start_ms| bucket(*start_ms))).collect();
        Self { buckets: vec![Totals::default(); buckets], seen: Seen::default(), of_segment }
    }

    /// Counts a visit.
    #[inline]
    pub fn count(&mut self, scan: &DayScan<'_>, hit: Hit, totals: &Totals, visitor: u32) {
        if hit.segments.0 == hit.segments.1 {
            self.add(hit.segments.0, totals, visitor);
            return;
        }
        let (views, events) = scan.unmarked(hit);
        if hit.begins {
            let begun = Totals { views, events, ..*totals };
            self.add(hit.segments.0, &begun, visitor);
        }
        for mark in scan.views(hit).filter(|mark| mark.is_inside) {
            self.add(mark.segment, &Totals { views: 1, ..Totals::default() }, visitor);
        }
        for mark in scan.events(hit).filter(|mark| mark.is_inside) {
            self.add(mark.segment, &Totals { events: 1, ..Totals::default() }, visitor);
        }
    }

    /// The buckets.
    #[must_use]
    pub fn finish(mut self) -> Vec<Totals> {
        for (bucket, count) in self.buckets.iter_mut().zip(self.seen.counts()) {
            bucket.visitors = count;
        }
        self.buckets
    }

    #[inline]
    fn add(&mut self, segment: usize, totals: &Totals, visitor: u32) {
        if let Some(bucket) = self.of_segment.get(segment).copied().flatten() {
            self.buckets[bucket as usize].add(totals);
            self.seen.note(bucket, visitor);
        }
    }
}

/// A list by one dimension.
#[derive(Debug)]
pub struct ListTally {
    dimension: Dimension,
    entry_of_id: HashMap<i64, u32>,
    entries: Vec<Entry>,
    seen: Seen,
    /// The entry of each of the day's texts.
    of_code: Vec<u32>,
    visit: u64,
}

#[derive(Debug)]
struct Entry {
    id: i64,
    totals: Totals,
    /// The last visit that was counted here, by its number in the walk.
    visit: u64,
}

impl ListTally {
    #[must_use]
    pub fn new(dimension: Dimension) -> Self {
        Self {
            dimension,
            entry_of_id: HashMap::new(),
            entries: Vec::new(),
            seen: Seen::default(),
            of_code: Vec::new(),
            visit: 0,
        }
    }

    /// Looks up the texts of a day.
    pub fn begin_day(&mut self, scan: &DayScan<'_>) -> Result<(), Damaged> {
        let column = self.dimension.column();
        let ids =
            if self.dimension.is_list() { &scan.day.lists(column)?.items.ids } else { &scan.day.codes(column)?.ids };
        self.of_code.clear();
        for id in ids {
            let next = u32::try_from(self.entries.len()).map_err(|_| Damaged)?;
            let entry = *self.entry_of_id.entry(*id).or_insert(next);
            if entry == next {
                self.entries.push(Entry { id: *id, totals: Totals::default(), visit: 0 });
            }
            self.of_code.push(entry);
        }
        Ok(())
    }

    /// Counts a visit.
    #[inline]
    pub fn count(&mut self, scan: &DayScan<'_>, hit: Hit, totals: &Totals, visitor: u32) {
        self.visit += 1;
        match self.dimension {
            Dimension::Page => self.count_marks(scan.views(hit), hit.begins || hit.events > 0, totals, visitor, true),
            Dimension::Event => self.count_marks(scan.events(hit), hit.begins || hit.views > 0, totals, visitor, false),
            dimension => {
                let Ok(codes) = scan.day.codes(dimension.column()) else { return };
                let entry = self.of_code[codes.codes[hit.at] as usize];
                self.entries[entry as usize].totals.add(totals);
                self.seen.note(entry, visitor);
            }
        }
    }

    /// Counts a visit at each of its pages, or events: the visit once, and these as often as they were.
    ///
    /// That is what a filter on the one page, or event, would count.
    #[inline]
    fn count_marks(
        &mut self,
        marks: impl Iterator<Item = super::scan::MarkSeen>,
        shows_anyway: bool,
        totals: &Totals,
        visitor: u32,
        are_views: bool,
    ) {
        for mark in marks.filter(|mark| mark.is_inside || shows_anyway) {
            let number = self.of_code[mark.code as usize];
            let entry = &mut self.entries[number as usize];
            if entry.visit != self.visit {
                entry.visit = self.visit;
                let rest = if are_views { Totals { views: 0, ..*totals } } else { Totals { events: 0, ..*totals } };
                entry.totals.add(&rest);
                self.seen.note(number, visitor);
            }
            let count = u64::from(mark.is_inside);
            if are_views {
                entry.totals.views += count;
            } else {
                entry.totals.events += count;
            }
        }
    }

    /// The entries that were counted, without their texts.
    #[must_use]
    pub fn finish(self) -> Counted {
        let counts = self.seen.counts();
        let entries = self.entries.into_iter().zip(counts.into_iter().chain(std::iter::repeat(0)));
        let entries = entries.filter(|(_, visitors)| *visitors > 0);
        let entries = entries.map(|(entry, visitors)| (entry.id, Totals { visitors, ..entry.totals })).collect();
        Counted { dimension: self.dimension, entries }
    }
}

/// The entries of a list: what they are called in the file, and their numbers.
#[derive(Debug)]
pub struct Counted {
    pub dimension: Dimension,
    pub entries: Vec<(i64, Totals)>,
}

impl Counted {
    /// Gives an entry its text.
    pub fn row(&self, connection: &Connection, (id, totals): (i64, Totals)) -> Result<Row, StoreError> {
        Ok(Row { text: text_of(connection, self.dimension, id)?, totals })
    }
}
