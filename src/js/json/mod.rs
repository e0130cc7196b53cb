//! JSON as JavaScript reads and writes it.
//!
//! `serde_json` refuses `1e999` and lone surrogates, keeps 128 levels and has another order of keys; the contract of
//! heat-collector (heat-collector.md 4.2) rests on `JSON.parse` in all of these.

mod cursor;
mod error;
mod object;
mod parse;
mod stringify;
mod value;

pub use super::body_text::{BodyTextError, Malformed, decode_body_text};
pub use error::{JsonError, JsonErrorKind};
pub use object::Object;
pub use parse::{DEPTH_CEILING, Limits, parse};
pub use stringify::{stringify, write_json, write_json_text};
pub use value::{JsType, Value};

#[cfg(test)]
mod tests;
