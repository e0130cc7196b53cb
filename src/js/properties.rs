//! What holds for every text: nothing panics, and what is written reads back.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::json::{Limits, Object, Value, parse, stringify};
use super::query_string::{Parameter, QueryString};
use super::{date, number};

const LIMITS: Limits = Limits { max_depth: 64, allow_infinite: false };

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<f64>().prop_filter("JSON is finite", |number| number.is_finite()).prop_map(Value::Number),
        any::<String>().prop_map(Value::String),
    ];
    scalar.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::vec((prop_oneof![any::<String>(), "[0-9]{1,3}"], inner), 0..8)
                .prop_map(|entries| Value::Object(Object::from_entries(entries))),
        ]
    })
}

proptest! {
    #[test]
    fn json_reads_back(value in value()) {
        prop_assert_eq!(parse(&stringify(&value), LIMITS), Ok(value));
    }

    #[test]
    fn json_is_json_to_others_too(value in value()) {
        prop_assert!(serde_json::from_str::<serde_json::Value>(&stringify(&value)).is_ok());
    }

    #[test]
    fn json_is_refused_where_others_refuse_it(text in "[\\[\\]{}:,\"a0-9.eE+\\- \\\\untrlsf]{0,24}") {
        // Shallow texts of small numbers without lone surrogates: here the two parsers may not differ.
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match parse(&text, LIMITS) {
            Ok(_) => prop_assert!(theirs.is_ok() || text.contains("\\u"), "{}", text),
            Err(error) => prop_assert!(theirs.is_err(), "{} {}", text, error),
        }
    }

    #[test]
    fn number_texts_read_back(number in any::<f64>()) {
        let back = number::to_number(&number::to_text(number));
        // Only −0 changes its bits, to those of 0, and NaN may.
        prop_assert!(back.to_bits() == (number + 0.0).to_bits() || (back.is_nan() && number.is_nan()));
    }

    #[test]
    fn rounding_goes_at_most_half_a_step(number in -1e15..1e15_f64) {
        let rounded = number::round(number);
        prop_assert!(rounded.fract() == 0.0 && rounded - number <= 0.5 && number - rounded < 0.5 + f64::EPSILON);
    }

    #[test]
    fn no_text_is_too_odd(text in any::<String>()) {
        let _ = number::to_number(&text);
        let _ = date::parse(&text, &TimeZone::UTC);
        let _ = parse(&text, LIMITS);
        let _ = QueryString::parse(&text);
    }

    #[test]
    fn no_date_like_text_is_too_odd(text in "([0-9]{1,10}|[-+:./ ()]|Jan|PM|GMT|Z|T){0,12}") {
        let ms = date::parse(&text, &TimeZone::UTC);
        prop_assert!(ms.is_none_or(|ms| ms.abs() <= 8.64e15));
    }

    #[test]
    fn a_plain_parameter_is_what_it_says(text in "[a-zA-Z0-9._~]{0,20}") {
        let query = QueryString::parse(&format!("a=1&name={text}&b=2"));
        prop_assert_eq!(query.get("name"), Some(&Parameter::Text(text)));
    }

    #[test]
    fn no_bracketing_is_too_odd(query in "([a\\[\\]=&+0-9]|%5B|%5D|%zz){0,40}") {
        let _ = QueryString::parse(&query);
    }
}
