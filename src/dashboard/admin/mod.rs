//! `/admin/...`: the installation, for its administrators. Users have a room of their own.

mod address;
mod backups;
mod config;
mod projects;
mod proxy;
mod status;
mod storage;

pub use address::page as address;
pub use backups::{make as make_backup, page as backups};
pub use config::page as config;
pub use projects::{add as add_project, page as projects, rename as rename_project};
pub use proxy::page as proxy;
pub use status::page as status;
pub use storage::page as storage;

use actix_web::HttpRequest;

use super::layout::Layout;

/// The frame of these pages.
fn layout(request: &HttpRequest) -> Layout {
    Layout::new(request, "Installation", "admin", None)
}

/// A name and what is to be told under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub name: &'static str,
    pub value: String,
}

impl Fact {
    fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into() }
    }
}
