//! What dashboards written for express-sequelize-traffic ask under the mount path (traffic.md 3).
//!
//! Names are `camelCase`, times ISO 8601 in UTC with milliseconds. The answers are those of Hearth's own API
//! (`api::traffic`), from the same questions, in the words of the original. Where the original leaves a shape open,
//! it is chosen here and described for the OpenAPI document.

pub mod answer;
pub mod config;
pub mod errors;
pub mod live;
pub mod log;
pub mod openapi;
pub mod overview;
pub mod params;
pub mod routes;
pub mod service;
pub mod summary;
pub mod user;
pub mod users;
