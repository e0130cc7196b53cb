//! The visits of a day, column by column: what questions count in, whether it was packed or comes from rows.
//!
//! Numbers lie next to each other in as many bytes as the greatest needs, texts as places in a list of the day's texts.
//! Bytes that are read back are never believed: lengths must fit, and places must be in their list.

use std::collections::HashMap;

use super::start_of_day;
use super::visit::Visit;
use crate::domain::visit::MarkKind;
use crate::store::pack::{Damaged, Reader, put_signed, put_varint};

/// What is kept in columns; the number is what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Column {
    /// Milliseconds into the day.
    Started = 0,
    DurationMs = 1,
    Visitor = 2,
    ViewCount = 3,
    EventCount = 4,
    Source = 5,
    Channel = 6,
    Device = 7,
    Host = 8,
    Referrer = 9,
    UtmSource = 10,
    Medium = 11,
    Campaign = 12,
    Term = 13,
    Content = 14,
    ClickKey = 15,
    Browser = 16,
    Os = 17,
    Entry = 18,
    Exit = 19,
    /// Paths of the page views that are marked.
    Pages = 20,
    /// When they were, in milliseconds after the visit's beginning.
    PageTimes = 21,
    /// Names of the events that are marked.
    Names = 22,
    NameTimes = 23,
    /// Row id of the session.
    Session = 24,
    Country = 25,
}

impl Column {
    /// Every column, in the order of their numbers.
    pub const ALL: [Self; 26] = [
        Self::Started,
        Self::DurationMs,
        Self::Visitor,
        Self::ViewCount,
        Self::EventCount,
        Self::Source,
        Self::Channel,
        Self::Device,
        Self::Host,
        Self::Referrer,
        Self::UtmSource,
        Self::Medium,
        Self::Campaign,
        Self::Term,
        Self::Content,
        Self::ClickKey,
        Self::Browser,
        Self::Os,
        Self::Entry,
        Self::Exit,
        Self::Pages,
        Self::PageTimes,
        Self::Names,
        Self::NameTimes,
        Self::Session,
        Self::Country,
    ];

    /// The column with a number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|at| Self::ALL.get(at)).copied()
    }
}

/// Which columns a question needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs(u32);

impl Needs {
    #[must_use]
    pub fn of(columns: &[Column]) -> Self {
        columns.iter().fold(Self(0), |needs, column| needs.with(*column))
    }

    #[must_use]
    pub fn all() -> Self {
        Self::of(&Column::ALL)
    }

    #[must_use]
    pub fn with(self, column: Column) -> Self {
        Self(self.0 | 1 << column as u8)
    }

    #[must_use]
    pub fn has(self, column: Column) -> bool {
        self.0 & 1 << column as u8 != 0
    }

    /// As a number whose bits are the columns.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }
}

/// Texts by their places in a list of dictionary ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codes {
    pub ids: Vec<i64>,
    /// For each visit (of a list: for each mark) a place in `ids`.
    pub codes: Vec<u32>,
}

/// Several texts for each visit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// Where the marks of each visit begin in `items`; one more than there are visits.
    pub starts: Vec<u32>,
    pub items: Codes,
}

impl Lists {
    /// Which marks are a visit's.
    #[must_use]
    pub fn range(&self, visit: usize) -> std::ops::Range<usize> {
        let at = |visit: usize| self.starts.get(visit).map_or(0, |start| *start as usize);
        at(visit)..at(visit + 1)
    }
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    Numbers(Vec<u32>),
    Wide(Vec<i64>),
    Codes(Codes),
    Lists(Lists),
}

/// The visits of a day, as far as columns were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Days since the epoch.
    pub number: i64,
    pub count: usize,
    columns: Vec<Option<Values>>,
}

impl Day {
    /// A day whose columns are to be put in.
    #[must_use]
    pub fn new(number: i64, count: usize) -> Self {
        Self { number, count, columns: vec![None; Column::ALL.len()] }
    }

    /// The columns of visits that began on a day, in their order.
    #[must_use]
    pub fn of_visits(number: i64, visits: &[Visit], needs: Needs) -> Self {
        let mut day = Self::new(number, visits.len());
        for column in Column::ALL.into_iter().filter(|column| needs.has(*column)) {
            day.columns[column as usize] = Some(values(column, number, visits));
        }
        day
    }

    /// Puts in a column that [`Self::packed`] made.
    pub fn put(&mut self, column: Column, bytes: &[u8]) -> Result<(), Damaged> {
        let values = unpack(column, bytes)?;
        let is_whole = match &values {
            // Checked against their lists when they are asked for.
            Values::Numbers(_) if matches!(column, Column::PageTimes | Column::NameTimes) => true,
            Values::Numbers(numbers) => numbers.len() == self.count,
            Values::Wide(numbers) => numbers.len() == self.count,
            Values::Codes(codes) => codes.codes.len() == self.count,
            Values::Lists(lists) => lists.starts.len() == self.count + 1,
        };
        self.columns[column as usize] = is_whole.then_some(values);
        if is_whole { Ok(()) } else { Err(Damaged) }
    }

    /// Puts in what is unknown of every visit: days that were sealed before there was such a column lack it.
    pub fn put_unknown(&mut self, column: Column) {
        let values = &mut self.columns[column as usize];
        if values.is_none() {
            let ids = if self.count == 0 { Vec::new() } else { vec![0] };
            *values = Some(Values::Codes(Codes { ids, codes: vec![0; self.count] }));
        }
    }

    /// The bytes of a column.
    #[must_use]
    pub fn packed(&self, column: Column) -> Option<Vec<u8>> {
        self.columns[column as usize].as_ref().map(pack)
    }

    pub fn numbers(&self, column: Column) -> Result<&[u32], Damaged> {
        match &self.columns[column as usize] {
            Some(Values::Numbers(numbers)) => Ok(numbers),
            _ => Err(Damaged),
        }
    }

    pub fn wide(&self, column: Column) -> Result<&[i64], Damaged> {
        match &self.columns[column as usize] {
            Some(Values::Wide(numbers)) => Ok(numbers),
            _ => Err(Damaged),
        }
    }

    pub fn codes(&self, column: Column) -> Result<&Codes, Damaged> {
        match &self.columns[column as usize] {
            Some(Values::Codes(codes)) => Ok(codes),
            _ => Err(Damaged),
        }
    }

    pub fn lists(&self, column: Column) -> Result<&Lists, Damaged> {
        match &self.columns[column as usize] {
            Some(Values::Lists(lists)) => Ok(lists),
            _ => Err(Damaged),
        }
    }

    /// The times of a list's marks.
    pub fn times(&self, column: Column, list: &Lists) -> Result<&[u32], Damaged> {
        let times = self.numbers(column)?;
        if times.len() == list.items.codes.len() { Ok(times) } else { Err(Damaged) }
    }
}

fn values(column: Column, number: i64, visits: &[Visit]) -> Values {
    let numbers = |of: fn(&Visit) -> i64| Values::Numbers(visits.iter().map(|visit| small(of(visit))).collect());
    let codes = |of: fn(&Visit) -> i64| Values::Codes(codes_of(visits.iter().map(of)));
    match column {
        Column::Started => {
            let start_ms = start_of_day(number);
            Values::Numbers(visits.iter().map(|visit| small(visit.started_ms - start_ms)).collect())
        }
        Column::DurationMs => numbers(|visit| visit.ended_ms - visit.started_ms),
        Column::Visitor => Values::Wide(visits.iter().map(|visit| visit.visitor).collect()),
        Column::Session => Values::Wide(visits.iter().map(|visit| visit.session).collect()),
        Column::ViewCount => numbers(|visit| i64::try_from(visit.view_count).unwrap_or(i64::MAX)),
        Column::EventCount => numbers(|visit| i64::try_from(visit.event_count).unwrap_or(i64::MAX)),
        Column::Source => codes(|visit| visit.source as i64),
        Column::Channel => codes(|visit| visit.channel as i64),
        Column::Device => codes(|visit| visit.device as i64),
        Column::Country => codes(|visit| visit.country.number()),
        Column::Host => codes(|visit| visit.told.host),
        Column::Referrer => codes(|visit| visit.told.referrer),
        Column::UtmSource => codes(|visit| visit.told.source),
        Column::Medium => codes(|visit| visit.told.medium),
        Column::Campaign => codes(|visit| visit.told.campaign),
        Column::Term => codes(|visit| visit.told.term),
        Column::Content => codes(|visit| visit.told.content),
        Column::ClickKey => codes(|visit| visit.told.click_key),
        Column::Browser => codes(|visit| visit.told.browser),
        Column::Os => codes(|visit| visit.told.os),
        Column::Entry => codes(|visit| visit.told.entry),
        Column::Exit => codes(|visit| visit.told.exit),
        Column::Pages => lists(visits, MarkKind::PageView),
        Column::Names => lists(visits, MarkKind::Event),
        Column::PageTimes => times(visits, MarkKind::PageView),
        Column::NameTimes => times(visits, MarkKind::Event),
    }
}

/// A number that is small unless the file is damaged.
fn small(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

fn codes_of(values: impl Iterator<Item = i64>) -> Codes {
    let mut places: HashMap<i64, u32> = HashMap::new();
    let mut codes = Codes::default();
    for id in values {
        let next = small(i64::try_from(codes.ids.len()).unwrap_or(i64::MAX));
        let place = *places.entry(id).or_insert(next);
        if place == next {
            codes.ids.push(id);
        }
        codes.codes.push(place);
    }
    codes
}

fn lists(visits: &[Visit], kind: MarkKind) -> Values {
    let of_kind = |visit: &'_ Visit| visit.marks.iter().filter(|mark| mark.kind == kind).count();
    let mut starts = vec![0];
    let mut count = 0_usize;
    for visit in visits {
        count += of_kind(visit);
        starts.push(small(i64::try_from(count).unwrap_or(i64::MAX)));
    }
    let marks = visits.iter().flat_map(|visit| &visit.marks).filter(|mark| mark.kind == kind);
    Values::Lists(Lists { starts, items: codes_of(marks.map(|mark| mark.text)) })
}

fn times(visits: &[Visit], kind: MarkKind) -> Values {
    let marks = visits.iter().flat_map(|visit| &visit.marks).filter(|mark| mark.kind == kind);
    Values::Numbers(marks.map(|mark| small(mark.offset_ms)).collect())
}

fn pack(values: &Values) -> Vec<u8> {
    let mut out = Vec::new();
    match values {
        Values::Numbers(numbers) => put_numbers(&mut out, numbers),
        Values::Wide(numbers) => {
            put_varint(&mut out, numbers.len() as u64);
            out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        }
        Values::Codes(codes) => put_codes(&mut out, codes),
        Values::Lists(lists) => {
            let lengths: Vec<u32> = lists.starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
            put_numbers(&mut out, &lengths);
            put_codes(&mut out, &lists.items);
        }
    }
    out
}

fn put_codes(out: &mut Vec<u8>, codes: &Codes) {
    put_varint(out, codes.ids.len() as u64);
    let mut before = 0_i64;
    for id in &codes.ids {
        put_signed(out, id.wrapping_sub(before));
        before = *id;
    }
    put_numbers(out, &codes.codes);
}

fn put_numbers(out: &mut Vec<u8>, numbers: &[u32]) {
    put_varint(out, numbers.len() as u64);
    let greatest = numbers.iter().copied().max().unwrap_or_default();
    if let Ok(_byte) = u8::try_from(greatest) {
        out.push(1);
        out.extend(numbers.iter().map(|number| number.to_le_bytes()[0]));
    } else if let Ok(_short) = u16::try_from(greatest) {
        out.push(2);
        out.extend(numbers.iter().flat_map(|number| [number.to_le_bytes()[0], number.to_le_bytes()[1]]));
    } else {
        out.push(4);
        out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }
}

fn unpack(column: Column, bytes: &[u8]) -> Result<Values, Damaged> {
    let mut reader = Reader::new(bytes);
    let values = match column {
        Column::Started
        | Column::DurationMs
        | Column::ViewCount
        | Column::EventCount
        | Column::PageTimes
        | Column::NameTimes => Values::Numbers(numbers(&mut reader)?),
        Column::Visitor | Column::Session => {
            let count = reader.count(bytes.len())?;
            let wide = reader.bytes(count.checked_mul(8).ok_or(Damaged)?)?;
            Values::Wide(wide.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect())
        }
        Column::Pages | Column::Names => {
            let lengths = numbers(&mut reader)?;
            let items = codes(&mut reader)?;
            let mut starts = Vec::with_capacity(lengths.len() + 1);
            let mut start = 0_u32;
            starts.push(start);
            for length in lengths {
                start = start.checked_add(length).ok_or(Damaged)?;
                starts.push(start);
            }
            if start as usize != items.codes.len() {
                return Err(Damaged);
            }
            Values::Lists(Lists { starts, items })
        }
        _ => Values::Codes(codes(&mut reader)?),
    };
    if reader.is_empty() { Ok(values) } else { Err(Damaged) }
}

fn codes(reader: &mut Reader<'_>) -> Result<Codes, Damaged> {
    let count = reader.remaining_count()?;
    let mut ids = Vec::with_capacity(count);
    let mut before = 0_i64;
    for _ in 0..count {
        before = before.wrapping_add(reader.signed()?);
        ids.push(before);
    }
    let codes = numbers(reader)?;
    let greatest = codes.iter().copied().max();
    if greatest.is_some_and(|greatest| greatest as usize >= ids.len()) {
        Err(Damaged)
    } else {
        Ok(Codes { ids, codes })
    }
}

fn numbers(reader: &mut Reader<'_>) -> Result<Vec<u32>, Damaged> {
    let count = reader.remaining_count()?;
    let width = reader.byte()?;
    let bytes = reader.bytes(count.checked_mul(usize::from(width)).ok_or(Damaged)?)?;
    Ok(match width {
        1 => bytes.iter().map(|byte| u32::from(*byte)).collect(),
        2 => bytes.as_chunks().0.iter().map(|bytes| u32::from(u16::from_le_bytes(*bytes))).collect(),
        4 => bytes.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect(),
        _ => return Err(Damaged),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::country::Country;
    use crate::domain::id::ProjectId;
    use crate::domain::visit::{Channel, DeviceClass, Mark, VisitSource};
    use crate::store::visits::visit::Told;

    fn visits() -> impl Strategy<Value = Vec<Visit>> {
        let mark = (0_i64..86_400_000, any::<bool>(), 1_i64..300).prop_map(|(offset_ms, is_event, text)| Mark {
            offset_ms,
            kind: if is_event { MarkKind::Event } else { MarkKind::PageView },
            text,
        });
        let visit =
            (0_i64..86_400_000, 0_i64..86_400_000, any::<i64>(), 0_i64..70_000, prop::collection::vec(mark, 0..5));
        let visit = visit.prop_map(|(started_ms, duration_ms, visitor, text, marks)| Visit {
            project: ProjectId(1),
            started_ms,
            source: VisitSource::Web,
            session: visitor.wrapping_mul(3),
            ended_ms: started_ms + duration_ms,
            visitor,
            user: None,
            channel: Channel::Email,
            device: DeviceClass::Phone,
            country: Country::from_code(if text % 2 == 0 { "DE" } else { "" }),
            told: Told { referrer: text, host: 4, entry: text % 3, ..Told::default() },
            view_count: text.unsigned_abs(),
            event_count: 1,
            marks,
        });
        prop::collection::vec(visit, 0..400)
    }

    #[test]
    fn a_column_that_a_day_lacks_is_unknown_and_one_that_it_has_stays() {
        let mut day = Day::new(0, 3);
        day.put_unknown(Column::Country);
        assert_eq!(day.codes(Column::Country).unwrap(), &Codes { ids: vec![0], codes: vec![0; 3] });
        let known = Codes { ids: vec![0, 7], codes: vec![1, 0, 1] };
        day.put(Column::Country, &pack(&Values::Codes(known.clone()))).unwrap();
        day.put_unknown(Column::Country);
        assert_eq!(day.codes(Column::Country).unwrap(), &known);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn columns_read_back(visits in visits()) {
            let day = Day::of_visits(0, &visits, Needs::all());
            let mut read = Day::new(0, visits.len());
            for column in Column::ALL {
                read.put(column, &day.packed(column).unwrap()).unwrap();
            }
            prop_assert_eq!(read, day);
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), count in 0_usize..20) {
            for column in Column::ALL {
                let _ = Day::new(0, count).put(column, &bytes);
            }
        }

        #[test]
        fn changed_bytes_never_lead_out_of_a_list(visits in visits(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let day = Day::of_visits(0, &visits, Needs::all());
            let mut bytes = day.packed(Column::Pages).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let mut read = Day::new(0, visits.len());
            if read.put(Column::Pages, &bytes).is_ok() {
                let lists = read.lists(Column::Pages).unwrap();
                for visit in 0..visits.len() {
                    for code in &lists.items.codes[lists.range(visit)] {
                        prop_assert!(lists.items.ids.get(*code as usize).is_some());
                    }
                }
            }
        }
    }
}
