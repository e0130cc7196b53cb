//! From the schema of an older Hearth to ours: a copy, the migrations in one transaction, a look whether all is still there.
//!
//! What was there before is noted in a file beside the database until the look was good. Whoever starts after a crash, or
//! after a look that was bad, looks again, and does not go on with a database of which something is missing.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::directory;
use super::error::BackupError;
use super::making::{Order, Place, make};
use super::name::Reason;
use super::rotation::rotate;
use super::watch::Watch;
use crate::config::{Backup, Storage};
use crate::store::connection::{self, Ownership, with_suffix};
use crate::store::file_sizes::FileSizes;
use crate::store::self_check::{self, Inventory, Since};
use crate::store::{StoreError, migrate};

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
        "the database was not upgraded and is as it was, because no copy could be made before: {0} (backup.before_upgrade = false does without)"
    )]
    Copy(#[from] BackupError),
    #[error(
        "the database was not upgraded and is as it was: {error}\nThe Hearth that you had before still runs on it."
    )]
    Migration { error: StoreError },
    #[error("the database was upgraded, but is not as it should be: {fault}\n{way_back}")]
    Fault { fault: String, way_back: WayBack },
}

/// What to do when an upgraded database is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    pub copy: Option<PathBuf>,
    pub database: PathBuf,
}

impl std::fmt::Display for WayBack {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let database = self.database.display();
        match &self.copy {
            Some(copy) => write!(
                formatter,
                "The way back: install the Hearth that you had before, and run\n  hearth restore '{}' --yes --data '{database}'",
                copy.display()
            ),
            None => write!(
                formatter,
                "No copy was made before (backup.before_upgrade is off). With the Hearth that you had before, bring back your \
                 own copy of {database}."
            ),
        }
    }
}

/// An upgrade that nobody has seen to be good yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Unseen {
    from: i64,
    copy: Option<PathBuf>,
    before: Inventory,
}

impl Unseen {
    fn path(database: &Path) -> PathBuf {
        with_suffix(database, ".upgrading")
    }

    /// That of the last upgrade; one that cannot be read was never finished, and nothing was changed then.
    fn read(database: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(Self::path(database)).ok()?).ok()
    }

    fn write(&self, database: &Path) -> Result<(), StoreError> {
        let path = Self::path(database);
        let error = |source| StoreError::Directory { path: path.display().to_string(), source };
        let mut options = OpenOptions::new();
        let mut file = options.create(true).write(true).truncate(true).mode(0o600).open(&path).map_err(error)?;
        connection::give_to_owner_of(database, &file);
        let text = serde_json::to_vec(self).map_err(|source| error(source.into()))?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(error)?;
        connection::sync_directory(&path)
    }
}

/// Forgets about an upgrade: it was good, or another database is there now.
pub(super) fn forget(database: &Path) -> Result<(), StoreError> {
    let path = Unseen::path(database);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(StoreError::Directory { path: path.display().to_string(), source }),
        Ok(()) => connection::sync_directory(&path),
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
    let database = &storage.path;
    connection::check_sqlite_version()?;
    let Schemas { found, known } = schemas(database)?;
    if found > known {
        return Err(StoreError::NewerFile { found, known }.into());
    }
    let is_older = found != 0 && found < known;
    let unseen = if is_older { None } else { Unseen::read(database) };
    if !is_older && unseen.is_none() {
        return Ok(Upgrade::NotNeeded);
    }
    let _rights = (Ownership::take(database)?, Ownership::take_beside(database)?);
    if let Some(unseen) = unseen {
        return seen(storage, unseen, known, Since::Commands);
    }
    tracing::info!(from = found, to = known, "the database is of an older Hearth: upgrading it");
    let copy = if backup.before_upgrade {
        let directory = directory(backup, storage);
        let place = Place::Directory(&directory, Reason::Upgrade);
        let made = make(Order { storage, place, is_compressed: true, now_ms }, watch)?;
        tracing::info!(copy = %made.file.display(), "a copy from before the upgrade was made");
        // An upgrade that is killed again and again makes copies, but must not fill the disk with them.
        rotate(&directory, backup.keep, &made.file, now_ms)?;
        Some(made.file)
    } else {
        None
    };
    let mut file = connection::open_writer(storage)?;
    let unseen = Unseen { from: found, copy, before: self_check::inventory(&file)? };
    unseen.write(database)?;
    migrate::migrate(&mut file, now_ms).map_err(|error| UpgradeError::Migration { error })?;
    drop(file);
    seen(storage, unseen, known, Since::Nothing)
}

/// Looks whether what was there before is there now.
fn seen(storage: &Storage, unseen: Unseen, to: i64, since: Since) -> Result<Upgrade, UpgradeError> {
    let file = connection::open_writer(storage)?;
    if let Some(fault) = self_check::find_fault(&file, &unseen.before, since)? {
        let way_back = WayBack { copy: unseen.copy, database: storage.path.clone() };
        return Err(UpgradeError::Fault { fault, way_back });
    }
    forget(&storage.path)?;
    tracing::info!(from = unseen.from, to, "the database was upgraded, and everything is there");
    Ok(Upgrade::Done { from: unseen.from, to, copy: unseen.copy })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rusqlite::Connection;

    use super::*;
    use crate::backup::reading::{Target, unpack};
    use crate::backup::restoring::{Source, restore};
    use crate::backup::watch::Phase;
    use crate::config::{Config, Overrides, Surroundings, load_from};

    /// Files of earlier schemas, as `store::migrate` has made them.
    const OLD: [i64; 7] = [1, 2, 3, 4, 5, 6, 9];
    const NOW_MS: i64 = 1_795_168_800_000;

    fn watched<T>(work: impl FnOnce(&mut Watch<'_>) -> T) -> T {
        let mut follow = |_: Phase, _, _| {};
        work(&mut Watch { follow: &mut follow, stop: Arc::default() })
    }

    fn old(directory: &tempfile::TempDir, schema: i64) -> Config {
        let loaded = load_from(&Overrides::default(), &Surroundings::default());
        let mut config = loaded.map_err(|problems| problems.to_string()).unwrap().config;
        config.storage.path = directory.path().join("hearth.db");
        config.storage.min_free = 0;
        let name = format!("tests/fixtures/schema/v{schema}.db.zst");
        let packed = std::fs::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(&name)).unwrap();
        let mut to = std::fs::File::create(&config.storage.path).unwrap();
        let mut target = Target { to: &mut to, path: &config.storage.path };
        watched(|watch| unpack(packed, Path::new(&name), &mut target, Phase::Unpacking, watch)).unwrap();
        config
    }

    fn run(config: &Config) -> Result<Upgrade, UpgradeError> {
        watched(|watch| upgrade(&config.storage, &config.backup, NOW_MS, watch))
    }

    #[test]
    fn every_older_schema_is_upgraded_with_all_it_holds_and_has_a_way_back() {
        let known = migrate::newest_known();
        for schema in OLD.into_iter().filter(|schema| *schema < known) {
            let directory = tempfile::tempdir().unwrap();
            let config = old(&directory, schema);
            let database = &config.storage.path;
            let before = self_check::inventory(&Connection::open(database).unwrap()).unwrap();
            assert!(before.rows.iter().any(|(table, count)| table == "heat_event" && *count == 20), "{before:?}");

            let done = run(&config).unwrap();
            let Upgrade::Done { from, to, copy: Some(copy) } = done else { panic!("{done:?}") };
            assert_eq!((from, to), (schema, known));
            assert_eq!(schemas(database).unwrap(), Schemas { found: known, known });
            assert!(!Unseen::path(database).exists());
            assert_eq!(run(&config).unwrap(), Upgrade::NotNeeded);

            let restored = watched(|watch| restore(&config.storage, Source::File(&copy), NOW_MS, watch)).unwrap();
            assert_eq!(restored.schema, schema);
            assert_eq!(self_check::inventory(&Connection::open(database).unwrap()).unwrap(), before);
        }
    }

    #[test]
    fn an_upgrade_whose_end_nobody_saw_is_looked_at_at_the_next_start() {
        let directory = tempfile::tempdir().unwrap();
        let config = old(&directory, 1);
        let database = &config.storage.path;
        let mut file = Connection::open(database).unwrap();
        let mut before = self_check::inventory(&file).unwrap();
        migrate::migrate(&mut file, NOW_MS).unwrap();
        // The process ended here. And somebody has lost a row.
        before.rows.iter_mut().filter(|(table, _)| table == "heat_event").for_each(|(_, count)| *count += 1);
        let unseen = Unseen { from: 1, copy: Some("/copies/one.db.zst".into()), before };
        unseen.write(database).unwrap();
        for _ in 0..2 {
            let told = run(&config).unwrap_err().to_string();
            assert!(told.contains("heat_event had 21 rows and has 20"), "{told}");
            assert!(told.contains("hearth restore '/copies/one.db.zst' --yes --data '"), "{told}");
        }
        // Another database takes its place: that is no longer anybody's business.
        forget(database).unwrap();
        assert_eq!(run(&config).unwrap(), Upgrade::NotNeeded);
    }

    #[test]
    fn without_a_copy_there_is_no_upgrade_unless_it_is_not_wanted() {
        let directory = tempfile::tempdir().unwrap();
        let mut config = old(&directory, 2);
        config.backup.directory = Some("/dev/null/copies".into());
        let hash = |path: &Path| std::fs::read(path).unwrap();
        let before = hash(&config.storage.path);
        assert!(matches!(run(&config), Err(UpgradeError::Copy(_))));
        assert!(hash(&config.storage.path) == before);
        config.backup.before_upgrade = false;
        assert!(matches!(run(&config), Ok(Upgrade::Done { from: 2, copy: None, .. })));
    }
}
