//! The edge, for every protocol alike: ids, bodies, who may read, tokens, errors of our own API.

pub mod access_log;
pub mod accounts;
pub mod body;
pub mod brief_memory;
pub mod dashboard_access;
pub mod guard;
pub mod iso_time;
pub mod json_number;
pub mod jwt;
pub mod keys;
pub mod own_origin;
pub mod parameters;
pub mod path;
pub mod problem;
pub mod proxy_state;
pub mod rate_window;
pub mod read_access;
pub mod refusals;
pub mod request_id;
pub mod server;
pub mod shared_origins;
pub mod stopping;
pub mod tls;
pub mod view;
pub mod viewer;
