//! From the schema of an older Hearth to ours: a copy, the migrations in one transaction, a look whether all is still there.

use std::path::{Path, PathBuf};

use super::directory;
use super::error::BackupError;
use super::making::{Order, Place, make};
use super::name::Reason;
use super::watch::Watch;
use crate::config::{Backup, Storage};
use crate::store::connection::{self, Ownership};
use crate::store::file_sizes::FileSizes;
use crate::store::{StoreError, migrate, self_check};

/// The schema of the file, and that of this binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schemas {
    /// 0: there is no file, or nothing in it.
    pub found: i64,
    pub known: i64,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upgrade {
    /// The file is new, or as this binary needs it.
    NotNeeded,
    Done {
        from: i64,
        to: i64,
        /// The copy from before, unless `backup.before_upgrade` is off.
        copy: Option<PathBuf>,
    },
}

/// Why a database is not of our schema now.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the database was not upgraded and is as it was: no copy could be made before: {0} (backup.before_upgrade = false does without)"
    )]
    Copy(#[from] BackupError),
    #[error("the database was not upgraded and is as it was: {error}{way_back}")]
    Migration { error: StoreError, way_back: WayBack },
    #[error("the database was upgraded, but is not as it should be: {fault}{way_back}")]
    Fault { fault: String, way_back: WayBack },
}

/// What to do when an upgrade went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    pub copy: Option<PathBuf>,
    pub database: PathBuf,
    /// Whether the database is no longer as it was.
    pub is_changed: bool,
}

impl std::fmt::Display for WayBack {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let database = self.database.display();
        match &self.copy {
            Some(copy) if self.is_changed => write!(
                formatter,
                "\nThe way back: install the Hearth that you had before, and run\n  hearth restore '{}' --yes --data '{database}'",
                copy.display()
            ),
            Some(copy) => {
                write!(formatter, "\nThe Hearth that you had before still runs on it. A copy is in {}", copy.display())
            }
            None if self.is_changed => write!(
                formatter,
                "\nNo copy was made before (backup.before_upgrade is off). Bring back your own copy of {database} with the Hearth that you had before."
            ),
            None => write!(formatter, "\nThe Hearth that you had before still runs on it."),
        }
    }
}

/// Looks at the file without changing a byte of it.
pub fn schemas(database: &Path) -> Result<Schemas, StoreError> {
    let known = migrate::newest_known();
    if FileSizes::of(database).database == 0 {
        return Ok(Schemas { found: 0, known });
    }
    Ok(Schemas { found: migrate::schema_of(&connection::open_to_look(database)?)?, known })
}

/// Brings an existing file to our schema. Nobody may have it open; a file of a newer Hearth is refused untouched. Blocks.
pub fn upgrade(
    storage: &Storage,
    backup: &Backup,
    now_ms: i64,
    watch: &mut Watch<'_>,
) -> Result<Upgrade, UpgradeError> {
    connection::check_sqlite_version()?;
    let Schemas { found, known } = schemas(&storage.path)?;
    if found > known {
        return Err(StoreError::NewerFile { found, known }.into());
    }
    if found == 0 || found == known {
        return Ok(Upgrade::NotNeeded);
    }
    let _rights = (Ownership::take(&storage.path)?, Ownership::take_beside(&storage.path)?);
    tracing::info!(from = found, to = known, "the database is of an older Hearth: upgrading it");
    let copy = if backup.before_upgrade {
        let directory = directory(backup, storage);
        let place = Place::Directory(&directory, Reason::Upgrade);
        let made = make(Order { storage, place, is_compressed: true, now_ms }, watch)?;
        tracing::info!(copy = %made.file.display(), "a copy from before the upgrade was made");
        Some(made.file)
    } else {
        None
    };
    let way_back = |is_changed| WayBack { copy: copy.clone(), database: storage.path.clone(), is_changed };
    let before =
        migrated(storage, now_ms).map_err(|error| UpgradeError::Migration { error, way_back: way_back(false) })?;
    let file = connection::open_writer(storage)?;
    if let Some(fault) = self_check::find_fault(&file, &before)? {
        return Err(UpgradeError::Fault { fault, way_back: way_back(true) });
    }
    tracing::info!(from = found, to = known, "the database was upgraded");
    Ok(Upgrade::Done { from: found, to: known, copy })
}

/// Migrates, in one transaction; answers what was counted before.
fn migrated(storage: &Storage, now_ms: i64) -> Result<Vec<(&'static str, i64)>, StoreError> {
    let mut file = connection::open_writer(storage)?;
    let before = self_check::row_counts(&file)?;
    migrate::migrate(&mut file, now_ms)?;
    Ok(before)
}
