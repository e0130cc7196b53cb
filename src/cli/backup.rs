//! `hearth backup`: a copy of the database, beside a running server or without one.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::progress::Bar;
use super::{Exit, Output, exits};
use crate::backup::directory;
use crate::backup::error::BackupError;
use crate::backup::listing::{Copy, list};
use crate::backup::making::{Made, Order, Place, make};
use crate::backup::name::Reason;
use crate::backup::rotation::rotate;
use crate::backup::sending;
use crate::backup::watch::Watch;
use crate::config::Config;
use crate::domain::clock::{Clock as _, SystemClock};

/// `hearth backup`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct BackupArgs {
    /// File to write, - for stdout; without it, a new one in backup.directory
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// How to compress the copy
    #[arg(long, value_enum, default_value_t)]
    pub compress: Compression,

    /// List the copies that are there instead of making one
    #[arg(long, conflicts_with = "file")]
    pub list: bool,
}

/// How a copy is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Compression {
    /// Zstandard
    #[default]
    Zstd,
    /// Not at all: an SQLite file
    None,
}

/// Runs `hearth backup`.
pub fn run(
    args: &BackupArgs,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let done = match &args.file {
        _ if args.list => show_list(config, as_json, output),
        None => to_directory(args.compress, config, as_json, output),
        Some(file) if file.as_os_str() == "-" => to_stdout(args.compress, config, output),
        Some(file) => to_file(args.compress, config, file, as_json, output),
    };
    match done {
        Ok(exit) => Ok(exit),
        Err(error) => match error.downcast_ref::<BackupError>() {
            Some(known) => {
                writeln!(output.err, "hearth: {known}")?;
                Ok(exits::of_backup(known))
            }
            None => Err(error),
        },
    }
}

/// Into the directory of copies, as the server does it by itself.
fn to_directory(
    compress: Compression,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let directory = directory(&config.backup, &config.storage);
    let mut bar = Bar::default();
    let mut watch = Watch { follow: &mut bar, stop: Arc::default() };
    let order = order(compress, config, Place::Directory(&directory, Reason::Manual));
    let made = make(order, &mut watch)?;
    let deleted = rotate(&directory, config.backup.keep, &made.file, made.made_at_ms)?;
    let sent = send(config, &made, &mut watch)?;
    drop(bar);
    if as_json {
        let mut told = made_as_json(&made);
        told["deleted"] = deleted.iter().map(|path| path.display().to_string()).collect();
        told["sent"] = sent.as_ref().map(Result::is_ok).into();
        writeln!(output.out, "{told:#}")?;
    } else {
        writeln!(output.out, "{}", made.file.display())?;
        tell(&made, output)?;
        for path in deleted {
            writeln!(output.err, "deleted {} (backup.keep)", path.display())?;
        }
    }
    match sent {
        Some(Err(error)) => {
            writeln!(output.err, "hearth: the copy is there, but could not be sent to the bucket: {error}")?;
            Ok(Exit::Failure)
        }
        Some(Ok(())) => {
            writeln!(output.err, "sent to the bucket {}", config.backup.s3.bucket)?;
            Ok(Exit::Success)
        }
        None => Ok(Exit::Success),
    }
}

/// To a file of the caller's choice, which is neither rotated nor sent anywhere.
fn to_file(
    compress: Compression,
    config: &Config,
    file: &Path,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let mut bar = Bar::default();
    let made = make(order(compress, config, Place::File(file)), &mut Watch { follow: &mut bar, stop: Arc::default() })?;
    drop(bar);
    if as_json {
        writeln!(output.out, "{:#}", made_as_json(&made))?;
    } else {
        tell(&made, output)?;
    }
    Ok(Exit::Success)
}

/// Made and checked beside the database first: nobody can read back what went down a pipe.
fn to_stdout(
    compress: Compression,
    config: &Config,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let file = crate::store::connection::with_suffix(&config.storage.path, ".to-stdout");
    // What a crash has left. Two that do this at once are told apart by the right to copy.
    let _ = std::fs::remove_file(&file);
    let mut bar = Bar::default();
    let made =
        make(order(compress, config, Place::File(&file)), &mut Watch { follow: &mut bar, stop: Arc::default() })?;
    drop(bar);
    let copied = std::fs::File::open(&file).and_then(|mut from| {
        // It goes when it is closed, whatever becomes of the pipe.
        std::fs::remove_file(&file)?;
        std::io::copy(&mut from, &mut output.out)?;
        output.out.flush()
    });
    copied?;
    tell(&made, output)?;
    Ok(Exit::Success)
}

fn order<'a>(compress: Compression, config: &'a Config, place: Place<'a>) -> Order<'a> {
    let is_compressed = compress == Compression::Zstd;
    Order { storage: &config.storage, place, is_compressed, now_ms: SystemClock.now_ms() }
}

/// Sends the copy to the bucket, if there is one.
fn send(config: &Config, made: &Made, watch: &mut Watch<'_>) -> anyhow::Result<Option<Result<(), sending::SendError>>> {
    let bucket = &config.backup.s3;
    if !sending::is_on(bucket) {
        return Ok(None);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(Some(runtime.block_on(sending::send(bucket, &made.file, SystemClock.now_ms(), watch))))
}

fn tell(made: &Made, output: &mut Output<impl Write, impl Write>) -> std::io::Result<()> {
    let size = |bytes| bytesize::ByteSize::b(bytes).display().iec();
    let (file, database) = (size(made.file_bytes), size(made.database_bytes));
    writeln!(output.err, "copied {database} into {file}, read back and whole; the salt of addresses is not in it")
}

fn made_as_json(made: &Made) -> Value {
    json!({
        "file": made.file.display().to_string(),
        "bytes": made.file_bytes,
        "database_bytes": made.database_bytes,
        "schema": made.schema,
        "made_at": made.made_at_ms,
        "is_verified": true,
    })
}

fn show_list(config: &Config, as_json: bool, output: &mut Output<impl Write, impl Write>) -> anyhow::Result<Exit> {
    let directory = directory(&config.backup, &config.storage);
    let copies = list(&directory)?;
    if as_json {
        let told: Vec<_> = copies.iter().map(copy_as_json).collect();
        writeln!(output.out, "{:#}", Value::from(told))?;
        return Ok(Exit::Success);
    }
    for copy in &copies {
        let size = bytesize::ByteSize::b(copy.file_bytes).display().iec().to_string();
        let at = jiff::Timestamp::from_millisecond(copy.made_at_ms()).unwrap_or_default();
        let state = if copy.is_verified { "verified" } else { "not whole" };
        let (at, reason, path) = (at.strftime("%Y-%m-%d %H:%M:%S UTC"), copy.reason().as_str(), copy.path.display());
        writeln!(output.out, "{at}  {size:>10}  {state:9}  {reason:8}  {path}")?;
    }
    if copies.is_empty() {
        writeln!(output.err, "there are no copies in {}", directory.display())?;
    }
    Ok(Exit::Success)
}

fn copy_as_json(copy: &Copy) -> Value {
    let label = copy.label.as_ref();
    json!({
        "file": copy.path.display().to_string(),
        "made_at": copy.made_at_ms(),
        "reason": copy.reason().as_str(),
        "bytes": copy.file_bytes,
        "database_bytes": label.map(|label| label.database_bytes),
        "schema": label.map(|label| label.schema),
        "hearth": label.map(|label| label.hearth.as_str()),
        "is_verified": copy.is_verified,
    })
}
