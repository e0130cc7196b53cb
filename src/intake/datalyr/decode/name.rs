//! Names of events, and what an event is by its name (datalyr.md 5).

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::cut;
use crate::domain::track::EventKind;
use crate::intake::datalyr::fields::string;

/// Longest name, in characters; of a longer one the beginning is the name, and the whole stays in the context.
const MAX_CHARS: usize = 256;

/// The name that a value gives: a string that is not empty, letter for letter.
pub(super) fn of(value: &RawValue) -> Option<Cow<'_, str>> {
    if !value.get().starts_with('"') {
        return None;
    }
    string(value).filter(|name| !name.is_empty()).map(|name| cut(name, MAX_CHARS))
}

/// What an event of this name is.
pub(super) fn kind(name: &str) -> EventKind {
    match name {
        "$pageview" | "pageview" | "page_view" | "screen_view" | "screen" => EventKind::PageView,
        "$identify" => EventKind::Identify,
        "$alias" => EventKind::Alias,
        "$group" => EventKind::Group,
        "session_start" | "session_end" => EventKind::SessionMark,
        "$app_download_click" => EventKind::DownloadClick,
        "$shopify_cart" => EventKind::Signal,
        _ => EventKind::Other,
    }
}

/// Whether default reports leave events of this name out (datalyr.md 10, U26).
pub(super) fn is_hidden(name: &str) -> bool {
    matches!(name, "$network_status_change" | "$att_status" | "$auto_identify")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(json: &str) -> Option<String> {
        of(&RawValue::from_string(json.to_owned()).unwrap()).map(Cow::into_owned)
    }

    #[test]
    fn a_name_is_any_string_that_is_not_empty() {
        for text in ["Order Completed", "checkout:step_1", "購入完了", " ", "7", "a\u{0}b"] {
            assert_eq!(name(&serde_json::to_string(text).unwrap()).as_deref(), Some(text));
        }
        for json in [r#""""#, "7", "null", "true", "{}", r#"["a"]"#] {
            assert_eq!(name(json), None, "{json}");
        }
    }

    #[test]
    fn a_name_is_counted_in_characters() {
        let long = "é".repeat(256);
        assert_eq!(name(&format!("\"{long}\"")), Some(long.clone()));
        assert_eq!(name(&format!("\"{long}x\"")), Some(long));
    }

    #[test]
    fn names_are_told_apart_letter_for_letter() {
        for (name, expected) in [
            ("pageview", EventKind::PageView),
            ("$pageview", EventKind::PageView),
            ("PageView", EventKind::Other),
            ("$alias", EventKind::Alias),
            ("alias", EventKind::Other),
            ("identify", EventKind::Other),
            ("session_end", EventKind::SessionMark),
            ("$session_start", EventKind::Other),
            ("$shopify_cart", EventKind::Signal),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
        assert!(is_hidden("$att_status") && !is_hidden("att_status"));
    }
}
