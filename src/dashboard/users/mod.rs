//! Accounts, for administrators of the installation.

pub mod list;
pub mod one;
