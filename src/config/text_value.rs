//! Values written as plain text, in variables and flags.

use figment::value::Value;
use toml_edit::Value as TomlValue;

use super::toml_file::value_of;

/// Reads text as the kind of value that the key's default is.
///
/// The default decides, not the look of the text: an `audience` of `12345` stays text. Text that does not fit is kept as
/// text, and the key's own check then says what it expected.
pub fn read(text: &str, default: &Value) -> Value {
    let as_text = || Value::from(text);
    match default {
        Value::Num(..) => text.trim().parse::<i64>().map_or_else(|_| as_text(), Value::from),
        Value::Bool(..) => text.trim().parse::<bool>().map_or_else(|_| as_text(), Value::from),
        Value::Array(..) if text.trim_start().starts_with('[') => match text.trim().parse::<TomlValue>() {
            Ok(list) => value_of(&list),
            Err(_) => as_text(),
        },
        Value::Array(..) => Value::from(separated_by_commas(text)),
        _ => as_text(),
    }
}

fn separated_by_commas(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
}
