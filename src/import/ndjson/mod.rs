//! Lines of JSON: those of `hearth export`, and app events as other tools write them.
//!
//! ```text
//! {"type":"heat_session"...}  heat        a session, whose events follow
//! {"type":"event"...}         events      an app's event, as it was stored
//! {"type":"tie"...} ...       identities  who is who
//! {"type":"request"...}       requests
//! anything else               plain       an event with a name and a time, decoded as if it had been sent
//! ```
//!
//! Lines of kinds that follow from these (visits, touches, conversions, persons, rollups) are passed over.

mod events;
mod heat;
mod identities;
mod requests;
mod wire;

use std::path::Path;

use anyhow::bail;
use serde::Deserialize;

use self::heat::Heat;
use super::lines::{self, Lines};
use super::plain::Plain;
use super::source::{PIECE_RECORDS, Source, SourceIdentity};
use super::{Piece, Refusal};
use crate::config::Config;
use crate::domain::Batch;
use crate::domain::heat::HeatBatch;
use crate::domain::id::ProjectId;
use crate::intake::traffic::kept::Kept;

/// A piece is handed over when its batches hold so much, in bytes.
pub(super) const PIECE_BYTES: usize = 1 << 20;

/// A file of lines.
pub struct Ndjson {
    lines: Lines,
    identity: SourceIdentity,
    total: u64,
    reader: Reader,
    is_strict: bool,
}

/// What understands lines, one after the other.
struct Reader {
    project: ProjectId,
    heat: Heat,
    kept: Kept,
    plain: Plain,
}

/// What a line says it is.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "type", default)]
    line_type: Option<std::borrow::Cow<'a, str>>,
    /// What lines of an export have, and Segment's `alias` has not.
    absorbed_user_id: Option<serde::de::IgnoredAny>,
    time_ms: Option<serde::de::IgnoredAny>,
}

/// Why a line is refused; never its content.
pub(super) type Reason = &'static str;

impl Ndjson {
    /// Opens a file, all of which goes into one project.
    pub fn open(
        path: &Path,
        config: &Config,
        project: ProjectId,
        is_strict: bool,
        now_ms: i64,
    ) -> anyhow::Result<Self> {
        let (fingerprint, total) = lines::hash_of_content(path)?;
        let plain = Plain::new(config, fingerprint, now_ms);
        let reader = Reader { project, heat: Heat::new(project), kept: Kept::new(&config.traffic), plain };
        let identity = SourceIdentity { kind: "ndjson", fingerprint };
        Ok(Self { lines: Lines::open(path, true)?, identity, total, reader, is_strict })
    }
}

impl Source for Ndjson {
    fn identity(&self) -> SourceIdentity {
        self.identity
    }

    fn total(&self) -> Option<u64> {
        Some(self.total)
    }

    fn seek(&mut self, position: u64) -> anyhow::Result<()> {
        let heat = &mut self.reader.heat;
        // Events of browsers belong to the session line before them.
        self.lines.skip_to(position, |line| {
            if let Some(text) = line.bytes.and_then(|bytes| std::str::from_utf8(bytes).ok())
                && text.starts_with(heat::SESSION_BEGINNING)
            {
                // If it was refused then, its events are refused now.
                let _ = heat.begin(text);
            }
        })
    }

    fn next(&mut self) -> anyhow::Result<Option<Piece>> {
        let mut piece = Piece::default();
        let mut batches = Batches::default();
        while piece.read < PIECE_RECORDS as u64 && batches.bytes < PIECE_BYTES {
            let Some(line) = self.lines.read_line()? else { break };
            piece.read += 1;
            let result = match line.bytes.map(std::str::from_utf8) {
                None => Err("it is longer than 16 MiB"),
                Some(Err(_)) => Err("it is no UTF-8"),
                Some(Ok(text)) if text.trim().is_empty() => Ok(()),
                Some(Ok(text)) => self.reader.read(text, line.start, &mut batches),
            };
            if let Err(reason) = result {
                refuse(&mut piece, line.number, reason, self.is_strict)?;
            }
        }
        if piece.read == 0 {
            return Ok(None);
        }
        piece.batches = batches.finish();
        piece.position = self.lines.position();
        Ok(Some(piece))
    }
}

/// Notes a refusal; an end of the import if it is strict.
pub(super) fn refuse(piece: &mut Piece, line: u64, reason: &str, is_strict: bool) -> anyhow::Result<()> {
    if is_strict {
        bail!("line {line}: {reason}");
    }
    piece.refused.push(Refusal::new(format!("line {line}"), reason));
    Ok(())
}

impl Reader {
    fn read(&mut self, text: &str, start: u64, batches: &mut Batches) -> Result<(), Reason> {
        let head: Head<'_> = serde_json::from_str(text).map_err(|_| "it is no JSON object")?;
        let of_export = head.time_ms.is_some() || head.absorbed_user_id.is_some();
        match head.line_type.as_deref() {
            Some("heat_session") => batches.push(self.heat.begin(text)?),
            Some("heat_event") => self.heat.event(text, batches)?,
            Some("event") if of_export => batches.push(events::read(text, self.project)?),
            Some("request") => batches.push(requests::read(text, self.project, &self.kept)?),
            Some("identifier" | "tie" | "web_match" | "trait" | "email" | "pairing") => {
                batches.push(identities::read(text, self.project)?);
            }
            Some("alias") if of_export => batches.push(identities::read(text, self.project)?),
            Some("visit" | "touch" | "conversion" | "person" | "rollup" | "point" | "goal") => {
                return Err("rows of this kind follow from others, which `hearth export all` has");
            }
            _ => batches.push(self.plain.read(text, start, self.project)?),
        }
        Ok(())
    }
}

/// Batches in the order of their lines; what goes together is one.
#[derive(Default)]
pub(super) struct Batches {
    done: Vec<Batch>,
    pub(super) bytes: usize,
}

impl Batches {
    /// Adds a batch of one line, or its content to the batch before.
    pub(super) fn push(&mut self, batch: Batch) {
        self.bytes += batch.bytes();
        match (self.done.last_mut(), batch) {
            (Some(Batch::Traffic(last)), Batch::Traffic(more)) => last.records.extend(more.records),
            (Some(Batch::Track(last)), Batch::Track(more))
                if last.received_at_ms == more.received_at_ms
                    && last.address_hash == more.address_hash
                    && last.country == more.country =>
            {
                last.events.extend(more.events);
            }
            (_, batch) => self.done.push(batch),
        }
    }

    /// The last batch, if it is of browsers' events; what is added to it takes so much more.
    pub(super) fn last_of_heat(&mut self, bytes: usize) -> Option<&mut HeatBatch> {
        match self.done.last_mut() {
            Some(Batch::Heat(last)) => {
                self.bytes += bytes;
                Some(last)
            }
            _ => None,
        }
    }

    pub(super) fn finish(self) -> Vec<Batch> {
        self.done
    }
}
