//! A JSON value.

use super::Object;

/// A value as `JSON.parse` returns it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A double; infinite where the text said `1e999` and that was allowed, never `NaN`.
    Number(f64),
    /// Text; a lone surrogate of the source has become U+FFFD.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// Keys and values in JavaScript's order.
    Object(Object),
}

impl Value {
    /// The type, as error messages name it.
    #[must_use]
    pub const fn js_type(&self) -> JsType {
        match self {
            Self::Null => JsType::Null,
            Self::Bool(_) => JsType::Boolean,
            Self::Number(number) if number.is_nan() => JsType::Nan,
            Self::Number(_) => JsType::Number,
            Self::String(_) => JsType::String,
            Self::Array(_) => JsType::Array,
            Self::Object(_) => JsType::Object,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub const fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The items, if it is a list.
    #[must_use]
    pub const fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(items) => Some(items.as_slice()),
            _ => None,
        }
    }

    /// The object, if it is one.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }
}

/// A JavaScript type as validation messages spell it (heat-collector.md 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsType {
    /// `string`
    String,
    /// `number`
    Number,
    /// `nan`, which such messages tell from `number`
    Nan,
    /// `boolean`
    Boolean,
    /// `null`
    Null,
    /// `object`
    Object,
    /// `array`
    Array,
}

impl JsType {
    /// The word of the messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Nan => "nan",
            Self::Boolean => "boolean",
            Self::Null => "null",
            Self::Object => "object",
            Self::Array => "array",
        }
    }
}
