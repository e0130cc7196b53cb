//! Rows of the Datalyr protocol: events, who is who, sessions, touches, conversions.
//!
//! `insert` writes a batch by way of its neighbours, one file for each kind of row. Whatever order events arrive in, the
//! rows that follow from them are the same: they are added, or changed by minimum, maximum and sum.

pub mod conversions;
pub mod events;
pub mod identifiers;
pub mod insert;
pub mod keys;
pub mod people;
pub mod quarantine;
pub mod sessions;
pub mod suppressions;
pub mod touches;
pub mod traits;
