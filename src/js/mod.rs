//! What JavaScript would have made of a text.
//!
//! The first heat-collector ran on Node, so its contract is full of JavaScript: `Number("0x10")` is a page size,
//! `Date.parse("15 Jun 2020")` a time filter, `JSON.parse` decides which bodies are refused. This room answers such
//! questions exactly as Node 20 does and knows no protocol. Where it stops short of that, the item says so.

pub mod date;
pub mod json;
pub mod number;
pub mod query_string;
pub mod whitespace;

mod body_text;

#[cfg(test)]
mod properties;
