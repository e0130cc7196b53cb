//! How long tokens and links are valid, as forms offer it.

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Longest time that can be asked for, in days.
const MAX_DAYS: i64 = 3_650;

/// What a form's choice means, in days: `Some(None)` is for ever; none is no choice at all.
#[must_use]
pub fn days(text: &str) -> Option<Option<i64>> {
    if text == "never" {
        return Some(None);
    }
    text.parse().ok().filter(|days| (1..=MAX_DAYS).contains(days)).map(Some)
}

/// When something ends that is valid for so many days from now; absent: never.
#[must_use]
pub fn at_ms(days: Option<i64>, now_ms: i64) -> Option<i64> {
    days.map(|days| now_ms.saturating_add(days * DAY_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_days_or_for_ever() {
        assert_eq!(days("30").map(|days| at_ms(days, 1_000)), Some(Some(1_000 + 30 * DAY_MS)));
        assert_eq!(days("never").map(|days| at_ms(days, 1_000)), Some(None));
        for text in ["", "0", "-1", "3651", "x"] {
            assert_eq!(days(text), None, "{text}");
        }
    }
}
