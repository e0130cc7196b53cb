//! `GET /live`: Hearth's own websocket (docs/live.md).

pub mod filter;
pub mod message;
pub mod service;
mod watcher;
