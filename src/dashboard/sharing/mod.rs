//! `/p/{project}/settings/sharing`: share links, and who has which role in the project.

pub mod links;
pub mod members;
pub mod page;
