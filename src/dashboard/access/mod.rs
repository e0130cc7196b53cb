//! Who may see which page. `rules` is the whole of it; `guard` stands before every page and goes by it.

mod form;
pub mod guard;
pub mod headers;
pub mod rules;

pub use form::Fields;
