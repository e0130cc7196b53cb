//! The shop's project key, kept beside the database: Hearth itself keeps only a hash of it.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::config::Storage;
use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::connection::{open_writer, with_suffix};
use crate::store::registry::{self, Secret};

/// Name of the project.
pub const NAME: &str = "Ember & Oak";

/// Longest key that is read back, in bytes.
const MAX_KEY_BYTES: u64 = 256;

/// The project of the shop and the key by which it sends.
#[derive(Debug, Clone)]
pub struct DemoProject {
    pub id: ProjectId,
    pub key: String,
}

/// The file that keeps the key.
#[must_use]
pub fn key_file(database: &Path) -> PathBuf {
    with_suffix(database, ".shop-key")
}

/// Finds project and key, and makes what is missing. The store must have been opened once, so that there are tables.
pub fn open(storage: &Storage, now_ms: i64) -> Result<DemoProject, StoreError> {
    let mut connection = open_writer(storage)?;
    let transaction = connection.transaction()?;
    let id = match registry::find_project_named(&transaction, NAME)? {
        Some(id) => id,
        None => registry::add_project(&transaction, NAME, now_ms)?.project,
    };
    let path = key_file(&storage.path);
    let kept = read_key(&path).map_err(|source| cannot_keep(&path, source))?;
    let opens = match &kept {
        Some(key) => registry::find_key(&transaction, &registry::hash_secret(key))?.map(|found| found.project),
        None => None,
    };
    let key = match kept {
        Some(key) if opens == Some(id) => key,
        _ => {
            let key = registry::create_secret(&transaction, Secret::ProjectKey, id, now_ms)?;
            write_key(&path, &key).map_err(|source| cannot_keep(&path, source))?;
            key
        }
    };
    transaction.commit()?;
    Ok(DemoProject { id, key })
}

fn cannot_keep(path: &Path, source: io::Error) -> StoreError {
    StoreError::Directory { path: path.display().to_string(), source }
}

fn read_key(path: &Path) -> io::Result<Option<String>> {
    match OpenOptions::new().read(true).open(path) {
        Ok(file) => {
            let mut key = String::new();
            file.take(MAX_KEY_BYTES).read_to_string(&mut key)?;
            Ok(Some(key.trim().to_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_key(path: &Path, key: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    writeln!(file, "{key}")
}
