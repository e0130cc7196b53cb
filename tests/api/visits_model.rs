//! Numbers of visits compared with counting by hand, over visits as they may be, sealed and not.

use std::collections::{BTreeMap, BTreeSet};

use hearth::domain::id::ProjectId;
use hearth::domain::period::Interval;
use hearth::domain::visit::{Channel, DeviceClass, Mark, MarkKind, VisitSource};
use hearth::query::visits::breakdown::{Part, Sort, breakdown};
use hearth::query::visits::filter::{Dimension, Operator, VisitFilter};
use hearth::query::visits::list::list;
use hearth::query::visits::overview::{Wanted, overview};
use hearth::query::visits::page::{WantedPage, page};
use hearth::query::visits::scope::Scope;
use hearth::query::visits::totals::Totals;
use hearth::store::dictionary::{Dictionary, TextHash};
use hearth::store::visits::day_of;
use hearth::store::visits::sealing;
use hearth::store::visits::visit::{Told, Visit};
use hearth::store::{migrate, registry};
use rusqlite::Connection;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// 2026-11-01T00:00:00Z.
const START_MS: i64 = 1_793_491_200_000;

const PAGES: [&str; 5] = ["/", "/shop", "/Shop/cart", "/blog/a", "/blog/b"];
const NAMES: [&str; 3] = ["signup", "Sign out", "added"];
const HOSTS: [&str; 3] = ["", "google.com", "blog.example"];

/// Numbers that look random and are the same each time (`SplitMix64`).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((bits ^ (bits >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }
}

/// A file with visits, and the visits.
pub struct World {
    pub file: Connection,
    pub project: ProjectId,
    pub visits: Vec<Visit>,
    texts: BTreeMap<i64, String>,
}

impl World {
    /// Visits of `days` days; of the first `sealed` of them from columns.
    pub fn new(seed: u64, count: i64, days: i64, sealed: i64) -> Self {
        Self::starting_at(START_MS, seed, count, days, sealed)
    }

    /// The same from another day on.
    pub fn starting_at(start_ms: i64, seed: u64, count: i64, days: i64, sealed: i64) -> Self {
        let mut file = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut file, 0).unwrap();
        let project = registry::add_project(&file, "One", 0).unwrap().project;
        file.execute("UPDATE project SET visits_from = 3", []).unwrap();
        let mut dictionary = Dictionary::new(TextHash::new(&migrate::install_secret(&file).unwrap()));
        let mut texts = BTreeMap::from([(0, String::new())]);
        let mut id = |text: &str| {
            let id = if text.is_empty() { 0 } else { dictionary.id(&file, text).unwrap() };
            texts.insert(id, text.to_owned());
            id
        };
        let pages = PAGES.map(&mut id);
        let names = NAMES.map(&mut id);
        let hosts = HOSTS.map(&mut id);
        let mut numbers = Numbers(seed);
        let mut visits = Vec::new();
        for session in 0..count {
            visits.push(visit(&mut numbers, project, session, (start_ms, days), (&pages, &names, &hosts)));
        }
        let days_with_visits: BTreeSet<i64> = visits.iter().map(|visit: &Visit| day_of(visit.started_ms)).collect();
        for visit in &visits {
            visit.insert(&file).unwrap();
        }
        for day in days_with_visits {
            sealing::open(&file, project, day, 0).unwrap();
            if day < day_of(start_ms) + sealed {
                sealing::seal(&file, project, day).unwrap();
            }
        }
        Self { file, project, visits, texts }
    }

    fn scope(&self, from_ms: i64, to_ms: i64, filters: &[VisitFilter]) -> Scope {
        Scope { project: self.project, interval: Interval { from_ms, to_ms }, filters: filters.to_vec() }
    }

    fn text(&self, id: i64) -> &str {
        &self.texts[&id]
    }

    /// What a visit has of a dimension.
    fn told(&self, visit: &Visit, dimension: Dimension) -> Vec<String> {
        let marked = |kind: MarkKind| {
            let marks = visit.marks.iter().filter(|mark| mark.kind == kind);
            marks.map(|mark| self.text(mark.text).to_owned()).collect()
        };
        match dimension {
            Dimension::Page => marked(MarkKind::PageView),
            Dimension::Event => marked(MarkKind::Event),
            Dimension::EntryPage => vec![self.text(visit.told.entry).to_owned()],
            Dimension::ExitPage => vec![self.text(visit.told.exit).to_owned()],
            Dimension::Referrer => vec![self.text(visit.told.referrer).to_owned()],
            Dimension::Channel => vec![visit.channel.word().to_owned()],
            Dimension::Device => vec![visit.device.word().to_owned()],
            other => panic!("{other:?} is not in this world"),
        }
    }

    /// Counts by hand.
    fn count(&self, scope: &Scope) -> Totals {
        let mut totals = Totals::default();
        let mut visitors = BTreeSet::new();
        let inside = |ms: i64| (scope.interval.from_ms..scope.interval.to_ms).contains(&ms);
        for visit in &self.visits {
            if !scope.filters.iter().all(|filter| self.passes(visit, filter)) {
                continue;
            }
            let counts = |mark: &&Mark, kind: MarkKind, dimension: Dimension| {
                mark.kind == kind
                    && inside(visit.started_ms + mark.offset_ms)
                    && scope
                        .filters
                        .iter()
                        .filter(|filter| filter.dimension == dimension)
                        .all(|filter| is_negated(filter) || is_match(self.text(mark.text), filter))
            };
            let begins = inside(visit.started_ms);
            let views = visit.marks.iter().filter(|mark| counts(mark, MarkKind::PageView, Dimension::Page)).count();
            let events = visit.marks.iter().filter(|mark| counts(mark, MarkKind::Event, Dimension::Event)).count();
            if begins {
                totals.visits += 1;
                totals.bounces += u64::from(visit.view_count == 1 && visit.event_count == 0);
                totals.duration_ms += u64::try_from(visit.ended_ms - visit.started_ms).unwrap();
            }
            totals.views += views as u64;
            totals.events += events as u64;
            if begins || views + events > 0 {
                visitors.insert(visit.visitor);
            }
        }
        totals.visitors = visitors.len() as u64;
        totals
    }

    fn passes(&self, visit: &Visit, filter: &VisitFilter) -> bool {
        let told = self.told(visit, filter.dimension);
        told.iter().any(|text| is_match(text, filter)) != is_negated(filter)
    }

    /// The rows of a list by hand: each is what one filter more would count.
    fn rows(&self, scope: &Scope, dimension: Dimension) -> BTreeMap<String, Totals> {
        let texts: BTreeSet<String> = self.visits.iter().flat_map(|visit| self.told(visit, dimension)).collect();
        let counted = texts.into_iter().filter(|text| {
            let own = scope.filters.iter().filter(|filter| filter.dimension == dimension);
            let mut own = own.filter(|filter| !is_negated(filter) && dimension.is_list());
            own.all(|filter| is_match(text, filter))
        });
        let row = |text: String| {
            let mut narrower = scope.clone();
            narrower.filters.push(VisitFilter { dimension, operator: Operator::Is, value: text.clone() });
            (text, self.count(&narrower))
        };
        counted.map(row).filter(|(_, totals)| totals.visitors > 0).collect()
    }
}

fn visit(
    numbers: &mut Numbers,
    project: ProjectId,
    session: i64,
    (start_ms, days): (i64, i64),
    (pages, names, hosts): (&[i64], &[i64], &[i64]),
) -> Visit {
    let mut pick = |list: &[i64]| list[usize::try_from(numbers.below(i64::try_from(list.len()).unwrap())).unwrap()];
    let (host, mut offset_ms) = (pick(hosts), 0);
    let mut marks = Vec::new();
    let (page, name) = (pick(pages), pick(names));
    for at in 0..numbers.below(6) {
        // Some visits last for hours, over midnight.
        offset_ms += numbers.below(if session % 3 == 0 { 4 * HOUR_MS } else { 60_000 });
        let (kind, text) = match numbers.below(4) {
            0 => (MarkKind::Event, name),
            1 => (MarkKind::PageView, page),
            _ => (MarkKind::PageView, pages[usize::try_from((at + session) % 5).unwrap()]),
        };
        marks.push(Mark { offset_ms, kind, text });
    }
    let views: Vec<i64> = marks.iter().filter(|mark| mark.kind == MarkKind::PageView).map(|mark| mark.text).collect();
    let count = |kind: MarkKind| marks.iter().filter(|mark| mark.kind == kind).count() as u64;
    let started_ms = start_ms + numbers.below(days * DAY_MS);
    Visit {
        project,
        started_ms,
        source: VisitSource::ALL[usize::try_from(numbers.below(3)).unwrap()],
        session,
        ended_ms: started_ms + offset_ms + numbers.below(60_000),
        visitor: numbers.below(40) - 20,
        user: None,
        channel: Channel::ALL[usize::try_from(numbers.below(3)).unwrap()],
        device: DeviceClass::ALL[usize::try_from(numbers.below(3)).unwrap()],
        country: hearth::domain::country::Country::UNKNOWN,
        told: Told {
            referrer: host,
            entry: views.first().copied().unwrap_or_default(),
            exit: views.last().copied().unwrap_or_default(),
            ..Told::default()
        },
        view_count: count(MarkKind::PageView),
        event_count: count(MarkKind::Event),
        marks,
    }
}

fn is_negated(filter: &VisitFilter) -> bool {
    matches!(filter.operator, Operator::IsNot | Operator::ContainsNot)
}

/// Whether a text is what the filter names, negated or not.
fn is_match(text: &str, filter: &VisitFilter) -> bool {
    match filter.operator {
        Operator::Is | Operator::IsNot => text == filter.value,
        Operator::Contains | Operator::ContainsNot => text.to_lowercase().contains(&filter.value.to_lowercase()),
    }
}

const DIMENSIONS: [Dimension; 7] = [
    Dimension::Page,
    Dimension::Event,
    Dimension::EntryPage,
    Dimension::ExitPage,
    Dimension::Referrer,
    Dimension::Channel,
    Dimension::Device,
];

fn filters(numbers: &mut Numbers) -> Vec<VisitFilter> {
    let one = |numbers: &mut Numbers| {
        let dimension = DIMENSIONS[usize::try_from(numbers.below(7)).unwrap()];
        let operator = Operator::ALL[usize::try_from(numbers.below(4)).unwrap()];
        let value =
            ["/shop", "SHOP", "/blog/a", "/", "signup", "sign", "google.com", "direct", "phone", "nowhere", "e"]
                [usize::try_from(numbers.below(11)).unwrap()];
        VisitFilter { dimension, operator, value: value.to_owned() }
    };
    (0..numbers.below(3)).map(|_| one(numbers)).collect()
}

#[test]
fn every_number_is_that_of_counting_by_hand() {
    for seed in 0..6 {
        let world = World::new(seed, 300, 5, [0, 5, 3][usize::try_from(seed % 3).unwrap()]);
        let mut numbers = Numbers(seed + 1_000);
        for _ in 0..25 {
            let filters = filters(&mut numbers);
            let from_ms = START_MS + numbers.below(3 * DAY_MS);
            let to_ms = from_ms + 1 + numbers.below(3 * DAY_MS);
            let scope = world.scope(from_ms, to_ms, &filters);
            let mut bounds = vec![from_ms, to_ms];
            bounds.extend((0..numbers.below(5)).map(|_| from_ms + numbers.below(to_ms - from_ms)));
            bounds.sort_unstable();
            bounds.dedup();
            let lists = DIMENSIONS.map(|dimension| (dimension, 100));
            let look = overview(&world.file, &scope, &Wanted { bounds: &bounds, lists: &lists }).unwrap();
            let about = format!("seed {seed}, {scope:?}");
            assert_eq!(look.totals, world.count(&scope), "{about}");
            for (bucket, pair) in look.series.iter().zip(bounds.windows(2)) {
                assert_eq!(*bucket, world.count(&world.scope(pair[0], pair[1], &filters)), "{pair:?} of {about}");
            }
            for (list, (dimension, _)) in look.lists.iter().zip(lists) {
                let rows: BTreeMap<String, Totals> =
                    list.rows.iter().map(|row| (row.text.clone(), row.totals)).collect();
                assert_eq!(rows, world.rows(&scope, dimension), "{dimension:?} of {about}");
                assert_eq!(list.total, rows.len());
                let is_in_order = |pair: &[hearth::query::visits::overview::Row]| {
                    (pair[1].totals.visitors, &pair[0].text) <= (pair[0].totals.visitors, &pair[1].text)
                        || pair[0].totals.visitors > pair[1].totals.visitors
                };
                assert!(list.rows.windows(2).all(is_in_order));
            }
        }
    }
}

#[test]
fn parts_of_a_list_make_the_whole() {
    let world = World::new(7, 400, 3, 2);
    let scope = world.scope(START_MS, START_MS + 3 * DAY_MS, &[]);
    for sort in [Sort::Visitors, Sort::Views, Sort::BounceRate, Sort::Duration, Sort::Text] {
        for descending in [true, false] {
            let part = |offset, limit| {
                let part = Part { sort, descending, offset, limit };
                breakdown(&world.file, &scope, Dimension::Page, part).unwrap()
            };
            let whole = part(0, 100);
            assert_eq!((whole.rows.len(), whole.total), (PAGES.len(), PAGES.len()));
            let parts: Vec<_> = [part(0, 2), part(2, 2), part(4, 2)].into_iter().flat_map(|part| part.rows).collect();
            assert_eq!(parts, whole.rows, "{sort:?} {descending}");
            assert_eq!(part(5, 2).rows, []);
        }
    }
}

#[test]
fn visits_are_listed_one_after_the_other_whatever_is_sealed() {
    for sealed in [0, 2, 4] {
        let world = World::new(9, 250, 4, sealed);
        let filter = VisitFilter { dimension: Dimension::Page, operator: Operator::Contains, value: "blog".to_owned() };
        let scope = world.scope(START_MS + HOUR_MS, START_MS + 4 * DAY_MS - HOUR_MS, &[filter]);
        let mut expected: Vec<(i64, u8, i64)> = world
            .visits
            .iter()
            .filter(|visit| world.passes(visit, &scope.filters[0]))
            .filter(|visit| (scope.interval.from_ms..scope.interval.to_ms).contains(&visit.started_ms))
            .map(|visit| (visit.started_ms, visit.source as u8, visit.session))
            .collect();
        expected.sort_unstable_by(|one, other| other.cmp(one));
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = list(&world.file, &scope, after, 7).unwrap();
            listed.extend(page.visits.iter().map(|visit| (visit.started_ms, visit.source as u8)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(listed, expected.iter().map(|(ms, source, _)| (*ms, *source)).collect::<Vec<_>>());
    }
}

#[test]
fn a_page_is_told_with_its_neighbours_and_its_time() {
    let world = World::new(11, 300, 3, 2);
    let scope = world.scope(START_MS, START_MS + 5 * DAY_MS, &[]);
    let look = page(&world.file, &scope, WantedPage { path: "/shop", bounds: &[], neighbours: 10 }).unwrap();
    assert_eq!(look.totals, world.rows(&scope, Dimension::Page)["/shop"]);
    assert_eq!(look.entries, world.rows(&scope, Dimension::EntryPage)["/shop"].visits);
    assert_eq!(look.exits, world.rows(&scope, Dimension::ExitPage)["/shop"].visits);
    let (mut previous, mut time_ms) = (BTreeMap::<String, u64>::new(), 0);
    for visit in &world.visits {
        let views: Vec<&Mark> = visit.marks.iter().filter(|mark| mark.kind == MarkKind::PageView).collect();
        for (at, view) in views.iter().enumerate().filter(|(_, view)| world.text(view.text) == "/shop") {
            let end_ms = views.get(at + 1).map_or(visit.ended_ms - visit.started_ms, |next| next.offset_ms);
            time_ms += u64::try_from(end_ms - view.offset_ms).unwrap();
            let before = at.checked_sub(1).map_or("", |before| world.text(views[before].text));
            if before != "/shop" {
                *previous.entry(before.to_owned()).or_default() += 1;
            }
        }
    }
    assert_eq!(look.time_ms, time_ms);
    assert_eq!(look.previous.into_iter().map(|near| (near.path, near.views)).collect::<BTreeMap<_, _>>(), previous);
    let unknown = page(&world.file, &scope, WantedPage { path: "/never", bounds: &[], neighbours: 10 }).unwrap();
    assert_eq!(unknown.totals, Totals::default());
}

#[test]
fn a_damaged_column_is_an_error_and_no_number() {
    let world = World::new(13, 100, 2, 2);
    let scope = world.scope(START_MS, START_MS + 2 * DAY_MS, &[]);
    let wanted = Wanted { bounds: &[], lists: &[] };
    overview(&world.file, &scope, &wanted).unwrap();
    world.file.execute("UPDATE visit_chunk SET data = X'ff00' WHERE part = 1", []).unwrap();
    assert!(overview(&world.file, &scope, &wanted).is_err());
    world.file.execute("DELETE FROM visit_chunk", []).unwrap();
    assert!(overview(&world.file, &scope, &wanted).is_err());
}
