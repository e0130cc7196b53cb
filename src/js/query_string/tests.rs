//! Queries against what Express 4.22 makes of them.

use super::{Parameter, QueryString};

fn text(text: &str) -> Parameter {
    Parameter::Text(text.to_owned())
}

fn array_of(text: &str) -> Parameter {
    Parameter::Array { only_text: Some(text.to_owned()) }
}

const ARRAY: Parameter = Parameter::Array { only_text: None };

/// What an Express 4.22 host makes of `a`.
#[test]
fn a_parameter_is_what_express_makes_of_it() {
    for (query, expected) in [
        ("a=5", text("5")),
        ("a", text("")),
        ("x=1&a=b=c", text("b=c")),
        ("a=b+c%20%2B%C3%A9", text("b c +é")),
        ("a=b+%zz%20", text("b %zz%20")),
        ("a=%C3", text("%C3")),
        ("a=5;b=3", text("5;b=3")),
        ("%61=1", text("1")),
        ("[a]=1", text("1")),
        ("a=1&a=2", ARRAY),
        ("a[]=5", array_of("5")),
        ("a%5B%5d=5", array_of("5")),
        ("a[][]=9", array_of("9")),
        ("a[3]=7", array_of("7")),
        ("a[0]x=7", array_of("7")),
        ("a[]=1&a=", array_of("1")),
        ("a=&a[]=1", ARRAY),
        ("a[]=1&a[]=2", ARRAY),
        ("a=1&a[b]=2", ARRAY),
        ("a[b]=2&a=1", ARRAY),
        ("a[0][b]=1", ARRAY),
        ("a[b]=5", Parameter::Object),
        ("a[01]=5", Parameter::Object),
        ("a[1000]=5", Parameter::Object),
        ("a[=5", Parameter::Object),
        ("a[]=1&a[b]=2", Parameter::Object),
        ("a[0][0][0][0][0]=5", array_of("5")),
        ("a[0][0][0][0][0][0]=5", ARRAY),
    ] {
        assert_eq!(QueryString::parse(query).get("a"), Some(&expected), "{query}");
    }
}

#[test]
fn other_keys_name_no_parameter() {
    for query in ["", "&&", "=5", "[]=5", "[][a]=5", "[a=5", "b[a]=5", "a]=5", "a=x%5D=y"] {
        assert_eq!(QueryString::parse(query).get("a"), None, "{query}");
    }
}

#[test]
fn parameters_past_the_thousandth_are_not_looked_at() {
    assert!(QueryString::parse(&format!("{}a=1", "b=1&".repeat(999))).get("a").is_some());
    assert!(QueryString::parse(&format!("{}a=1", "b=1&".repeat(1_000))).get("a").is_none());
}
