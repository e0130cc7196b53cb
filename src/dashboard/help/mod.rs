//! Help: short texts in Markdown, compiled in, shown as pages and by `hearth help TOPIC`.
//!
//! `topics` has the texts, `html` and `plain` are the two forms in which they are shown.

mod html;
mod page;
pub mod plain;
pub mod topics;

pub use page::{index, topic};
