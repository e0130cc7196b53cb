//! The demo: a sample shop behind the proxy, and weeks of made-up history, so that a first look at Hearth shows something.
//!
//! ```text
//!     catalogue, customers    what the shop sells, and to whom
//!     shop                    its pages: an app like a user's own, which knows Hearth only by HTTP
//!     history                 what happened in the weeks before, through the store's one write path
//! ```
//!
//! `cli` ties it together: store, history, server, shop.

pub mod catalogue;
pub mod customers;
pub mod history;
pub mod project;
pub mod shop;
pub mod state;
