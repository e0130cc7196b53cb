//! Files: whether those that the configuration names can be read, and whether others can read what is secret.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::config::{Config, Loaded, Origin};
use crate::store::connection::with_suffix;

/// Keys that hold a secret; a file that sets one is one, too.
const SECRET_KEYS: [&str; 4] =
    ["backup.s3.secret_access_key", "traffic.identity.jwt.secret", "traffic.dashboard.password", "metrics.token"];

/// Age of a database of countries that is worth a word, in seconds.
const OLD_COUNTRIES_S: u64 = 400 * 24 * 3_600;

/// Whether the files that the configuration names can be read.
pub fn readable(config: &Config) -> Vec<Finding> {
    let files = [
        ("server.tls_certificate", &config.server.tls_certificate),
        ("server.tls_key", &config.server.tls_key),
        ("proxy.upstream_ca", &config.proxy.upstream_ca),
        ("traffic.identity.jwt.public_key", &config.traffic.identity.jwt.public_key),
        ("geo.database", &config.geo.database),
    ];
    let named: Vec<_> = files.into_iter().filter_map(|(key, path)| Some((key, path.as_deref()?))).collect();
    if named.is_empty() {
        return Vec::new();
    }
    let faults: Vec<_> = named.iter().filter_map(|(key, path)| unreadable(key, path)).collect();
    if faults.is_empty() {
        vec![Finding::pass("files", format!("{} named, all can be read", named.len()))]
    } else {
        faults
    }
}

fn unreadable(key: &str, path: &Path) -> Option<Finding> {
    let advice = || format!("correct {key}, or let the user who runs Hearth read the file");
    if let Err(error) = File::open(path) {
        return Some(Finding::warn("files", format!("{key}: {} cannot be read: {error}", path.display()), advice()));
    }
    if key != "geo.database" {
        return None;
    }
    match maxminddb::Reader::open_readfile(path) {
        Err(error) => {
            Some(Finding::warn("files", format!("{key}: {} is no such database: {error}", path.display()), advice()))
        }
        Ok(countries) => {
            let now_s = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
            let is_old = now_s.saturating_sub(countries.metadata().build_epoch) > OLD_COUNTRIES_S;
            is_old.then(|| {
                let message = format!("{key}: {} is more than a year old", path.display());
                Finding::warn("files", message, "get a newer one; it is read by itself")
            })
        }
    }
}

/// Whether other users of the machine could read what is stored, or what is secret.
pub fn modes(loaded: &Loaded) -> Vec<Finding> {
    let mut findings = Vec::new();
    let database = &loaded.config.storage.path;
    let directory = database.parent().filter(|directory| !directory.as_os_str().is_empty());
    if let Some(directory) = directory {
        findings.extend(open_to_others(directory, 0o077, 0o700));
    }
    for suffix in ["", "-wal", "-shm", ".salt", ".setup-url", ".lock"] {
        findings.extend(open_to_others(&with_suffix(database, suffix), 0o077, 0o600));
    }
    // The group is how a service gets its key or its configuration.
    let secrets = loaded.config.server.tls_key.iter().cloned().chain(secret_configuration(loaded));
    findings.extend(secrets.filter_map(|path| open_to_others(&path, 0o027, 0o640)));
    if findings.is_empty() {
        findings.push(Finding::pass("file modes", "nobody else can read data or secrets"));
    }
    findings
}

/// The file of the configuration, if a secret is in it.
fn secret_configuration(loaded: &Loaded) -> Option<PathBuf> {
    let is_in_file = |key: &str| matches!(loaded.origins.get(key), Some(Origin::File { .. }));
    SECRET_KEYS.iter().find(|key| is_in_file(key))?;
    loaded.file.clone()
}

fn open_to_others(path: &Path, forbidden: u32, wanted: u32) -> Option<Finding> {
    let mode = path.metadata().as_ref().map(Metadata::mode).ok()? & 0o777;
    (mode & forbidden != 0).then(|| {
        let message = format!("{} has mode {mode:04o}: others can get at it", path.display());
        Finding::warn("file modes", message, format!("chmod {wanted:04o} {}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::super::finding::Verdict;
    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};

    fn loaded(directory: &Path, text: &str) -> Loaded {
        let file = directory.join("hearth.toml");
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let data = Some(directory.join("data/hearth.db").display().to_string());
        load_from(&Overrides { file: Some(file), data, ..Overrides::default() }, &Surroundings::default()).unwrap()
    }

    #[test]
    fn files_that_others_can_read_are_told_with_the_remedy() {
        let place = tempfile::tempdir().unwrap();
        let found = |text: &str| modes(&loaded(place.path(), text));
        assert_eq!(found("")[0].verdict, Verdict::Pass, "nothing secret is there");
        let secret = &found("[metrics]\ntoken = \"0123456789abcdef0123456789abcdef\"\n")[0];
        assert_eq!(secret.verdict, Verdict::Warn);
        assert!(secret.advice.as_ref().unwrap().starts_with("chmod 0640 "), "{secret:?}");
        let data = place.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(data.join("hearth.db"), "").unwrap();
        std::fs::set_permissions(data.join("hearth.db"), std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(found("").len(), 2);
    }

    #[test]
    fn a_file_that_is_not_there_or_is_something_else_is_told() {
        let place = tempfile::tempdir().unwrap();
        let found = |text: &str| readable(&loaded(place.path(), text).config);
        assert!(found("").is_empty());
        std::fs::write(place.path().join("x"), "x").unwrap();
        let path = place.path().join("x").display().to_string();
        assert_eq!(found(&format!("[proxy]\nupstream_ca = {path:?}\n"))[0].verdict, Verdict::Pass);
        let geo = &found(&format!("[geo]\ndatabase = {path:?}\n"))[0];
        assert_eq!((geo.verdict, geo.message.contains("no such database")), (Verdict::Warn, true));
        assert_eq!(found("[proxy]\nupstream_ca = \"/nonexistent\"\n")[0].verdict, Verdict::Warn);
    }
}
