//! `hearth restore`: puts a copy in the place of the database.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::progress::Bar;
use super::{Exit, Output, exits};
use crate::backup::error::BackupError;
use crate::backup::label::Label;
use crate::backup::restoring::{self, Plan, Restored, Source};
use crate::backup::watch::Watch;
use crate::config::Config;
use crate::domain::clock::{Clock as _, SystemClock};

/// `hearth restore`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct RestoreArgs {
    /// The copy, compressed or not; - for stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Do it: the database that is there is put aside
    #[arg(long)]
    pub yes: bool,
}

/// Runs `hearth restore`.
pub fn run(
    args: &RestoreArgs,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let source = if args.file.as_os_str() == "-" { Source::Stdin } else { Source::File(&args.file) };
    let now_ms = SystemClock.now_ms();
    if !args.yes {
        return match restoring::plan(&config.storage, source, now_ms) {
            Ok(plan) => tell_plan(args, config, &plan, as_json, output),
            Err(error) => refuse(&error, output),
        };
    }
    let mut bar = Bar::default();
    let restored =
        restoring::restore(&config.storage, source, now_ms, &mut Watch { follow: &mut bar, stop: Arc::default() });
    drop(bar);
    match restored {
        Ok(restored) => tell(config, &restored, as_json, output),
        Err(error) => refuse(&error, output),
    }
}

fn refuse(error: &BackupError, output: &mut Output<impl Write, impl Write>) -> anyhow::Result<Exit> {
    writeln!(output.err, "hearth: {error}; the database is as it was")?;
    Ok(exits::of_backup(error))
}

fn tell_plan(
    args: &RestoreArgs,
    config: &Config,
    plan: &Plan,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let database = config.storage.path.display();
    if as_json {
        let aside = plan.aside.as_ref().map(|path| path.display().to_string());
        let told = json!({"is_done": false, "database": database.to_string(), "aside": aside,
                          "made_at": plan.label.as_ref().map(|label| label.made_at),
                          "schema": plan.label.as_ref().map(|label| label.schema)});
        writeln!(output.out, "{told:#}")?;
    }
    writeln!(output.err, "This would put {} in the place of {database}.", args.file.display())?;
    if let Some(label) = &plan.label {
        writeln!(output.err, "The copy is of {}.", moment(label))?;
    }
    match &plan.aside {
        Some(aside) => writeln!(output.err, "The database that is there would stay as {}.", aside.display())?,
        None => writeln!(output.err, "There is no database there now.")?,
    }
    writeln!(output.err, "Nothing was done; say --yes to do it, while no server is running.")?;
    Ok(Exit::Failure)
}

fn tell(
    config: &Config,
    restored: &Restored,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let database = config.storage.path.display();
    if as_json {
        let aside = restored.aside.as_ref().map(|path| path.display().to_string());
        let told = json!({"is_done": true, "database": database.to_string(), "aside": aside, "schema": restored.schema,
                          "database_bytes": restored.database_bytes,
                          "made_at": restored.label.as_ref().map(|label| label.made_at)});
        writeln!(output.out, "{told:#}")?;
        return Ok(Exit::Success);
    }
    match &restored.label {
        Some(label) => writeln!(output.err, "{database} is as it was on {}", moment(label))?,
        None => writeln!(output.err, "{database} is what was in the copy")?,
    }
    if let Some(aside) = &restored.aside {
        writeln!(
            output.err,
            "the database that was there is {}; delete it when you no longer need it",
            aside.display()
        )?;
    }
    Ok(Exit::Success)
}

fn moment(label: &Label) -> String {
    let at = jiff::Timestamp::from_millisecond(label.made_at).unwrap_or_default();
    format!("{}, by Hearth {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"), label.hearth)
}
