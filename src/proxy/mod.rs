//! The recording proxy: stands in front of the user's app (traffic.md 5).
//!
//! ```text
//!     client -- guard -- hyper server -- exchange -- hyper client -- upstream
//!                 |                        |   |
//!                 framing, slow clients    |   recorder: notes, never waits
//!                                          choice of upstream, rules for fields, timeouts, refusals
//! ```
//!
//! Each worker thread has its own runtime, connections, and idle upstream connections ([`worker`]); nothing on the
//! way of a request is locked for long or shared with other threads but counters. Bodies are never collected: a
//! frame is read when the other side can take it.
//!
//! What HTTP leaves to a proxy, decided here: trailers are dropped in both directions, 1xx responses other than 100
//! and 101 too; a client that ends its side while it waits is taken for gone after a moment, as nginx does; requests
//! are sent a second time only if they are safe, have no body, and a reused connection turned out to be closed.

mod address_limit;
mod connect;
mod connection;
mod exchange;
mod forwarded;
mod hop_by_hop;
mod notes;
mod pool;
mod refusal;
mod request_body;
mod request_fields;
mod reserved;
mod response_body;
mod response_fields;
mod sending;
mod service;
mod stop;
mod tunnel;
mod upstreams;
mod watchdog;
mod worker;

pub use service::{ProxyService, ProxySetupError, listen};
