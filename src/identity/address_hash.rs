//! What is kept of an address: a hash under a salt that changes every day (trust.md, privacy).
//!
//! The salt lives in a file of its own beside the database, readable by the owner only, and is not in
//! any backup of it. When the day is over it is overwritten: from then on nobody, the owner included,
//! can tell which address a hash was made of. All IPv4 addresses could be tried in hours while a salt
//! lives; an unsalted hash, as the original keeps it, could be tried for ever (heat-collector.md D9).
//!
//! A newly installed app may ask what its address clicked on yesterday (datalyr.md 7.6). For as long as
//! `datalyr.download_window` reaches back over midnight, an hour unless configured otherwise, the salt of the day
//! before is kept for that question alone; nothing new is hashed with it, and then it is overwritten.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};

const MS_PER_DAY: i64 = 86_400_000;

/// Day (8 bytes) and salt (32 bytes).
const SALT_BYTES: usize = 40;

/// The salt of the day, and that of the day before or zeros.
const FILE_BYTES: usize = 2 * SALT_BYTES;

/// The day of a salt that is never used.
const NO_DAY: i64 = i64::MIN;

/// Hashes addresses with the salt of the day.
#[derive(Debug)]
pub struct AddressHashes {
    path: PathBuf,
    /// How long after its day a salt can still be asked with, in milliseconds; at most a day.
    asked_for_ms: i64,
    salts: Mutex<Salts>,
}

#[derive(Debug, Clone)]
struct Salts {
    today: Salt,
    yesterday: Option<Salt>,
}

#[derive(Debug, Clone)]
struct Salt {
    /// Days since the epoch, UTC.
    day: i64,
    bytes: [u8; 32],
    key: Key,
}

impl AddressHashes {
    /// Reads the salt of the day, or makes one. That of the day before is kept for `asked_for_ms` of the new day.
    pub fn open(path: &Path, now_ms: i64, asked_for_ms: i64) -> io::Result<Self> {
        let asked_for_ms = asked_for_ms.clamp(0, MS_PER_DAY);
        let mut salts = match read(path)? {
            Some(salts) => salts,
            None => Salts { today: Salt::new(NO_DAY)?, yesterday: None },
        };
        if let Some(renewed) = salts.renewed(now_ms, asked_for_ms)? {
            renewed.write(path)?;
            salts = renewed;
        }
        Ok(Self { path: path.to_owned(), asked_for_ms, salts: Mutex::new(salts) })
    }

    /// The first 16 bytes of the address's keyed hash.
    #[must_use]
    pub fn hash(&self, address: IpAddr, now_ms: i64) -> [u8; 16] {
        self.with(now_ms, |salts| salts.today.hash(address))
    }

    /// What the address was hashed to of late: today, and yesterday if that may still be asked.
    #[must_use]
    pub fn recent_hashes(&self, address: IpAddr, now_ms: i64) -> Vec<[u8; 16]> {
        self.with(now_ms, |salts| {
            std::iter::once(&salts.today).chain(&salts.yesterday).map(|salt| salt.hash(address)).collect()
        })
    }

    /// Renews the salts if it is time to, and uses them.
    fn with<T>(&self, now_ms: i64, then: impl FnOnce(&Salts) -> T) -> T {
        let mut salts = self.salts.lock().unwrap_or_else(PoisonError::into_inner);
        let renew = |salts: &mut Salts| {
            if let Some(renewed) = salts.renewed(now_ms, self.asked_for_ms)? {
                renewed.write(&self.path)?;
                *salts = renewed;
            }
            io::Result::Ok(())
        };
        if let Err(error) = renew(&mut salts) {
            // Rather a salt that lives too long than an answer refused; tried again with the next request.
            tracing::warn!(error = %error, "the salt for addresses could not be renewed");
        }
        then(&salts)
    }
}

impl Salts {
    /// What they have to become by now; nothing if they may stay as they are.
    fn renewed(&self, now_ms: i64, asked_for_ms: i64) -> io::Result<Option<Self>> {
        let day = now_ms.div_euclid(MS_PER_DAY);
        let is_asked =
            |salt: &&Salt| salt.day.checked_add(1) == Some(day) && now_ms.rem_euclid(MS_PER_DAY) < asked_for_ms;
        if self.today.day != day {
            let yesterday = Some(&self.today).filter(is_asked).cloned();
            return Ok(Some(Self { today: Salt::new(day)?, yesterday }));
        }
        let is_over = self.yesterday.as_ref().is_some_and(|salt| !is_asked(&salt));
        Ok(is_over.then(|| Self { today: self.today.clone(), yesterday: None }))
    }

    /// Overwrites what the file has. It always has the same length, so that no salt stays behind its end.
    fn write(&self, path: &Path) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(FILE_BYTES);
        for salt in std::iter::once(&self.today).chain(&self.yesterday) {
            bytes.extend_from_slice(&salt.day.to_le_bytes());
            bytes.extend_from_slice(&salt.bytes);
        }
        bytes.resize(FILE_BYTES, 0);
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
        file.write_all(&bytes)?;
        file.set_len(FILE_BYTES as u64)?;
        file.sync_all()
    }
}

impl Salt {
    fn new(day: i64) -> io::Result<Self> {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no random bytes"))?;
        Ok(Self { day, bytes, key: Key::new(HMAC_SHA256, &bytes) })
    }

    fn read(bytes: &[u8; SALT_BYTES]) -> Self {
        let (mut day, mut salt) = ([0; 8], [0; 32]);
        day.copy_from_slice(&bytes[..8]);
        salt.copy_from_slice(&bytes[8..]);
        Self { day: i64::from_le_bytes(day), bytes: salt, key: Key::new(HMAC_SHA256, &salt) }
    }

    fn hash(&self, address: IpAddr) -> [u8; 16] {
        let tag = sign(&self.key, address.to_string().as_bytes());
        let mut hash = [0; 16];
        hash.copy_from_slice(&tag.as_ref()[..16]);
        hash
    }
}

/// What the file has: one salt if an older Hearth wrote it, else two.
fn read(path: &Path) -> io::Result<Option<Salts>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some((today, rest)) = bytes.split_first_chunk::<SALT_BYTES>() else { return Ok(None) };
    let yesterday = rest.first_chunk::<SALT_BYTES>().map(Salt::read).filter(|salt| salt.bytes != [0; 32]);
    let is_whole = rest.is_empty() || rest.len() == SALT_BYTES;
    Ok(is_whole.then(|| Salts { today: Salt::read(today), yesterday }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn a_hash_lasts_a_day_and_survives_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("salt");
        let (address, other) = ("203.0.113.77".parse().unwrap(), "203.0.113.78".parse().unwrap());
        let open = |now_ms| AddressHashes::open(&path, now_ms, 0).unwrap();
        let hashes = open(0);
        let first = hashes.hash(address, 0);
        assert_ne!(hashes.hash(other, 0), first);
        assert_eq!(open(MS_PER_DAY - 1).hash(address, MS_PER_DAY - 1), first);
        assert_ne!(hashes.hash(address, MS_PER_DAY), first);
        assert_ne!(open(MS_PER_DAY).hash(address, MS_PER_DAY), first);
    }

    #[test]
    fn yesterdays_hash_can_be_asked_for_a_while_and_then_its_salt_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("salt");
        let address = "203.0.113.77".parse().unwrap();
        let open = |now_ms| AddressHashes::open(&path, now_ms, HOUR_MS).unwrap();
        let old = open(0).hash(address, MS_PER_DAY - 1);
        let salt_of_old = std::fs::read(&path).unwrap()[8..40].to_vec();
        let has_old_salt = || std::fs::read(&path).unwrap().windows(32).any(|part| part == salt_of_old);

        let after_midnight = MS_PER_DAY + HOUR_MS - 1;
        let hashes = open(after_midnight);
        let new = hashes.hash(address, after_midnight);
        assert_ne!(new, old);
        assert_eq!(hashes.recent_hashes(address, after_midnight), [new, old]);
        assert_eq!(open(after_midnight).recent_hashes(address, after_midnight), [new, old], "after a restart");
        assert!(has_old_salt());

        assert_eq!(hashes.hash(address, MS_PER_DAY + HOUR_MS), new);
        assert!(!has_old_salt(), "any request overwrites it");
        assert_eq!(hashes.recent_hashes(address, MS_PER_DAY + HOUR_MS), [new]);
        assert_eq!(hashes.recent_hashes(address, 3 * MS_PER_DAY).len(), 1, "a salt of two days ago helps nobody");
    }

    #[test]
    fn a_restart_overwrites_what_is_over_and_reads_the_file_of_an_older_hearth() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("salt");
        let address = "2001:db8::1".parse().unwrap();
        let hash = AddressHashes::open(&path, 0, HOUR_MS).unwrap().hash(address, 0);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..SALT_BYTES]).unwrap();
        assert_eq!(AddressHashes::open(&path, 1, HOUR_MS).unwrap().hash(address, 1), hash);

        let noon = MS_PER_DAY + 12 * HOUR_MS;
        let later = AddressHashes::open(&path, noon, HOUR_MS).unwrap();
        assert_eq!(later.recent_hashes(address, noon).len(), 1);
        assert!(!std::fs::read(&path).unwrap().windows(32).any(|part| part == &bytes[8..40]));
    }
}
