//! Amounts of money as people and programs write them, exactly.

use std::cmp::Ordering;

/// Decimals of a millionth.
const DECIMALS: i64 = 6;

/// From here on an exponent makes any number too large or too small.
const LARGEST_POWER: i64 = 1_000_000_000_000;

/// Millionths in a decimal number (`19.99`, `-5`, `.5`, `1e3`). What is smaller than a millionth is rounded, halves to the
/// even neighbour. Nothing if the text is no such number, or its millionths are beyond an `i64`.
pub(super) fn micros(text: &str) -> Option<i64> {
    let (is_negative, text) = sign(text);
    let (mantissa, power) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, power(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !is_digits(whole) || !is_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let counted = i64::try_from(whole.len()).ok()? + power + DECIMALS;
    let magnitude = rounded(whole.bytes().chain(fraction.bytes()), counted)?;
    if is_negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// Takes a sign off.
fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An exponent of ten.
fn power(text: &str) -> Option<i64> {
    let (is_negative, digits) = sign(text);
    if digits.is_empty() || !is_digits(digits) {
        return None;
    }
    // All digits, so what does not fit is too large.
    let power = digits.parse().unwrap_or(LARGEST_POWER).min(LARGEST_POWER);
    Some(if is_negative { -power } else { power })
}

/// The number that the first `counted` digits are, rounded by those after them. Zeros follow where there are fewer, and
/// stand before all of them where the count is negative.
fn rounded(digits: impl Iterator<Item = u8>, counted: i64) -> Option<u64> {
    let mut digits = digits.map(|digit| u64::from(digit - b'0'));
    let mut number = 0_u64;
    for _ in 0..counted {
        let digit = match digits.next() {
            Some(digit) => digit,
            // Nothing but zeros.
            None if number == 0 => return Some(0),
            None => 0,
        };
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    if counted < 0 {
        return Some(0);
    }
    let half = digits.next().unwrap_or(0).cmp(&5);
    let is_up = match half {
        Ordering::Less => false,
        Ordering::Greater => true,
        Ordering::Equal => digits.any(|digit| digit != 0) || number % 2 == 1,
    };
    number.checked_add(u64::from(is_up))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimal_numbers_are_read_exactly() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("49.99", Some(49_990_000)),
            ("0.1", Some(100_000)),
            ("1.005", Some(1_005_000)),
            ("-12.5", Some(-12_500_000)),
            ("+5", Some(5_000_000)),
            (".5", Some(500_000)),
            ("5.", Some(5_000_000)),
            ("1e3", Some(1_000_000_000)),
            ("4.999E+1", Some(49_990_000)),
            ("1e-7", Some(0)),
            ("1e-6", Some(1)),
            ("0.0000005", Some(0)),
            ("0.0000015", Some(2)),
            ("0.0000025", Some(2)),
            ("0.00000250000000001", Some(3)),
            ("0.0000026", Some(3)),
            ("000000000000000000000000000001", Some(1_000_000)),
            ("9223372036854.775807", Some(i64::MAX)),
            ("-9223372036854.775808", Some(i64::MIN)),
            ("9223372036854.775808", None),
            ("9223372036854.7758075", None),
            ("1e13", None),
            ("1e+21", None),
            ("1e999999999999999999999", None),
            ("0e999999999999999999999", Some(0)),
            ("1e-999999999999999999999", Some(0)),
            ("", None),
            (".", None),
            ("-", None),
            ("e5", None),
            ("1e", None),
            ("1e+", None),
            ("1.2.3", None),
            ("1,5", None),
            ("$5", None),
            ("5 ", None),
            ("0x10", None),
            ("Infinity", None),
            ("NaN", None),
            ("--5", None),
            ("٣", None),
        ] {
            assert_eq!(micros(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_of_micros_survives(amount: i64, zeros in 0..5_usize, shift in -20..20_i64) {
            let magnitude = i128::from(amount).unsigned_abs();
            let sign = if amount < 0 { "-" } else { "" };
            let (whole, fraction) = (magnitude / 1_000_000, magnitude % 1_000_000);
            let text = format!("{sign}{whole}.{fraction:06}{}", "0".repeat(zeros));
            prop_assert_eq!(micros(&text), Some(amount));
            prop_assert_eq!(micros(&format!("{sign}{magnitude}e-6")), Some(amount));
            // The same number with its point elsewhere.
            let digits = format!("{magnitude:020}");
            let point = usize::try_from(shift.rem_euclid(20)).unwrap();
            let moved = format!("{sign}{}.{}e{}", &digits[..point], &digits[point..], 20 - 6 - i64::try_from(point).unwrap());
            prop_assert_eq!(micros(&moved), Some(amount));
        }

        #[test]
        fn nothing_panics(text in "[-+]?[0-9.eE]{0,30}", any: String) {
            let _ = micros(&text);
            let _ = micros(&any);
        }

        #[test]
        fn finite_numbers_are_within_half_a_millionth(number in -9e12..9e12_f64) {
            let micros = micros(&format!("{number:.9}")).unwrap();
            #[allow(clippy::cast_precision_loss)]
            let back = micros as f64 / 1e6;
            prop_assert!((back - number).abs() <= 0.000_000_5 + number.abs() * 1e-15);
        }
    }
}
