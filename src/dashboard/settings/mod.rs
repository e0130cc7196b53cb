//! `/p/{project}/settings/...`: what a project's people set. A page for each tab; sharing is the accounts' own.
//!
//! Forms answer 303 to their page when something was changed, and show the form again with a text where it was not.

mod danger;
mod filters;
mod general;
mod goals;
mod install;
mod keys;
mod listening;
mod retention;
mod snippets;

pub use danger::{delete as delete_project, page as danger};
pub use filters::{page as filters, remove as remove_filter, rename as rename_filter, save as save_filter};
pub use general::{page as general, project_name, save as save_general, zones};
pub use goals::{add as add_goal, page as goals, remove as remove_goal};
pub use install::{page as install, with_key as install_with_key};
pub use keys::{create as create_key, page as keys, revoke as revoke_key, save_pages};
pub use listening::listening;
pub use retention::page as retention;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::error::PageError;
use super::screen::html;

/// A page whose form could not be taken.
fn refused(page: &impl Template) -> Result<HttpResponse, PageError> {
    let mut answer = html(page)?;
    *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(answer)
}
