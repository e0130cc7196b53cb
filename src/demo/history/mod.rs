//! Weeks of made-up history.
