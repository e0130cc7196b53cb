//! `/p/{project}/attribution`: which touches brought conversions and revenue, by model.
//!
//! `choice` is what somebody wants to see of it, `table` the credit, `latest` the newest conversions.

mod choice;
mod latest;
mod page;
mod table;

pub use page::page;
