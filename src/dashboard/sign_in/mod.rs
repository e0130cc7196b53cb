//! Pages for those who are not signed in: the set-up, the sign-in, share links.

pub mod code;
pub mod login;
pub mod refusal;
pub mod setup;
pub mod setup_project;
pub mod share;
