//! Tables as CSV (RFC 4180), whose columns are told what they mean. Each row is an app event.

use std::io::{BufRead, Read as _};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use csv::{ByteRecord, Position, ReaderBuilder};
use serde_json::{Map, Value};

use super::Piece;
use super::lines;
use super::ndjson::{Batches, PIECE_BYTES, refuse};
use super::plain::{Plain, cell_value};
use super::source::{PIECE_RECORDS, Source, SourceIdentity};
use crate::config::Config;
use crate::domain::id::ProjectId;

/// Most columns of a table.
const MAX_COLUMNS: usize = 1_000;

/// Longest first line that is looked at.
const MAX_HEADER_BYTES: u64 = 1 << 20;

/// What a column can be; the rest are properties of the event.
const PARTS: [(&str, &str); 9] = [
    ("name", "event"),
    ("time", "timestamp"),
    ("user", "userId"),
    ("anonymous", "anonymousId"),
    ("session", "sessionId"),
    ("id", "eventId"),
    ("revenue", "revenue"),
    ("currency", "currency"),
    ("source", "source"),
];

/// An open table.
pub struct CsvRows {
    reader: csv::Reader<Box<dyn BufRead + Send>>,
    head: Vec<Meaning>,
    identity: SourceIdentity,
    total: u64,
    project: ProjectId,
    plain: Plain,
    /// Every row's event, where no column names it.
    name: Option<String>,
    /// What is to be added to the reader's count of lines: of lines that end with CRLF it counts the LF with the next.
    lines_behind: u64,
    is_strict: bool,
}

/// What a column means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    /// A member of the event.
    Part(&'static str),
    Property(String),
}

/// One `--map`: what, and the column it is in; or a name in quotes' stead, `name=:purchase`.
pub type Mapping = (String, String);

impl CsvRows {
    /// Opens a table, all of which goes into one project.
    pub fn open(
        path: &Path,
        mappings: &[Mapping],
        config: &Config,
        project: ProjectId,
        is_strict: bool,
        now_ms: i64,
    ) -> anyhow::Result<Self> {
        let (content, total) = lines::hash_of_content(path)?;
        // With other meanings it is another import.
        let fingerprint = lines::hash_with(content, &format!("{mappings:?}"));
        let mut first_line = Vec::new();
        lines::reader(path)?
            .take(MAX_HEADER_BYTES)
            .read_until(b'\n', &mut first_line)
            .context("the file cannot be read")?;
        let lines_behind = u64::from(first_line.ends_with(b"\r\n"));
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(lines::reader(path)?);
        let names: Vec<String> = reader
            .byte_headers()
            .context("the first line is no header")?
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').trim().to_owned())
            .collect();
        ensure!(names.len() <= MAX_COLUMNS, "there are more than {MAX_COLUMNS} columns");
        let (head, name) = meanings(&names, mappings)?;
        let plain = Plain::new(config, fingerprint, now_ms);
        let identity = SourceIdentity { kind: "csv", fingerprint };
        Ok(Self {
            reader,
            head,
            identity,
            total: total.saturating_sub(1),
            project,
            plain,
            name,
            lines_behind,
            is_strict,
        })
    }

    fn event(&self, row: &ByteRecord) -> Map<String, Value> {
        let (mut event, mut properties) = (Map::new(), Map::new());
        for (cell, meaning) in row.iter().zip(&self.head) {
            if cell.is_empty() {
                continue;
            }
            let text = String::from_utf8_lossy(cell);
            match meaning {
                Meaning::Part(key @ ("revenue" | "currency" | "source")) => {
                    properties.insert((*key).to_owned(), cell_value(text));
                }
                Meaning::Part(key) => {
                    event.insert((*key).to_owned(), Value::from(text.into_owned()));
                }
                Meaning::Property(name) => {
                    properties.insert(name.clone(), cell_value(text));
                }
            }
        }
        if let Some(name) = &self.name {
            event.insert("event".to_owned(), Value::from(name.as_str()));
        }
        event.insert("properties".to_owned(), Value::Object(properties));
        event
    }
}

/// What the columns mean, and the name of every event if no column has it.
fn meanings(names: &[String], mappings: &[Mapping]) -> anyhow::Result<(Vec<Meaning>, Option<String>)> {
    let mut head: Vec<Meaning> = names.iter().map(|name| Meaning::Property(name.clone())).collect();
    let mut fixed_name = None;
    for (part, column) in mappings {
        let known = PARTS.iter().find(|(word, _)| word == part).map(|(_, key)| *key);
        let Some(key) = known else {
            let words: Vec<&str> = PARTS.iter().map(|(word, _)| *word).collect();
            bail!("--map {part}=...: there is no such part of an event; there are {}", words.join(", "));
        };
        if let (Some(name), "event") = (column.strip_prefix(':'), key) {
            fixed_name = Some(name.to_owned());
            continue;
        }
        let Some(at) = names.iter().position(|name| name == column) else {
            bail!("--map {part}={column}: there is no such column; there are {}", names.join(", "));
        };
        if let Some(place) = head.get_mut(at) {
            *place = Meaning::Part(key);
        }
    }
    let has = |key| head.contains(&Meaning::Part(key));
    ensure!(
        has("event") || fixed_name.is_some(),
        "say which column has the event's name: --map name=COLUMN, or --map name=:NAME for all"
    );
    ensure!(has("timestamp"), "say which column has the time: --map time=COLUMN");
    Ok((head, fixed_name))
}

impl Source for CsvRows {
    fn identity(&self) -> SourceIdentity {
        self.identity
    }

    fn total(&self) -> Option<u64> {
        Some(self.total)
    }

    fn seek(&mut self, position: u64) -> anyhow::Result<()> {
        // Read, not jumped over: lines keep their numbers.
        let mut row = ByteRecord::new();
        // What finds no row at the end may still move on, behind the LF of a last CRLF.
        while self.reader.position().byte() < position && self.reader.read_byte_record(&mut row)? {}
        ensure!(self.reader.position().byte() == position, "the file has changed since it was imported in part");
        Ok(())
    }

    fn next(&mut self) -> anyhow::Result<Option<Piece>> {
        let mut piece = Piece::default();
        let mut batches = Batches::default();
        let mut row = ByteRecord::new();
        while piece.read < PIECE_RECORDS as u64 && batches.bytes < PIECE_BYTES {
            let place = self.reader.position().clone();
            if !self.reader.read_byte_record(&mut row).context("the file cannot be read")? {
                break;
            }
            piece.read += 1;
            let line = row.position().map_or(place.line(), Position::line) + self.lines_behind;
            let start = row.position().map_or(place.byte(), Position::byte);
            let result = if row.len() > self.head.len() {
                Err("it has more cells than the header")
            } else {
                self.plain.event(self.event(&row), start, self.project)
            };
            match result {
                Ok(batch) => batches.push(batch),
                Err(reason) => refuse(&mut piece, line, reason, self.is_strict)?,
            }
        }
        if piece.read == 0 {
            return Ok(None);
        }
        piece.batches = batches.finish();
        piece.position = self.reader.position().byte();
        Ok(Some(piece))
    }
}

/// Reads one `--map`.
pub fn parse_mapping(text: &str) -> Result<Mapping, String> {
    match text.split_once('=') {
        Some((part, column)) if !part.is_empty() && !column.is_empty() => Ok((part.to_owned(), column.to_owned())),
        _ => Err("a mapping is PART=COLUMN, such as name=event_type".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn columns_mean_what_they_are_told() {
        let names: Vec<String> = ["what", "when", "colour"].map(str::to_owned).into();
        let map = |maps: &[&str]| {
            let maps: Vec<Mapping> = maps.iter().map(|text| parse_mapping(text).unwrap()).collect();
            meanings(&names, &maps)
        };
        let (head, name) = map(&["name=what", "time=when"]).unwrap();
        assert_eq!(head, [Meaning::Part("event"), Meaning::Part("timestamp"), Meaning::Property("colour".to_owned())]);
        assert_eq!(name, None);
        assert_eq!(map(&["name=:purchase", "time=when"]).unwrap().1.as_deref(), Some("purchase"));
        for (maps, says) in [
            (&["time=when"][..], "--map name=COLUMN"),
            (&["name=what"][..], "--map time=COLUMN"),
            (&["name=nowhere", "time=when"][..], "there are what, when, colour"),
            (&["colour=colour"][..], "no such part"),
        ] {
            let error = map(maps).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn cells_are_numbers_only_if_nothing_is_lost() {
        for (text, json) in
            [("12", "12"), ("12.50", "\"12.50\""), ("0123", "\"0123\""), ("true", "true"), ("a", "\"a\"")]
        {
            assert_eq!(cell_value(Cow::Borrowed(text)).to_string(), json);
        }
    }
}
