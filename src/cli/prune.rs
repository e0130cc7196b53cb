//! `hearth prune`: deletes what is older than it may be, now. Beside a running server, which does the same by itself.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Value, json};

use super::registry::{date, open};
use super::{Exit, Output};
use crate::config::Config;
use crate::domain::clock::{Clock, SystemClock};
use crate::store::connection::Ownership;
use crate::store::dictionary::TextHash;
use crate::store::retention::compact::{Compacted, Compaction, compact};
use crate::store::retention::due::{Due, due};
use crate::store::retention::pruner::Pruner;
use crate::store::retention::{ClockState, Progress, Rules, progress};
use crate::store::visits::start_of_day;
use crate::store::{StoreError, checkpoint, migrate};

/// How long one transaction deletes: as long as a server beside it may have to wait.
const STEP: Duration = Duration::from_millis(20);

/// How long the server has the file for itself between two of them.
const PAUSE: Duration = Duration::from_millis(5);

/// Steps after which the log is copied into the file.
const STEPS_PER_CHECKPOINT: u32 = 50;

/// `hearth prune`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct PruneArgs {
    /// Only say what would be deleted
    #[arg(long)]
    pub dry_run: bool,

    /// Delete all that is too old, however much it is; says that the machine's clock is right
    #[arg(long)]
    pub yes: bool,

    /// Rewrite the file so that it takes no more space than it needs; no server may be running
    #[arg(long)]
    pub compact: bool,
}

/// Runs `hearth prune`.
pub fn run(
    args: &PruneArgs,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let rules = Rules::of(&config.retention);
    let mut file = open(config)?;
    let now_ms = SystemClock.now_ms();
    if args.dry_run {
        tell_due(&due(&file, rules, now_ms, args.yes)?, as_json, output)?;
        warn(&progress::progress(&file, rules, now_ms)?, output)?;
        return Ok(Exit::Success);
    }
    let place = match Ownership::take_beside(&config.storage.path) {
        Ok(place) => place,
        Err(error @ StoreError::InUse(_)) => {
            writeln!(output.err, "hearth: another command works on the file; {error}")?;
            return Ok(Exit::Unavailable);
        }
        Err(error) => return Err(error.into()),
    };
    let rows = prune(&mut file, rules, args.yes, as_json)?;
    let after = progress::progress(&file, rules, SystemClock.now_ms())?;
    let is_held_up = matches!(after.clock, ClockState::Jumped { .. } | ClockState::NoRecentData { .. });
    drop(file);
    drop(place);
    let compacted = match args.compact.then(|| compact(&config.storage)).transpose() {
        Ok(None) => None,
        Ok(Some(Compaction::Done(compacted))) => Some(compacted),
        Ok(Some(Compaction::NeedsSpace { needed_bytes, free_bytes })) => {
            writeln!(
                output.err,
                "hearth: writing the file anew needs {needed_bytes} bytes on its disk; {free_bytes} are free"
            )?;
            return Ok(Exit::Failure);
        }
        Err(error @ StoreError::InUse(_)) => {
            writeln!(output.err, "hearth: {error}; stop it first, then run `hearth prune --compact` again")?;
            return Ok(Exit::Unavailable);
        }
        Err(error) => return Err(error).context("the file could not be written anew; it is as it was"),
    };
    tell_done(rows, compacted, &after, as_json, output)?;
    warn(&after, output)?;
    Ok(if is_held_up && rows == 0 { Exit::ProblemsFound } else { Exit::Success })
}

/// Deletes in steps until nothing is left to be deleted now; returns how many rows.
fn prune(file: &mut Connection, rules: Rules, is_unbounded: bool, as_json: bool) -> Result<u64, StoreError> {
    let hash = TextHash::new(&migrate::install_secret(file)?);
    let mut pruner = Pruner::new(hash);
    pruner.keep(rules);
    if is_unbounded {
        let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
        pruner.allow_all(&transaction, SystemClock.now_ms())?;
        transaction.commit()?;
    }
    let bar = bar(as_json);
    let (mut rows, mut steps) = (0, 0_u32);
    loop {
        let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let step = pruner.step(&transaction, SystemClock.now_ms(), Instant::now() + STEP)?;
        transaction.commit()?;
        rows += step.rows;
        if let Some(bar) = &bar {
            bar.set_position(rows);
        }
        steps += 1;
        if !step.has_more {
            break;
        }
        if steps.is_multiple_of(STEPS_PER_CHECKPOINT) {
            checkpoint::passive(file)?;
        }
        std::thread::sleep(PAUSE);
    }
    checkpoint::passive(file)?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(rows)
}

/// Shown on a terminal only. How much there will be is not known before.
fn bar(as_json: bool) -> Option<ProgressBar> {
    (!as_json && std::io::stderr().is_terminal()).then(|| {
        let bar = ProgressBar::new_spinner().with_message("Deleting what is too old");
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {human_pos} rows, {per_sec}, {elapsed}") {
            bar.set_style(style);
        }
        bar
    })
}

fn day(day: Option<i64>) -> String {
    day.map_or_else(|| "-".to_owned(), |day| date(start_of_day(day)))
}

/// For how many days a kind is kept.
fn kept(kept_ms: Option<i64>) -> String {
    kept_ms.map_or_else(|| "for ever".to_owned(), |kept_ms| format!("{} d", kept_ms / 86_400_000))
}

fn tell_due(found: &[Due], as_json: bool, output: &mut Output<impl Write, impl Write>) -> anyhow::Result<()> {
    if as_json {
        let told: Vec<Value> = found
            .iter()
            .map(|due| {
                json!({"kind": due.kind.name(), "kept_ms": due.kept_ms, "rows": due.rows, "bytes": due.bytes,
                       "oldest_day": due.oldest_day.map(|oldest| day(Some(oldest))),
                       "newest_day": due.newest_day.map(|newest| day(Some(newest)))})
            })
            .collect();
        writeln!(output.out, "{:#}", json!({"due": told}))?;
        return Ok(());
    }
    writeln!(
        output.out,
        "{:<9} {:>9} {:>12} {:<11} {:<11} {:>14}",
        "kind", "kept", "rows", "from", "to", "bytes, about"
    )?;
    for due in found {
        writeln!(
            output.out,
            "{:<9} {:>9} {:>12} {:<11} {:<11} {:>14}",
            due.kind.name(),
            kept(due.kept_ms),
            due.rows,
            day(due.oldest_day),
            day(due.newest_day),
            due.bytes
        )?;
    }
    Ok(())
}

fn tell_done(
    rows: u64,
    compacted: Option<Compacted>,
    after: &Progress,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<()> {
    let behind: Vec<_> = after.kinds.iter().filter(|kind| kind.days_behind() > 0).collect();
    if as_json {
        let behind: Vec<Value> =
            behind.iter().map(|kind| json!({"kind": kind.kind.name(), "days": kind.days_behind()})).collect();
        let compacted = compacted
            .map(|compacted| json!({"before_bytes": compacted.before_bytes, "after_bytes": compacted.after_bytes}));
        writeln!(output.out, "{:#}", json!({"rows": rows, "compacted": compacted, "behind": behind}))?;
        return Ok(());
    }
    writeln!(output.err, "deleted {rows} rows")?;
    if let Some(Compacted { before_bytes, after_bytes }) = compacted {
        writeln!(output.err, "the file had {before_bytes} bytes and has {after_bytes}")?;
    }
    for kind in behind {
        writeln!(
            output.err,
            "{}: data of {} and later are still there; a day deletes two days of them, `hearth prune --yes` all that are too old",
            kind.kind.name(),
            day(kind.oldest_day)
        )?;
    }
    Ok(())
}

/// Says why nothing is deleted.
fn warn(found: &Progress, output: &mut Output<impl Write, impl Write>) -> anyhow::Result<()> {
    match found.clock {
        ClockState::Believed | ClockState::NoData => {}
        ClockState::Jumped { noted_ms, hours_left, .. } => writeln!(
            output.err,
            "hearth: the clock has moved by more than 48 hours since {}; nothing is deleted until it has gone on for {hours_left} more \
             hours and data have come. If the clock is right, say `hearth prune --yes`",
            date(noted_ms)
        )?,
        ClockState::NoRecentData { newest_ms } => writeln!(
            output.err,
            "hearth: no data have come since {}, more than 48 hours ago; nothing is deleted. If the clock is right, say `hearth prune \
             --yes`",
            date(newest_ms)
        )?,
    }
    Ok(())
}
