//! `hearth migrate`: which schema the database has, and bringing it to that of this binary.

use std::io::Write;
use std::sync::Arc;

use clap::Subcommand;
use serde_json::json;

use super::progress::Bar;
use super::{Exit, Output, exits};
use crate::backup::upgrade::{Schemas, Upgrade, UpgradeError, schemas, upgrade};
use crate::backup::watch::Watch;
use crate::config::Config;
use crate::domain::clock::{Clock as _, SystemClock};

/// `hearth migrate ...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum MigrateCommand {
    /// Show the schema of the database, and of this binary
    Status,
    /// Bring the database to the schema of this binary; no server may be running
    Up,
}

/// Runs `hearth migrate`.
pub fn run(
    command: &MigrateCommand,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let done = match command {
        MigrateCommand::Status => match schemas(&config.storage.path) {
            Ok(schemas) => return status(config, schemas, as_json, output),
            Err(error) => Err(UpgradeError::Store(error)),
        },
        MigrateCommand::Up => {
            let mut bar = Bar::default();
            let mut watch = Watch { follow: &mut bar, stop: Arc::default() };
            upgrade(&config.storage, &config.backup, SystemClock.now_ms(), &mut watch)
        }
    };
    match done {
        Ok(upgrade) => told(config, &upgrade, as_json, output),
        Err(error) => {
            writeln!(output.err, "hearth: {error}")?;
            Ok(exits::of_upgrade(&error))
        }
    }
}

fn status(
    config: &Config,
    Schemas { found, known }: Schemas,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let state = match found {
        0 => "none",
        found if found < known => "older",
        found if found > known => "newer",
        _ => "current",
    };
    let database = config.storage.path.display();
    if as_json {
        let told = json!({"database": database.to_string(), "state": state, "schema": found, "known": known});
        writeln!(output.out, "{told:#}")?;
        return Ok(Exit::Success);
    }
    writeln!(output.out, "database  schema {found}  {database}")?;
    writeln!(output.out, "binary    schema {known}  Hearth {}", env!("CARGO_PKG_VERSION"))?;
    let words = match state {
        "none" => "There is no database yet; `hearth serve` makes it.",
        "older" => {
            "The database is of an older Hearth; `hearth serve` or `hearth migrate up` upgrades it, after a copy."
        }
        "newer" => "The database is of a newer Hearth; this one leaves it alone.",
        _ => "The database is as this Hearth needs it.",
    };
    writeln!(output.err, "{words}")?;
    Ok(Exit::Success)
}

fn told(
    config: &Config,
    upgrade: &Upgrade,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let database = config.storage.path.display();
    if as_json {
        let told = match upgrade {
            Upgrade::NotNeeded => json!({"database": database.to_string(), "is_changed": false}),
            Upgrade::Done { from, to, copy } => json!({
                "database": database.to_string(), "is_changed": true, "from": from, "to": to,
                "copy": copy.as_ref().map(|path| path.display().to_string()),
            }),
        };
        writeln!(output.out, "{told:#}")?;
        return Ok(Exit::Success);
    }
    match upgrade {
        Upgrade::NotNeeded => writeln!(output.err, "{database} needs no upgrade")?,
        Upgrade::Done { from, to, copy } => {
            writeln!(output.err, "{database} was upgraded from schema {from} to {to} and checked")?;
            if let Some(copy) = copy {
                writeln!(output.err, "the way back: the Hearth from before, and")?;
                writeln!(output.err, "  hearth restore '{}' --yes --data '{database}'", copy.display())?;
            }
        }
    }
    Ok(Exit::Success)
}
