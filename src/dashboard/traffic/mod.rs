//! What the app answered: requests that passed the proxy, by route, by user, one by one.
//!
//! ```text
//! asked    what a page was asked for: span, conditions, its own parameters
//! figures  the numbers at the top, and the chart of one of them      rows     requests in tables
//! list     a page of requests, by which `requests`, `slow` and `errors` are made
//! ```

pub mod asked;
pub mod columns;
pub mod errors;
pub mod figures;
pub mod list;
pub mod overview;
pub mod request;
pub mod requests;
pub mod route;
pub mod routes;
pub mod rows;
pub mod slow;
pub mod tabs;
pub mod user;
pub mod users;
