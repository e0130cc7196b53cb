//! Rows of the Datalyr protocol: events, who is who, sessions, touches, conversions.
//!
//! `insert` writes a batch by way of its neighbours, one file for each kind of row.

pub mod insert;
pub mod suppressions;
