//! `/p/{project}/people`: who is known, and everything about one person.
//!
//! ```text
//! list -> person: facts (ids, traits, sums), touches, sessions, timeline -> erase
//! ```
//!
//! Persons have no address of their own in paths: their ids come from outside and may be anything, so they are a parameter.

mod erase;
mod list;
mod person;
mod timeline;

pub use erase::{erase, form as erase_form};
pub use list::page as list;
pub use person::page as person;

use actix_web::HttpRequest;

use super::error::PageError;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;

/// Longest id that is looked for, in bytes.
const MAX_ID_BYTES: usize = 1_024;

/// The address of a person's page, below a project's.
#[must_use]
pub fn address(base: &str, person: &str) -> String {
    let id: String = url::form_urlencoded::byte_serialize(person.as_bytes()).collect();
    format!("{base}/people/person?id={id}")
}

/// The person that a request asks for.
fn asked(request: &HttpRequest) -> Result<String, PageError> {
    let parameters = Parameters::of(request);
    let id = parameters.text("id")?.filter(|id| id.len() <= MAX_ID_BYTES);
    Ok(id.ok_or(Problem::PersonNotFound)?.to_owned())
}
