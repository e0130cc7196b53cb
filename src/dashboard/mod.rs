//! Pages: askama out.

pub mod start;
