//! The doors: one folder per outside protocol, none of which imports another.

pub mod datalyr;
pub mod heat;
pub mod tracker;
pub mod traffic;
