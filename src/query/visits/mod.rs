//! Visits: who came, what brought them, what they looked at. What the dashboard and its API count by.
//!
//! Every question has one [`scope::Scope`] and is answered by one walk ([`scan`]) over the visits in it, so that the same
//! number comes out wherever it is shown.

pub mod breakdown;
pub mod days;
pub mod filter;
pub mod first_data;
pub mod goals;
pub mod list;
pub mod matching;
pub mod now;
pub mod occurrences;
pub mod overview;
pub mod page;
pub mod scan;
pub mod scope;
pub mod tally;
pub mod totals;
pub mod visitors;
