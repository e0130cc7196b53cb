//! The proxy between a client and an upstream that both send exactly what a test says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bodies;
mod broken_upstreams;
mod client;
mod fields;
mod https;
mod keep_alive;
mod limits;
mod records;
mod reserved;
mod responses;
mod setting;
mod stopping;
mod streams;
mod tunnels;
mod upstream;
