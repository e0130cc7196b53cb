//! Proxied requests: the same data and the same questions as under the dashboard's mount path (`intake::traffic::read`),
//! in the manner of this API.

pub mod error_groups;
pub mod errors;
pub mod open;
pub mod overview;
pub mod params;
pub mod request_body;
pub mod requests;
pub mod route;
pub mod routes;
pub mod series;
pub mod summary_body;
pub mod timeline;
pub mod user;
pub mod users;
