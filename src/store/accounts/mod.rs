//! Who may look at the dashboard: accounts, their sessions and roles, and the links that need no account.
//!
//! The functions run on any connection: a reader's, that of [`crate::store::Store::administer`], or that of a command
//! beside a running server. Nothing of this goes through the writer.

pub mod account;
pub mod read_tokens;
pub mod recovery_codes;
pub mod roles;
pub mod sessions;
pub mod setup;
pub mod share_links;
