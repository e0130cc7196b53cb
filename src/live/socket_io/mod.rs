//! Socket.IO 4 below the mount path, for an unmodified `socket.io-client` 4 (traffic.md 4).
//!
//! Two protocols, one inside the other: Engine.IO 4 carries text messages over long polling or a websocket, and lets a
//! client move from the first to the second; Socket.IO 5 names what the messages are. Only what the dashboard of
//! express-sequelize-traffic uses is here: the namespace `/`, and events from the server to the client.
//!
//! ```text
//!     endpoint    one request: which transport, which session
//!     polling, websocket    carry packets for a session
//!     service     who is let in, and what packets of clients do
//!     session     what is due to one client; sessions: all of them
//!     packet      the texts
//! ```
//!
//! Sources: the documents "The Engine.IO protocol" (version 4) and "The Socket.IO protocol" (version 5).

pub mod endpoint;
pub mod packet;
mod polling;
mod refusal;
pub mod service;
pub mod session;
pub mod sessions;
mod websocket;
