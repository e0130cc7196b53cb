//! Questions about proxied requests.
//!
//! ```text
//! span         which buckets make up a time               walk          requests newest first, along an index
//! buckets      numbers, from the rollups                  record        one of them with its texts
//!   routes, one_route, timeline, overview, user_counts      requests, errors, live, user_detail
//!   series, in buckets of any zone                        counted, where rollups do not know
//!                         conditions, which of them pass
//! ```
//!
//! No question costs more because there is more history: numbers come from rollups, lists stop when their page is full or
//! their budget is used up.

pub mod around;
pub mod buckets;
pub mod conditions;
mod counted;
pub mod error_groups;
pub mod errors;
pub mod histogram;
pub mod known_routes;
pub mod live;
pub mod one_route;
pub mod overview;
pub mod per_minute;
pub mod range;
pub mod record;
pub mod requests;
mod route_minutes;
pub mod routes;
pub mod series;
pub mod sort_names;
mod span;
pub mod timeline;
mod user_counts;
pub mod user_detail;
pub mod walk;
