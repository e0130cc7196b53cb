//! Accounts at the edge: passwords, second factors, the cookies of sessions and of share links, the first set-up.
//!
//! ```text
//! login    throttle -> Argon2id (two at a time) -> second factor -> session
//! sessions cookie -> SHA-256 -> row -> Viewer
//! ```

pub mod cookies;
pub mod login;
pub mod login_links;
pub mod names;
pub mod password_hash;
pub mod password_rules;
pub mod passwords;
pub mod recovery_code;
pub mod second_factor;
pub mod service;
pub mod sessions;
pub mod set_up;
pub mod share_cookie;
pub mod throttle;
pub mod totp;
