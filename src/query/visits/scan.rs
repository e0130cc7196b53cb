//! The walk over the visits of a scope, from which every number is made.
//!
//! Day by day: which visits may be counted at all, which pass the filters, and of each that does what of it lies in the
//! interval. Moments that matter (the ends of the interval, bounds of buckets) part time into segments; most visits lie in
//! one segment with all they have, and are counted without a look at their marks.

use rusqlite::Connection;

use super::days::{KnownDay, days_of, is_cut, read_day};
use super::matching::Matcher;
use super::scope::Scope;
use crate::domain::id::ProjectId;
use crate::domain::visit::{MAX_VISIT_MS, VisitSource, VisitsFrom};
use crate::store::visits::columns::{Column, Day, Lists, Needs};
use crate::store::visits::start_of_day;
use crate::store::{StoreError, project_settings};

/// What every walk reads.
const ALWAYS: [Column; 6] =
    [Column::Started, Column::DurationMs, Column::Visitor, Column::ViewCount, Column::EventCount, Column::Source];

/// What is read of a day on which it matters when in a visit something was.
const WHEN_CUT: [Column; 4] = [Column::Pages, Column::PageTimes, Column::Names, Column::NameTimes];

/// A walk that is about to begin.
pub struct Scan<'c> {
    connection: &'c Connection,
    scope: &'c Scope,
    matchers: Vec<Matcher<'c>>,
    sources: Vec<VisitSource>,
    boundaries: Vec<i64>,
    needs: Needs,
}

/// A visit that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Its place in the columns of the day.
    pub at: usize,
    /// Whether it began in the interval, and so counts as a visit.
    pub begins: bool,
    /// Counted page views and events in the interval.
    pub views: u64,
    pub events: u64,
    /// In which segments of time it began and ended.
    pub segments: (usize, usize),
}

/// A day that is walked over.
pub struct DayScan<'d> {
    pub day: &'d Day,
    pub started: &'d [u32],
    pub duration_ms: &'d [u32],
    pub visitor: &'d [i64],
    pub view_count: &'d [u32],
    pub event_count: &'d [u32],
    start_ms: i64,
    pages: Option<Marks<'d>>,
    names: Option<Marks<'d>>,
    /// The boundaries that lie in visits of this day, and how many come before.
    boundaries: (usize, &'d [i64]),
    /// The segments that are in the interval: from the first to before the last.
    inside: (usize, usize),
}

/// The marked page views, or events, of a day's visits.
#[derive(Clone)]
struct Marks<'d> {
    list: &'d Lists,
    /// When they were, if it matters.
    times: Option<&'d [u32]>,
    /// Which texts count; absent: all.
    counted: Option<Vec<bool>>,
}

/// A page view or event of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkSeen {
    /// The text's place in the column's list.
    pub code: u32,
    pub segment: usize,
    /// Whether it lies in the interval.
    pub is_inside: bool,
}

impl<'c> Scan<'c> {
    /// Prepares a walk in which some columns are looked at, and in which it matters in which of the segments between
    /// `bounds` something was.
    pub fn new(
        connection: &'c Connection,
        scope: &'c Scope,
        columns: &[Column],
        bounds: &[i64],
    ) -> Result<Self, StoreError> {
        let matchers = scope.filters.iter().map(|filter| Matcher::new(connection, filter));
        let matchers: Vec<Matcher<'c>> = matchers.collect::<Result<_, _>>()?;
        let mut boundaries = bounds.to_vec();
        boundaries.extend([scope.interval.from_ms, scope.interval.to_ms]);
        boundaries.sort_unstable();
        boundaries.dedup();
        let mut needs = Needs::of(&ALWAYS);
        for column in columns.iter().copied().chain(matchers.iter().map(|matcher| matcher.dimension.column())) {
            needs = needs.with(column);
        }
        let sources = sources(connection, scope.project)?;
        Ok(Self { connection, scope, matchers, sources, boundaries, needs })
    }

    /// The moments that part time: segment n lies before the nth of them, and at or after the one before.
    #[must_use]
    pub fn boundaries(&self) -> &[i64] {
        &self.boundaries
    }

    /// The days of the walk.
    pub fn days(&self) -> Result<Vec<KnownDay>, StoreError> {
        days_of(self.connection, self.scope.project, self.scope.interval)
    }

    /// Walks over all days.
    pub fn walk(
        mut self,
        mut begin_day: impl FnMut(&DayScan<'_>) -> Result<(), StoreError>,
        mut each: impl FnMut(&DayScan<'_>, Hit),
    ) -> Result<(), StoreError> {
        for known in self.days()? {
            self.walk_day(known, &mut begin_day, &mut each)?;
        }
        Ok(())
    }

    /// Walks over one day.
    pub fn walk_day(
        &mut self,
        known: KnownDay,
        begin_day: &mut impl FnMut(&DayScan<'_>) -> Result<(), StoreError>,
        each: &mut impl FnMut(&DayScan<'_>, Hit),
    ) -> Result<(), StoreError> {
        let is_cut = is_cut(known.number, &self.boundaries);
        let mut needs = self.needs;
        if is_cut {
            needs = WHEN_CUT.into_iter().fold(needs, Needs::with);
        }
        let day = read_day(self.connection, self.scope.project, known, needs)?;
        let passes = self.passes(&day)?;
        let scan = self.day_scan(&day, is_cut)?;
        begin_day(&scan)?;
        for (at, passes) in passes.into_iter().enumerate() {
            if passes && let Some(hit) = scan.hit(at) {
                each(&scan, hit);
            }
        }
        Ok(())
    }

    /// Which visits pass.
    fn passes(&mut self, day: &Day) -> Result<Vec<bool>, StoreError> {
        let sources = day.codes(Column::Source)?;
        let wanted: Vec<bool> = sources
            .ids
            .iter()
            .map(|id| VisitSource::from_number(*id).is_some_and(|source| self.sources.contains(&source)))
            .collect();
        let mut passes: Vec<bool> = sources.codes.iter().map(|code| wanted[*code as usize]).collect();
        for matcher in &mut self.matchers {
            let (column, is_negated) = (matcher.dimension.column(), matcher.is_negated);
            if matcher.dimension.is_list() {
                let list = day.lists(column)?;
                let is_for_nothing = matcher.is_for_nothing();
                let matches = matcher.matches(&list.items.ids)?;
                for (at, passes) in passes.iter_mut().enumerate().filter(|(_, passes)| **passes) {
                    let codes = &list.items.codes[list.range(at)];
                    let has = if is_for_nothing {
                        codes.is_empty()
                    } else {
                        codes.iter().any(|code| matches[*code as usize])
                    };
                    *passes = has != is_negated;
                }
            } else {
                let codes = day.codes(column)?;
                let matches = matcher.matches(&codes.ids)?;
                for (passes, code) in passes.iter_mut().zip(&codes.codes) {
                    *passes &= matches[*code as usize] != is_negated;
                }
            }
        }
        Ok(passes)
    }

    fn day_scan<'d>(&'d mut self, day: &'d Day, is_cut: bool) -> Result<DayScan<'d>, StoreError> {
        let start_ms = start_of_day(day.number);
        let end_ms = start_of_day(day.number + 1).saturating_add(MAX_VISIT_MS);
        let pages = self.marks(day, (Column::Pages, Column::PageTimes), is_cut)?;
        let names = self.marks(day, (Column::Names, Column::NameTimes), is_cut)?;
        let first = self.boundaries.partition_point(|boundary| *boundary <= start_ms);
        let last = self.boundaries.partition_point(|boundary| *boundary <= end_ms);
        let segment = |ms| self.boundaries.partition_point(|boundary| *boundary <= ms);
        let interval = self.scope.interval;
        let scan = DayScan {
            day,
            started: day.numbers(Column::Started)?,
            duration_ms: day.numbers(Column::DurationMs)?,
            visitor: day.wide(Column::Visitor)?,
            view_count: day.numbers(Column::ViewCount)?,
            event_count: day.numbers(Column::EventCount)?,
            start_ms,
            pages,
            names,
            boundaries: (first, &self.boundaries[first..last]),
            inside: (segment(interval.from_ms), segment(interval.to_ms)),
        };
        Ok(scan)
    }

    /// The marks of a kind, if they were read, and which of them count: those that every filter on them wants.
    fn marks<'d>(
        &mut self,
        day: &'d Day,
        (column, times): (Column, Column),
        is_cut: bool,
    ) -> Result<Option<Marks<'d>>, StoreError> {
        let mut counted: Option<Vec<bool>> = None;
        let Ok(list) = day.lists(column) else { return Ok(None) };
        for matcher in self.matchers.iter_mut().filter(|matcher| matcher.dimension.column() == column) {
            if matcher.is_negated || matcher.is_for_nothing() {
                continue;
            }
            let matches = matcher.matches(&list.items.ids)?;
            counted = Some(match counted {
                Some(counted) => counted.iter().zip(&matches).map(|(one, other)| *one && *other).collect(),
                None => matches,
            });
        }
        let times = if is_cut { Some(day.times(times, list)?) } else { None };
        Ok(Some(Marks { list, times, counted }))
    }
}

impl<'d> DayScan<'d> {
    /// The counted page views of a visit.
    pub fn views(&self, hit: Hit) -> impl Iterator<Item = MarkSeen> + use<'_, 'd> {
        self.marks(self.pages.as_ref(), hit, true)
    }

    /// The counted events of a visit.
    pub fn events(&self, hit: Hit) -> impl Iterator<Item = MarkSeen> + use<'_, 'd> {
        self.marks(self.names.as_ref(), hit, true)
    }

    /// All page views of a visit, also those that filters do not count.
    pub fn all_views(&self, hit: Hit) -> impl Iterator<Item = MarkSeen> + use<'_, 'd> {
        self.marks(self.pages.as_ref(), hit, false)
    }

    /// All events of a visit, also those that filters do not count.
    pub fn all_events(&self, hit: Hit) -> impl Iterator<Item = MarkSeen> + use<'_, 'd> {
        self.marks(self.names.as_ref(), hit, false)
    }

    /// What a visit has in a column of texts.
    #[must_use]
    pub fn id(&self, column: Column, at: usize) -> Option<i64> {
        let codes = self.day.codes(column).ok()?;
        codes.ids.get(*codes.codes.get(at)? as usize).copied()
    }

    /// Where a visit is known from.
    #[must_use]
    pub fn source(&self, at: usize) -> Option<VisitSource> {
        VisitSource::from_number(self.id(Column::Source, at)?)
    }

    /// When a visit began.
    #[must_use]
    pub fn started_ms(&self, at: usize) -> i64 {
        self.start_ms + i64::from(self.started[at])
    }

    /// Page views, and events, that are no marks any more; they count where the visit began.
    #[must_use]
    pub fn unmarked(&self, hit: Hit) -> (u64, u64) {
        let beyond = |marks: &Option<Marks<'_>>, count: u32| match marks {
            Some(Marks { list, counted: None, .. }) if hit.begins => {
                u64::from(count).saturating_sub(list.range(hit.at).len() as u64)
            }
            _ => 0,
        };
        (beyond(&self.pages, self.view_count[hit.at]), beyond(&self.names, self.event_count[hit.at]))
    }

    /// What of a visit lies in the interval; nothing if it shows nothing there.
    #[inline]
    fn hit(&self, at: usize) -> Option<Hit> {
        let started_ms = self.started_ms(at);
        let (first, last) = (self.segment(started_ms), self.segment(started_ms + i64::from(self.duration_ms[at])));
        let (from, to) = self.inside;
        if first >= to || last < from {
            return None;
        }
        let begins = first >= from;
        let mut hit = Hit { at, begins, views: 0, events: 0, segments: (first, last) };
        let is_inside = begins && last < to;
        hit.views = self.count(self.pages.as_ref(), hit, is_inside, self.view_count[at]);
        hit.events = self.count(self.names.as_ref(), hit, is_inside, self.event_count[at]);
        (begins || hit.views > 0 || hit.events > 0).then_some(hit)
    }

    #[inline]
    fn count(&self, marks: Option<&Marks<'_>>, hit: Hit, is_inside: bool, all: u32) -> u64 {
        match marks {
            None | Some(Marks { counted: None, .. }) if is_inside => u64::from(all),
            None => 0,
            Some(marks) => {
                let counted = self.marks(Some(marks), hit, true).filter(|mark| mark.is_inside).count() as u64;
                let marked = marks.list.range(hit.at).len() as u64;
                let is_counted = hit.begins && marks.counted.is_none();
                counted + if is_counted { u64::from(all).saturating_sub(marked) } else { 0 }
            }
        }
    }

    fn marks<'s>(
        &'s self,
        marks: Option<&'s Marks<'d>>,
        hit: Hit,
        is_filtered: bool,
    ) -> impl Iterator<Item = MarkSeen> + use<'s, 'd> {
        let started_ms = self.started_ms(hit.at);
        let (from, to) = self.inside;
        marks.into_iter().flat_map(move |marks| {
            let range = marks.list.range(hit.at);
            let codes = marks.list.items.codes[range.clone()].iter();
            codes.enumerate().filter_map(move |(n, code)| {
                let counted = marks.counted.as_ref().filter(|_| is_filtered);
                if counted.is_some_and(|counted| !counted[*code as usize]) {
                    return None;
                }
                let segment = match marks.times {
                    Some(times) if hit.segments.0 != hit.segments.1 => {
                        self.segment(started_ms + i64::from(times[range.start + n]))
                    }
                    _ => hit.segments.0,
                };
                Some(MarkSeen { code: *code, segment, is_inside: (from..to).contains(&segment) })
            })
        })
    }

    /// In which segment a moment is that a visit of this day can have.
    #[inline]
    fn segment(&self, ms: i64) -> usize {
        let (before, boundaries) = self.boundaries;
        before + boundaries.partition_point(|boundary| *boundary <= ms)
    }
}

/// Which sources count in a project.
pub(super) fn sources(connection: &Connection, project: ProjectId) -> Result<Vec<VisitSource>, StoreError> {
    Ok(match project_settings::read(connection, project)?.visits_from {
        // The choice is about pages, which two SDKs may tell of; apps are told of once.
        VisitsFrom::Browser => vec![VisitSource::Browser, VisitSource::App],
        VisitsFrom::Web => vec![VisitSource::Web, VisitSource::App],
        VisitsFrom::All => VisitSource::ALL.to_vec(),
        VisitsFrom::Auto => {
            let has_browsers = connection
                .prepare_cached("SELECT 1 FROM heat_session_hour WHERE project_id = ?1 LIMIT 1")?
                .exists([project.0])?;
            let page = if has_browsers { VisitSource::Browser } else { VisitSource::Web };
            vec![page, VisitSource::App]
        }
    })
}
