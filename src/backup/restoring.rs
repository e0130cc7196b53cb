//! Putting a copy in the place of the database.
//!
//! The order is what makes it safe: the copy is unpacked beside the database, checked, and on the disk before anything is
//! touched; the old file gets a second name, and then one rename puts the new one in its place. Whenever the machine stops,
//! the database's name leads to the old file or to the new one, and both are whole.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::error::BackupError;
use super::label::Label;
use super::making::has_space;
use super::name::stamp;
use super::reading::{Target, unpack};
use super::temporary::Temporary;
use super::upgrade;
use super::watch::{Phase, Watch};
use crate::config::Storage;
use crate::store::connection::{self, Ownership, directory_of, with_suffix};
use crate::store::put_aside::{Settled, settle};
use crate::store::{StoreError, copying, migrate};

/// Bytes after which what was unpacked is pushed to the disk, and the free space looked at.
const BYTES_PER_SYNC: u64 = 8 * 1024 * 1024;

/// Where a copy comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    File(&'a Path),
    Stdin,
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What the copy says about itself; not checked.
    pub label: Option<Label>,
    /// Where the database that is there goes, if there is one.
    pub aside: Option<PathBuf>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub label: Option<Label>,
    pub database_bytes: u64,
    pub schema: i64,
    /// Where the database that was there is now.
    pub aside: Option<PathBuf>,
}

/// Says what [`restore`] would do, and changes nothing.
pub fn plan(storage: &Storage, source: Source<'_>, now_ms: i64) -> Result<Plan, BackupError> {
    let label = match source {
        Source::File(path) => Label::of(open(storage, path)?),
        Source::Stdin => None,
    };
    Ok(Plan { label, aside: storage.path.exists().then(|| aside(&storage.path, now_ms)) })
}

/// Puts the copy in the place of the database. Nobody may have that open.
pub fn restore(
    storage: &Storage,
    source: Source<'_>,
    now_ms: i64,
    watch: &mut Watch<'_>,
) -> Result<Restored, BackupError> {
    let database = &storage.path;
    connection::check_sqlite_version()?;
    connection::prepare_directory(database)?;
    // Whoever writes, writes much, or copies.
    let _rights = (
        Ownership::take(database)?,
        Ownership::take_beside(database)?,
        match Ownership::take_for_copy(database) {
            Err(StoreError::InUse(path)) => return Err(BackupError::Busy(path)),
            right => right?,
        },
    );
    let new = Temporary::at(with_suffix(database, ".restoring"));
    // Only a crash leaves one, and we are alone.
    let _ = std::fs::remove_file(new.path());
    let (label, database_bytes) = match source {
        Source::File(path) => receive(storage, open(storage, path)?, path, new.path(), watch)?,
        Source::Stdin => receive(storage, io::stdin().lock(), Path::new("stdin"), new.path(), watch)?,
    };
    let schema = check(source, new.path(), database_bytes, watch)?;
    let aside = if database.exists() { Some(put_aside(database, now_ms)?) } else { None };
    // From here on the new file is the database.
    new.rename(database)?;
    upgrade::forget(database)?;
    Ok(Restored { label, database_bytes, schema, aside })
}

/// Opens the copy, which must not be the database.
fn open(storage: &Storage, path: &Path) -> Result<File, BackupError> {
    let file = File::open(path).map_err(BackupError::read(path))?;
    let identity = |metadata: &std::fs::Metadata| (metadata.dev(), metadata.ino());
    let own = file.metadata().map_err(BackupError::read(path))?;
    match std::fs::metadata(&storage.path) {
        Ok(database) if identity(&database) == identity(&own) => Err(BackupError::Itself(path.display().to_string())),
        _ => Ok(file),
    }
}

/// Unpacks the copy beside the database, down to the disk.
fn receive(
    storage: &Storage,
    from: impl Read,
    name: &Path,
    path: &Path,
    watch: &mut Watch<'_>,
) -> Result<(Option<Label>, u64), BackupError> {
    let failed = || BackupError::write(path);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed())?;
    let model = if storage.path.exists() { &storage.path } else { directory_of(&storage.path) };
    connection::give_to_owner_of(model, &file);
    let mut landing = Landing { file: &file, directory: directory_of(path), min_free: storage.min_free, unsynced: 0 };
    let unpacked = unpack(from, name, &mut Target { to: &mut landing, path }, Phase::Unpacking, watch)?;
    file.sync_all().map_err(failed())?;
    Ok((unpacked.label, unpacked.bytes))
}

/// A file that is written without filling the disk, and without leaving all of the syncing to the end.
struct Landing<'a> {
    file: &'a File,
    directory: &'a Path,
    min_free: u64,
    unsynced: u64,
}

impl Write for Landing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.unsynced >= BYTES_PER_SYNC {
            self.unsynced = 0;
            self.file.sync_data()?;
            has_space(self.directory, self.min_free, 0)
                .map_err(|error| io::Error::new(io::ErrorKind::StorageFull, error.to_string()))?;
        }
        let written = self.file.write(bytes)?;
        self.unsynced += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Looks whether the unpacked file is whole, and one that this binary can use.
fn check(source: Source<'_>, path: &Path, bytes: u64, watch: &mut Watch<'_>) -> Result<i64, BackupError> {
    let name = match source {
        Source::File(path) => path,
        Source::Stdin => Path::new("stdin"),
    };
    watch.go_on(Phase::Checking, 0, bytes)?;
    let marks = match copying::verify(path, &watch.stop) {
        Err(StoreError::Stopped) => return Err(BackupError::Stopped),
        verified => verified?.map_err(|what| BackupError::damaged(name, what))?,
    };
    let known = migrate::newest_known();
    match marks.schema {
        0 => Err(BackupError::damaged(name, "it is no database of Hearth")),
        found if found > known => Err(StoreError::NewerFile { found, known }.into()),
        found => Ok(found),
    }
}

/// Gives the old database another name as well; its log is in it afterwards.
fn put_aside(database: &Path, now_ms: i64) -> Result<PathBuf, BackupError> {
    let target = aside(database, now_ms);
    let beside = match settle(database)? {
        Settled::Whole => Vec::new(),
        Settled::Damaged(files) => files,
    };
    if std::fs::hard_link(database, &target).is_err() {
        // Not every file system has second names.
        std::fs::copy(database, &target).map_err(BackupError::write(&target))?;
        File::open(&target).and_then(|file| file.sync_all()).map_err(BackupError::write(&target))?;
    }
    connection::sync_directory(&target)?;
    // Only beside a damaged file: what is left there would be taken for the log of the new one.
    for file in beside {
        let end = file.as_os_str().to_string_lossy();
        let end = end.strip_prefix(&*database.as_os_str().to_string_lossy()).unwrap_or_default().to_owned();
        let to = with_suffix(&target, &end);
        std::fs::rename(&file, &to).map_err(BackupError::write(&to))?;
    }
    connection::sync_directory(&target)?;
    Ok(target)
}

/// A name that is free.
fn aside(database: &Path, now_ms: i64) -> PathBuf {
    let first = with_suffix(database, &format!(".before-restore-{}", stamp(now_ms.div_euclid(1_000))));
    let others = (2..1_000).map(|count| with_suffix(&first, &format!("-{count}")));
    [first.clone()].into_iter().chain(others).find(|path| !path.exists()).unwrap_or(first)
}
