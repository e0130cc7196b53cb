//! `[backup]`: copies of the database, made beside the running server.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{duration, file_path, secret, web_url};

/// Copies of the database, made beside the running server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Where copies go; `None` is the directory `backups` beside the database.
    #[serde(with = "file_path")]
    pub directory: Option<PathBuf>,
    /// How often a copy is made by itself; zero means never.
    #[serde(with = "duration")]
    pub every: Duration,
    /// Copies that stay; older ones are deleted.
    pub keep: usize,
    /// Make a copy before a newer Hearth changes the schema.
    pub before_upgrade: bool,
    /// Where each copy is sent as well.
    pub s3: BackupS3,
}

/// A bucket that takes copies, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupS3 {
    /// Address of the service; `None`: copies are sent nowhere.
    #[serde(with = "web_url")]
    pub endpoint: Option<Url>,
    /// The bucket.
    pub bucket: String,
    /// The region that requests are signed for.
    pub region: String,
    /// Put before the name of each copy.
    pub prefix: String,
    /// Public half of the key.
    pub access_key_id: String,
    /// Secret half of the key.
    #[serde(with = "secret")]
    pub secret_access_key: String,
}
