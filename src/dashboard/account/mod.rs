//! An account's own pages: its name, what keeps it safe, its read tokens.

pub mod factor;
pub mod password;
pub mod profile;
pub mod security;
pub mod sessions;
pub mod tokens;
