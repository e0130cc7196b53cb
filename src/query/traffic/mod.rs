//! Questions about proxied requests.
//!
//! ```text
//! buckets      numbers over a span, from the rollups      walk          requests newest first, along an index
//!   routes, one_route, timeline, overview                   requests, errors, live, user_detail
//! ```
//!
//! No question costs more because there is more history: numbers come from rollups, lists stop when their page is full or
//! their budget is used up.

pub mod buckets;
pub mod errors;
pub mod live;
pub mod one_route;
pub mod overview;
pub mod range;
pub mod record;
pub mod requests;
mod route_minutes;
pub mod routes;
pub mod sort_names;
pub mod timeline;
pub mod user_detail;
pub mod walk;
