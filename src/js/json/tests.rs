//! JSON against what `JSON.parse` and `JSON.stringify` of Node 20.20 do.

use super::{DEPTH_CEILING, JsonErrorKind, Limits, Value, parse, stringify};

const LIMITS: Limits = Limits { max_depth: 256, allow_infinite: true };

fn again(text: &str) -> String {
    stringify(&parse(text, LIMITS).unwrap())
}

fn refusal(text: &str) -> (JsonErrorKind, usize) {
    let error = parse(text, LIMITS).unwrap_err();
    (error.kind, error.offset_bytes)
}

#[test]
fn values_come_back_as_node_writes_them() {
    for (text, written) in [
        (" [ 1 , true,\tfalse\r\n,null ] ", "[1,true,false,null]"),
        ("[1.0,1E2,-0.0,800.50,1e-7,1e21,100000000000000000000]", "[1,100,0,800.5,1e-7,1e+21,100000000000000000000]"),
        ("[9007199254740993,12345678901234567890,123456.789e3]", "[9007199254740992,12345678901234567000,123456789]"),
        ("[1e999,-1e999]", "[null,null]"),
        (r#""\u0000\u001F\b\f\n\r\t\"\\\/\u00e9\u2028""#, "\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\/é\u{2028}\""),
        ("\"\u{7f}\u{85}\"", "\"\u{7f}\u{85}\""),
        ("{}", "{}"),
        ("\"x\"", "\"x\""),
    ] {
        assert_eq!(again(text), written, "{text}");
    }
}

#[test]
fn surrogates_pair_up_or_become_the_replacement_character() {
    for (text, written) in [
        (r#""\ud83d\ude00""#, "\"😀\""),
        (r#""\ud83d""#, "\"\u{fffd}\""),
        (r#""\ude00\ud83d""#, "\"\u{fffd}\u{fffd}\""),
        (r#""\ud83d\n""#, "\"\u{fffd}\\n\""),
        (r#""\ud83d\ud83d\ude00""#, "\"\u{fffd}😀\""),
        (r#""\ud83dx""#, "\"\u{fffd}x\""),
    ] {
        assert_eq!(again(text), written, "{text}");
    }
}

#[test]
fn of_a_repeated_key_the_last_value_stands_first() {
    assert_eq!(again(r#"{"b":1,"a":2,"b":3}"#), r#"{"b":3,"a":2}"#);
    let many: Vec<String> = (0..100).map(|index| format!("\"k{}\":{index}", index % 50)).collect();
    let object = parse(&format!("{{{}}}", many.join(",")), LIMITS).unwrap();
    let object = object.as_object().unwrap();
    assert_eq!(object.len(), 50);
    assert_eq!(object.iter().next(), Some(("k0", &Value::Number(50.0))));
}

#[test]
fn array_indices_come_first_among_keys() {
    assert_eq!(
        again(r#"{"b":0,"10":1,"01":2,"2":3,"4294967295":4,"4294967294":5,"-1":6,"":7,"0":8}"#),
        r#"{"0":8,"2":3,"10":1,"4294967294":5,"b":0,"01":2,"4294967295":4,"-1":6,"":7}"#
    );
}

#[test]
fn what_node_refuses_is_refused_where_the_fault_is() {
    use JsonErrorKind::{ControlCharacter, InvalidEscape, TrailingText, UnexpectedCharacter, UnexpectedEnd};
    for (text, kind, offset_bytes) in [
        ("", UnexpectedEnd, 0),
        ("  ", UnexpectedEnd, 2),
        ("{", UnexpectedEnd, 1),
        ("{'a':1}", UnexpectedCharacter, 1),
        ("{\"a\":1,}", UnexpectedCharacter, 7),
        ("[1,]", UnexpectedCharacter, 3),
        ("[,]", UnexpectedCharacter, 1),
        ("{\"a\":NaN}", UnexpectedCharacter, 5),
        ("{\"a\":Infinity}", UnexpectedCharacter, 5),
        ("{\"a\" 1}", UnexpectedCharacter, 5),
        ("{} x", TrailingText, 3),
        ("// c\n{}", UnexpectedCharacter, 0),
        ("{\"a\":01}", UnexpectedCharacter, 6),
        ("[1.]", UnexpectedCharacter, 3),
        ("[.5]", UnexpectedCharacter, 1),
        ("[+1]", UnexpectedCharacter, 1),
        ("[-]", UnexpectedCharacter, 2),
        ("[1e]", UnexpectedCharacter, 3),
        ("[0x1]", UnexpectedCharacter, 2),
        ("\"\u{1}\"", ControlCharacter, 1),
        ("\"\\x\"", InvalidEscape, 2),
        ("\"\\u12G4\"", InvalidEscape, 5),
        ("\"\\", UnexpectedEnd, 2),
        ("\"a", UnexpectedEnd, 2),
        ("undefined", UnexpectedCharacter, 0),
        ("nul", UnexpectedEnd, 3),
        ("{\"a\":1", UnexpectedEnd, 6),
        ("[1}", UnexpectedCharacter, 2),
        ("\u{a0}1", UnexpectedCharacter, 0),
        ("\u{feff}1", UnexpectedCharacter, 0),
    ] {
        assert_eq!(refusal(text), (kind, offset_bytes), "{text:?}");
    }
}

#[test]
fn infinite_numbers_are_refused_on_request() {
    let limits = Limits { allow_infinite: false, ..LIMITS };
    let error = parse("[1,-1e999]", limits).unwrap_err();
    assert_eq!((error.kind, error.offset_bytes), (JsonErrorKind::NumberOutOfRange, 3));
    assert!(parse("[1e308,1e-999]", limits).is_ok());
}

#[test]
fn depth_is_limited_whatever_the_text_says() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&nested(256), LIMITS).is_ok());
    assert_eq!(refusal(&nested(257)), (JsonErrorKind::TooDeep, 256));
    assert_eq!(refusal(&"[".repeat(500_000)).0, JsonErrorKind::TooDeep);
    assert_eq!(refusal(&"{\"a\":".repeat(500_000)).0, JsonErrorKind::TooDeep);
    let unlimited = Limits { max_depth: usize::MAX, ..LIMITS };
    assert!(parse(&nested(DEPTH_CEILING), unlimited).is_ok());
    assert!(parse(&nested(DEPTH_CEILING + 1), unlimited).is_err());
}

/// A quadratic search for repeated keys would take minutes here.
#[test]
fn many_keys_are_read_in_reasonable_time() {
    let keys: Vec<String> = (0..100_000).map(|index| format!("\"k{}\":0", index / 2)).collect();
    let object = parse(&format!("{{{}}}", keys.join(",")), LIMITS).unwrap();
    assert_eq!(object.as_object().unwrap().len(), 50_000);
}
