//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, half a minute, as every authenticator app has them.

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use aws_lc_rs::rand::fill;
use qrcode::{Color, EcLevel, QrCode};

/// Bytes of a secret (RFC 4226 section 4, R6).
pub const SECRET_BYTES: usize = 20;

const STEP_MS: i64 = 30_000;
const DIGITS: usize = 6;

/// A new secret; none if the system has no randomness.
#[must_use]
pub fn new_secret() -> Option<Vec<u8>> {
    let mut secret = vec![0; SECRET_BYTES];
    fill(&mut secret).ok()?;
    Some(secret)
}

/// The step in which a code is right: the current one, or one beside it for clocks that differ and people who are slow.
#[must_use]
pub fn step_of(secret: &[u8], code: &str, now_ms: i64) -> Option<i64> {
    let code: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    if code.len() != DIGITS {
        return None;
    }
    let current = now_ms.div_euclid(STEP_MS);
    (current - 1..=current + 1).find(|step| self::code(secret, *step) == code)
}

/// The code of a step (RFC 4226 section 5.3).
#[must_use]
pub fn code(secret: &[u8], step: i64) -> String {
    let tag = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret), &step.to_be_bytes());
    let tag = tag.as_ref();
    let from = tag.last().map_or(0, |last| usize::from(last & 15));
    let number = tag[from..].iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// A secret as people type it (RFC 4648 section 6).
#[must_use]
pub fn base32(secret: &[u8]) -> String {
    let mut text = String::new();
    for group in secret.chunks(5) {
        let bits = group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)) << (8 * (5 - group.len()));
        let digits = (group.len() * 8).div_ceil(5);
        for at in 0..digits {
            let digit = usize::try_from(bits >> (35 - 5 * at) & 31).unwrap_or_default();
            text.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[digit]));
        }
    }
    text
}

/// What an authenticator app reads from the picture.
#[must_use]
pub fn address(secret: &[u8], issuer: &str, name: &str) -> String {
    let encoded =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (issuer, name) = (encoded(issuer), encoded(name));
    format!("otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}", base32(secret))
}

/// A QR code as an SVG path of unit squares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrPath {
    /// Width and height, with the quiet zone.
    pub size: usize,
    pub path: String,
}

/// Modules around the code that stay white (ISO/IEC 18004 section 9.1).
const QUIET: usize = 4;

/// The picture of a text; none if the text is too long for one.
#[must_use]
pub fn qr_path(text: &str) -> Option<QrPath> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let squares = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
    let path = squares.collect::<Vec<_>>().concat();
    Some(QrPath { size: width + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (at_s, expected) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code(secret, at_s / 30), expected);
        }
    }

    #[test]
    fn neighbouring_steps_count_and_no_others() {
        let secret = b"12345678901234567890";
        let now_ms = 1_795_000_000_000;
        let step = now_ms / STEP_MS;
        let found = |step: i64| step_of(secret, &code(secret, step), now_ms);
        assert_eq!(
            [-2, -1, 0, 1, 2].map(|by| found(step + by)),
            [None, Some(step - 1), Some(step), Some(step + 1), None]
        );
        let spaced = code(secret, step);
        assert_eq!(step_of(secret, &format!(" {} {}", &spaced[..3], &spaced[3..]), now_ms), Some(step));
        assert_eq!(step_of(secret, "", now_ms), None);
    }

    #[test]
    fn secrets_are_written_in_base32() {
        assert_eq!(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base32(text.as_bytes())),
            ["", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"]
        );
        let address = address(b"foobar", "My Hearth", "ada@example.org");
        assert_eq!(address, "otpauth://totp/My%20Hearth:ada%40example.org?secret=MZXW6YTBOI&issuer=My%20Hearth");
        let picture = qr_path(&address).unwrap();
        assert!(picture.size > 29 && picture.path.starts_with("M4 4h1v1h-1z"), "its first corner is dark");
    }
}
