//! Values to JSON text.

use super::{Object, Value};
use crate::js::number;

/// Writes a value as `JSON.stringify` does: no spaces, infinite numbers as `null`, −0 as `0`.
///
/// Goes as deep as the value, which for anything that came from [`parse`](super::parse) is bounded.
#[must_use]
pub fn stringify(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

/// Appends what [`stringify`] returns.
pub fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) if number.is_finite() => number::write_text(*number, out),
        Value::Null | Value::Number(_) => out.push_str("null"),
        Value::String(text) => write_json_text(text, out),
        Value::Array(items) => write_array(items, out),
        Value::Object(object) => write_object(object, out),
    }
}

/// Appends a text in double quotes, escaping what `JSON.stringify` escapes and nothing else.
pub fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    let mut written = 0;
    for (index, byte) in text.bytes().enumerate() {
        let Some(escape) = escape(byte) else { continue };
        out.push_str(&text[written..index]);
        escape.write(out);
        written = index + 1;
    }
    out.push_str(&text[written..]);
    out.push('"');
}

fn write_array(items: &[Value], out: &mut String) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_json(item, out);
    }
    out.push(']');
}

fn write_object(object: &Object, out: &mut String) {
    out.push('{');
    for (index, (key, value)) in object.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_json_text(key, out);
        out.push(':');
        write_json(value, out);
    }
    out.push('}');
}

/// How a byte is escaped.
enum Escape {
    Short(&'static str),
    /// Four hexadecimal digits, of which a control character needs the last two.
    Unicode(u8),
}

impl Escape {
    fn write(&self, out: &mut String) {
        match self {
            Self::Short(text) => out.push_str(text),
            Self::Unicode(byte) => {
                out.push_str("\\u00");
                out.extend([byte >> 4, byte & 0x0f].iter().filter_map(|digit| char::from_digit(u32::from(*digit), 16)));
            }
        }
    }
}

const fn escape(byte: u8) -> Option<Escape> {
    Some(match byte {
        b'"' => Escape::Short("\\\""),
        b'\\' => Escape::Short("\\\\"),
        b'\n' => Escape::Short("\\n"),
        b'\r' => Escape::Short("\\r"),
        b'\t' => Escape::Short("\\t"),
        0x08 => Escape::Short("\\b"),
        0x0c => Escape::Short("\\f"),
        0x00..=0x1f => Escape::Unicode(byte),
        _ => return None,
    })
}
