//! What is kept of an address: a hash under a salt that changes every day (trust.md, privacy).
//!
//! The salt lives in a file of its own beside the database, readable by the owner only, and is not in
//! any backup of it. When the day is over it is overwritten: from then on nobody, the owner included,
//! can tell which address a hash was made of. All IPv4 addresses could be tried in hours while a salt
//! lives; an unsalted hash, as the original keeps it, could be tried for ever (heat-collector.md D9).

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};

const MS_PER_DAY: i64 = 86_400_000;

/// Days (8 bytes) and salt (32 bytes).
const FILE_BYTES: usize = 40;

/// Hashes addresses with the salt of the day.
#[derive(Debug)]
pub struct AddressHashes {
    path: PathBuf,
    salt: Mutex<Salt>,
}

#[derive(Debug)]
struct Salt {
    /// Days since the epoch, UTC.
    day: i64,
    key: Key,
}

impl AddressHashes {
    /// Reads the salt of the day, or makes one.
    pub fn open(path: &Path, now_ms: i64) -> io::Result<Self> {
        let day = now_ms.div_euclid(MS_PER_DAY);
        let salt = match read(path)? {
            Some((of_day, bytes)) if of_day == day => Salt { day, key: Key::new(HMAC_SHA256, &bytes) },
            _ => make(path, day)?,
        };
        Ok(Self { path: path.to_owned(), salt: Mutex::new(salt) })
    }

    /// The first 16 bytes of the address's keyed hash.
    #[must_use]
    pub fn hash(&self, address: IpAddr, now_ms: i64) -> [u8; 16] {
        let day = now_ms.div_euclid(MS_PER_DAY);
        let mut salt = self.salt.lock().unwrap_or_else(PoisonError::into_inner);
        if salt.day != day {
            match make(&self.path, day) {
                Ok(new) => *salt = new,
                // Rather a salt that lives too long than an answer refused; tried again with the next request.
                Err(error) => tracing::warn!(error = %error, "the salt for addresses could not be renewed"),
            }
        }
        let tag = sign(&salt.key, address.to_string().as_bytes());
        let mut hash = [0; 16];
        hash.copy_from_slice(&tag.as_ref()[..16]);
        hash
    }
}

fn read(path: &Path) -> io::Result<Option<(i64, [u8; 32])>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let Ok(bytes) = <[u8; FILE_BYTES]>::try_from(bytes) else { return Ok(None) };
    let (mut day, mut salt) = ([0; 8], [0; 32]);
    day.copy_from_slice(&bytes[..8]);
    salt.copy_from_slice(&bytes[8..]);
    Ok(Some((i64::from_le_bytes(day), salt)))
}

/// Makes a salt and overwrites the last one with it.
fn make(path: &Path, day: i64) -> io::Result<Salt> {
    let mut salt = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| io::Error::other("no random bytes"))?;
    let mut file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    let mut bytes = day.to_le_bytes().to_vec();
    bytes.extend_from_slice(&salt);
    file.write_all(&bytes)?;
    file.set_len(FILE_BYTES as u64)?;
    file.sync_all()?;
    Ok(Salt { day, key: Key::new(HMAC_SHA256, &salt) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_lasts_a_day_and_survives_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("salt");
        let (address, other) = ("203.0.113.77".parse().unwrap(), "203.0.113.78".parse().unwrap());
        let hashes = AddressHashes::open(&path, 0).unwrap();
        let first = hashes.hash(address, 0);
        assert_ne!(hashes.hash(other, 0), first);
        assert_eq!(AddressHashes::open(&path, MS_PER_DAY - 1).unwrap().hash(address, MS_PER_DAY - 1), first);
        assert_ne!(hashes.hash(address, MS_PER_DAY), first);
        assert_ne!(AddressHashes::open(&path, MS_PER_DAY).unwrap().hash(address, MS_PER_DAY), first);
    }
}
