//! Numbers as JavaScript reads, rounds and writes them.

use super::whitespace::trim;

/// Reads a whole text as a number, like `Number(text)`; `NaN` when it is none.
///
/// Blank text is 0, and `0x`, `0o`, `0b`, `5.`, `.5` and `Infinity` are numbers, while `1_000`, `5n` and `inf` are not
/// (heat-collector.md 5).
#[must_use]
pub fn to_number(text: &str) -> f64 {
    let text = trim(text);
    if text.is_empty() {
        return 0.0;
    }
    if let Some((bits_per_digit, digits)) = split_radix(text) {
        return from_binary_digits(digits, bits_per_digit).unwrap_or(f64::NAN);
    }
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        _ if is_decimal(text) => text.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

/// Rounds to the nearest integer, halves toward plus infinity, like `Math.round`.
///
/// Not `f64::round`, which moves −2.5 to −3, and not `(x + 0.5).floor()`, which moves 0.49999999999999994 to 1
/// (heat-collector.md 4.6). Values between −0.5 and −0 become −0.
#[must_use]
pub fn round(value: f64) -> f64 {
    let below = value.floor();
    let rounded = if value - below >= 0.5 { below + 1.0 } else { below };
    if rounded == 0.0 { rounded.copysign(value) } else { rounded }
}

/// Writes a number as text, like `String(value)`: shortest digits that read back, `1e+21`, `NaN`, `Infinity`, `-0` as `0`.
#[must_use]
pub fn to_text(value: f64) -> String {
    ryu_js::Buffer::new().format(value).to_owned()
}

/// Appends what [`to_text`] returns, without the intermediate text.
pub fn write_text(value: f64, out: &mut String) {
    out.push_str(ryu_js::Buffer::new().format(value));
}

/// Splits `0x…`, `0o…` or `0b…` into the bits one digit holds and the digits; such numbers bear no sign.
fn split_radix(text: &str) -> Option<(u32, &str)> {
    let rest = text.strip_prefix('0')?;
    let bits_per_digit = match rest.as_bytes().first()? {
        b'x' | b'X' => 4,
        b'o' | b'O' => 3,
        b'b' | b'B' => 1,
        _ => return None,
    };
    Some((bits_per_digit, &rest[1..]))
}

/// Reads digits of a power-of-two radix, rounding once, half to even.
///
/// The first 61 to 64 significant bits are kept; what is cut off only has to be told apart from zero, which the lowest
/// kept bit does because it lies below the 53 bits of a double.
fn from_binary_digits(digits: &str, bits_per_digit: u32) -> Option<f64> {
    if digits.is_empty() {
        return None;
    }
    let mut leading = 0_u64;
    let mut cut_digits = 0_u32;
    let mut lost = false;
    for character in digits.chars() {
        let digit = character.to_digit(1 << bits_per_digit)?;
        if leading.leading_zeros() >= bits_per_digit {
            leading = (leading << bits_per_digit) | u64::from(digit);
        } else {
            cut_digits = cut_digits.saturating_add(1);
            lost |= digit != 0;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "this is the one rounding step")]
    let rounded = (leading | u64::from(lost)) as f64;
    let exponent = i32::try_from(cut_digits.saturating_mul(bits_per_digit)).unwrap_or(i32::MAX);
    Some(rounded * 2.0_f64.powi(exponent))
}

/// Tells whether the text is a decimal literal with an optional sign: what is left for `str::parse`, which alone
/// would also accept `nan`, `inf` and `infinity`.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !(whole.is_empty() && fraction.is_empty());
    has_digits && all_digits(whole) && all_digits(fraction) && exponent.is_none_or(is_exponent)
}

fn is_exponent(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && all_digits(digits)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{round, to_number, to_text};

    /// Compares bit by bit, so that −0 is not 0.
    fn same(left: f64, right: f64) -> bool {
        left.to_bits() == right.to_bits()
    }

    /// Text and `Number(text)` of Node 20.20.
    const NUMBERS: &[(&str, f64)] = &[
        ("", 0.0),
        ("  ", 0.0),
        ("0", 0.0),
        ("-0", -0.0),
        ("+5", 5.0),
        ("5.", 5.0),
        ("5.0", 5.0),
        (".5e1", 5.0),
        ("00012", 12.0),
        ("1e2", 100.0),
        ("1E+2", 100.0),
        ("1e-7", 1e-7),
        ("0x10", 16.0),
        ("0XfF", 255.0),
        ("0b11", 3.0),
        ("0o17", 15.0),
        ("0x20000000000001", 9_007_199_254_740_992.0),
        ("0x20000000000003", 9_007_199_254_740_996.0),
        ("0x1fffffffffffff8000000000000000000001", 2.787_593_149_816_328e42),
        ("\u{feff}5\u{a0}", 5.0),
        ("\t5\n", 5.0),
        ("\u{2028}5\u{3000}", 5.0),
        ("Infinity", f64::INFINITY),
        ("+Infinity", f64::INFINITY),
        ("-Infinity", f64::NEG_INFINITY),
        ("1e999", f64::INFINITY),
        ("9007199254740993", 9_007_199_254_740_992.0),
        ("12345678901234567890", 12_345_678_901_234_567_000.0),
        ("5e-324", 5e-324),
        ("2e-324", 0.0),
    ];

    const NO_NUMBERS: &[&str] = &[
        "1_000",
        "1,000",
        "5n",
        "true",
        "null",
        "5\0",
        "NaN",
        "inf",
        "infinity",
        "Infinity1",
        "+",
        "-",
        ".",
        "e5",
        ".e5",
        "1e",
        "1e+",
        "0x",
        "0b",
        "0b2",
        "0o8",
        "0xg",
        "-0x10",
        "+0x10",
        "1 2",
        "5px",
        "--5",
        "\u{85}5",
        "1e5.5",
        "0x1p3",
    ];

    #[test]
    fn texts_are_the_numbers_node_reads() {
        for (text, number) in NUMBERS {
            assert!(same(to_number(text), *number), "{text:?} is {}", to_number(text));
        }
        for text in NO_NUMBERS {
            assert!(to_number(text).is_nan(), "{text:?} is {}", to_number(text));
        }
    }

    #[test]
    fn endless_digits_are_infinite() {
        assert!(same(to_number(&format!("0x1{}", "0".repeat(100_000))), f64::INFINITY));
        assert!(same(to_number(&"9".repeat(100_000)), f64::INFINITY));
    }

    #[test]
    fn halves_round_up() {
        for (value, rounded) in [
            (2.5, 3.0),
            (-1.5, -1.0),
            (-2.5, -2.0),
            (0.5, 1.0),
            (-0.5, -0.0),
            (-0.2, -0.0),
            (-0.0, -0.0),
            (0.499_999_999_999_999_94, 0.0),
            (4_503_599_627_370_495.5, 4_503_599_627_370_496.0),
            (9_007_199_254_740_991.0, 9_007_199_254_740_991.0),
            (f64::INFINITY, f64::INFINITY),
        ] {
            assert!(same(round(value), rounded), "{value} became {}", round(value));
        }
        assert!(round(f64::NAN).is_nan());
    }

    #[test]
    fn numbers_are_written_as_node_writes_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (100.0, "100"),
            (1e21, "1e+21"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (1e-7, "1e-7"),
            (0.000_001, "0.000001"),
            (-1.5, "-1.5"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(to_text(number), text);
        }
    }
}
