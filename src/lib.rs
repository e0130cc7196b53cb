//! Hearth: what browsers, apps and backends report, kept in one SQLite file and shown.
//!
//! ```text
//!     browsers, apps, proxied requests                       people and programs that read
//!       |  routes: every door on one page                         ^
//!       v                                                         | JSON, pages
//!     intake/*       wire -> decode -> Batch | refusal            |
//!       |  identity: which address                              query
//!       v                                                         ^
//!     store::queue   bounded; full is an answer, not a wait       | one snapshot per answer
//!       v                                                         |
//!     store::writer  one thread, group commit, then answer --- SQLite --- store::feed (what was committed)
//! ```
//!
//! Floors; imports go only downwards (`tests/architecture.rs` holds it):
//!
//! * F0 `js`, then `domain`: what JavaScript does; what Hearth speaks about. No I/O.
//! * F1 `config`, then `identity`
//! * F1 `telemetry`, started by `cli`
//! * F2 `store`
//! * F3 `query`, `backup`, then `http`, `export`
//! * F4 `intake`, `api`, `dashboard`, `live`
//! * F5 `proxy`, `routes`, `import`, then `app`, `demo`
//! * F6 `cli`, `main`
//!
//! What must never be true: a 2xx for something a crash can lose; an unbounded queue, map, body or label
//! set; a silent refusal; a 5xx that explains its inside; a number that the API would not give.

pub mod api;
pub mod app;
pub mod backup;
pub mod cli;
pub mod config;
pub mod dashboard;
pub mod demo;
pub mod domain;
pub mod export;
pub mod http;
pub mod identity;
pub mod import;
pub mod intake;
pub mod js;
pub mod live;
pub mod proxy;
pub mod query;
pub mod routes;
pub mod store;
pub mod telemetry;
