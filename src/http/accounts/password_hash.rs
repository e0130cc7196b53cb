//! Passwords as they are kept: Argon2id with 19 MiB, two passes, one lane (trust.md 5), as a PHC string.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::rand::fill;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// Most that a stored hash may ask for: what is read back is not believed.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;

/// The random generator or the memory was not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CannotHash;

/// The hash of a new password. Takes tens of milliseconds and 19 MiB.
pub fn hash(password: &str) -> Result<String, CannotHash> {
    let mut salt = [0; SALT_BYTES];
    fill(&mut salt).map_err(|_| CannotHash)?;
    let hash = compute(password, &salt, (MEMORY_KIB, PASSES, LANES)).ok_or(CannotHash)?;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    Ok(format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}"))
}

/// Whether a password is the one that was hashed.
#[must_use]
pub fn is_password(password: &str, kept: &str) -> bool {
    let Some((costs, salt, hash)) = parse(kept) else { return false };
    compute(password, &salt, costs).is_some_and(|computed| verify_slices_are_equal(&computed, &hash).is_ok())
}

fn compute(password: &str, salt: &[u8], (memory_kib, passes, lanes): Costs) -> Option<[u8; HASH_BYTES]> {
    let params = Params::new(memory_kib, passes, lanes, Some(HASH_BYTES)).ok()?;
    let mut hash = [0; HASH_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut hash)
        .ok()?;
    Some(hash)
}

/// Memory in KiB, passes, lanes.
type Costs = (u32, u32, u32);

/// Costs, salt and hash of a PHC string.
fn parse(kept: &str) -> Option<(Costs, Vec<u8>, Vec<u8>)> {
    let mut parts = kept.strip_prefix("$argon2id$v=19$")?.split('$');
    let (costs, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let mut costs = costs.split(',');
    let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let (memory_kib, passes, lanes) = (cost("m=")?, cost("t=")?, cost("p=")?);
    let is_bounded = memory_kib <= MAX_MEMORY_KIB && passes <= MAX_PASSES && lanes <= 4;
    let (salt, hash) = (STANDARD_NO_PAD.decode(salt).ok()?, STANDARD_NO_PAD.decode(hash).ok()?);
    (is_bounded && parts.next().is_none() && hash.len() == HASH_BYTES).then_some((
        (memory_kib, passes, lanes),
        salt,
        hash,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_is_right_and_salts_differ() {
        let kept = hash("tuba-gletscher-07").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_password("tuba-gletscher-07", &kept));
        assert!(!is_password("tuba-gletscher-08", &kept));
        assert_ne!(hash("tuba-gletscher-07").unwrap(), kept);
    }

    #[test]
    fn what_is_damaged_is_no_password() {
        let kept = hash("").unwrap();
        for damaged in [
            "",
            "$argon2id$v=19$m=19456,t=2,p=1$",
            &kept.replace("argon2id", "argon2i"),
            &kept.replace("m=19456", "m=4000000000"),
            &kept.replace("t=2", "t=400000"),
            &kept[..kept.len() - 4],
        ] {
            assert!(!is_password("", damaged), "{damaged}");
        }
    }
}
