//! What numbers and times look like on pages.

use jiff::tz::TimeZone;

use crate::domain::period::zoned;

/// What stands where there is no value.
pub const NOTHING: &str = "–";

/// `1,234,567`
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Where room is scarce: `987`, `12.3k`, `4.6M`.
#[must_use]
pub fn short_count(number: u64) -> String {
    match number {
        0..=9_999 => count(number),
        10_000..=999_949 => format!("{}k", tenths(number, 1_000)),
        999_950..=999_949_999 => format!("{}M", tenths(number, 1_000_000)),
        _ => format!("{}G", tenths(number, 1_000_000_000)),
    }
}

fn tenths(number: u64, unit: u64) -> String {
    let tenths = (number + unit / 20) / (unit / 10);
    if tenths >= 1_000 || tenths.is_multiple_of(10) {
        count((tenths + 5) / 10)
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

/// A share from 0 to 1: `12.5 %`, `0 %`, `100 %`.
#[must_use]
pub fn percent(share: Option<f64>) -> String {
    let Some(share) = share else { return NOTHING.to_owned() };
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.05 {
        return "<0.1 %".to_owned();
    }
    let text = format!("{percent:.1}");
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// A share of a whole: `12.5 %`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn share(part: u64, whole: u64) -> String {
    percent((whole > 0).then(|| part as f64 / whole as f64))
}

/// How long a request took, in milliseconds: `0.4 ms`, `128 ms`, `1.25 s`.
#[must_use]
pub fn duration_ms(duration: Option<f64>) -> String {
    match duration {
        None => NOTHING.to_owned(),
        Some(ms) if ms < 10.0 => format!("{ms:.1} ms"),
        Some(ms) if ms < 1_000.0 => format!("{ms:.0} ms"),
        Some(ms) if ms < 60_000.0 => format!("{:.2} s", ms / 1_000.0),
        #[expect(clippy::cast_possible_truncation, reason = "durations fit")]
        Some(ms) => span_ms(ms as i64),
    }
}

/// How long somebody stayed, in milliseconds: `42 s`, `3 m 05 s`, `2 h 10 m`.
#[must_use]
pub fn span_ms(span: i64) -> String {
    let seconds = span.max(0) / 1_000;
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        3_600..=86_399 => format!("{} h {:02} m", seconds / 3_600, seconds / 60 % 60),
        _ if seconds / 3_600 % 24 == 0 => format!("{} d", seconds / 86_400),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// `512 B`, `1.4 KiB`, `3.2 GiB`
#[must_use]
pub fn bytes(number: u64) -> String {
    bytesize::ByteSize::b(number).display().iec().to_string()
}

/// How much a number has changed from another: `+12 %`, `−3 %`; nothing if there was nothing.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn change(now: u64, before: u64) -> Option<String> {
    if before == 0 {
        return (now > 0).then(|| "new".to_owned());
    }
    let percent = (now as f64 - before as f64) / before as f64 * 100.0;
    Some(match percent.round() {
        rounded if rounded >= 1.0 => format!("+{rounded} %"),
        rounded if rounded <= -1.0 => format!("−{} %", -rounded),
        _ => "±0 %".to_owned(),
    })
}

/// The digits of a change with its sign: `+12`, `−3`, `±0`.
#[must_use]
pub fn signed(change: f64, digits: &str) -> String {
    let sign = if change > 0.0 {
        '+'
    } else if change < 0.0 {
        '−'
    } else {
        '±'
    };
    format!("{sign}{digits}")
}

/// An amount in millionths of a currency's unit: `1,234.50`, `−0.99`.
#[must_use]
pub fn money(micros: i128) -> String {
    let cents = (micros.unsigned_abs() + 5_000) / 10_000;
    let whole = u64::try_from(cents / 100).unwrap_or(u64::MAX);
    let sign = if micros < 0 && cents > 0 { "−" } else { "" };
    format!("{sign}{}.{:02}", count(whole), cents % 100)
}

/// `21 Nov 2026 14:05:09`
#[must_use]
pub fn moment(ms: i64, zone: &TimeZone) -> String {
    zoned(ms, zone).strftime("%-d %b %Y %H:%M:%S").to_string()
}

/// `21 Nov 14:05`
#[must_use]
pub fn minute(ms: i64, zone: &TimeZone) -> String {
    zoned(ms, zone).strftime("%-d %b %H:%M").to_string()
}

/// `14:05:09`
#[must_use]
pub fn time_of_day(ms: i64, zone: &TimeZone) -> String {
    zoned(ms, zone).strftime("%H:%M:%S").to_string()
}

/// `21 Nov 2026`
#[must_use]
pub fn day(ms: i64, zone: &TimeZone) -> String {
    zoned(ms, zone).strftime("%-d %b %Y").to_string()
}

/// RFC 3339 in the zone, for `<time datetime>`.
#[must_use]
pub fn machine_time(ms: i64, zone: &TimeZone) -> String {
    zoned(ms, zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `just now`, `5 min ago`, `3 h ago`, `2 days ago`
#[must_use]
pub fn ago(ms: i64, now_ms: i64) -> String {
    let seconds = (now_ms - ms) / 1_000;
    match seconds {
        i64::MIN..=59 => "just now".to_owned(),
        60..=3_599 => format!("{} min ago", seconds / 60),
        3_600..=86_399 => format!("{} h ago", seconds / 3_600),
        86_400..=172_799 => "1 day ago".to_owned(),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_thousands() {
        assert_eq!([count(0), count(999), count(1_000), count(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [short_count(9_999), short_count(12_345), short_count(999_949), short_count(4_600_000)],
            ["9,999", "12.3k", "1,000k", "4.6M"]
        );
    }

    #[test]
    fn shares_are_per_cent() {
        assert_eq!([percent(Some(0.125)), percent(Some(0.0)), percent(Some(1.0))], ["12.5 %", "0 %", "100 %"]);
        assert_eq!([percent(None), percent(Some(0.0001)), share(1, 3)], ["–", "<0.1 %", "33.3 %"]);
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(
            [duration_ms(Some(0.42)), duration_ms(Some(127.6)), duration_ms(Some(1_250.0))],
            ["0.4 ms", "128 ms", "1.25 s"]
        );
        assert_eq!([span_ms(42_000), span_ms(185_000), span_ms(7_800_000)], ["42 s", "3 m 05 s", "2 h 10 m"]);
        assert_eq!(duration_ms(Some(90_000.0)), "1 m 30 s");
    }

    #[test]
    fn money_has_cents() {
        assert_eq!([money(1_234_500_000), money(-990_000), money(4_999)], ["1,234.50", "−0.99", "0.00"]);
    }

    #[test]
    fn changes_have_signs() {
        let changes = [change(112, 100), change(97, 100), change(1, 0), change(0, 0), change(1_001, 1_000)];
        let expected = [Some("+12 %"), Some("−3 %"), Some("new"), None, Some("±0 %")];
        assert_eq!(changes, expected.map(|text| text.map(str::to_owned)));
    }
}
