//! Visits: the numbers that the dashboard shows, by the same questions.

pub mod breakdown;
pub mod goals;
pub mod list;
pub mod now;
pub mod occurrences;
pub mod page;
pub mod place;
pub mod totals;
pub mod totals_body;
pub mod view;
