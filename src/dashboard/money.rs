//! What amounts look like on pages: exact, in the currency they were said in. Nothing is converted.

use super::format;

/// Millionths of one.
const ONE: u128 = 1_000_000;

/// Digits behind the point that amounts have even if they are zero.
const USUAL_DIGITS: usize = 2;

/// Currencies that have nothing smaller than their unit.
const WHOLE: [&str; 8] = ["CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF"];

/// `1,234.50 EUR`, `1,200 JPY`, `−3.00 USD`: every digit that there is.
#[must_use]
pub fn amount(micros: i128, currency: &str) -> String {
    let digits = if WHOLE.contains(&currency) { 0 } else { USUAL_DIGITS };
    let number = decimal(micros, digits);
    if currency.is_empty() { number } else { format!("{number} {currency}") }
}

/// Millionths as a number with every digit that there is: `1.5`, `0.333333`, `1,200`.
#[must_use]
pub fn parts(micros: i128) -> String {
    decimal(micros, 0)
}

fn decimal(micros: i128, digits: usize) -> String {
    let size = micros.unsigned_abs();
    let sign = if micros < 0 { "−" } else { "" };
    let whole = format::count(u64::try_from(size / ONE).unwrap_or(u64::MAX));
    let rest = format!("{:06}", size % ONE);
    let shown = rest.trim_end_matches('0').len().max(digits);
    match rest.get(..shown) {
        Some(rest) if shown > 0 => format!("{sign}{whole}.{rest}"),
        _ => format!("{sign}{whole}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_show_every_digit_and_at_least_cents() {
        assert_eq!(amount(1_234_500_000, "EUR"), "1,234.50 EUR");
        assert_eq!(amount(74_985_000, "USD"), "74.985 USD");
        assert_eq!(amount(-3_000_000, "USD"), "−3.00 USD");
        assert_eq!(amount(1_200_000_000, "JPY"), "1,200 JPY");
        assert_eq!(amount(0, ""), "0.00");
    }

    #[test]
    fn parts_of_conversions_are_exact() {
        assert_eq!(
            [parts(2_000_000), parts(1_500_000), parts(333_333), parts(-1)],
            ["2", "1.5", "0.333333", "−0.000001"]
        );
    }
}
