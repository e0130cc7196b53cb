//! What happens now, for those who watch: Hearth's own websocket, and Socket.IO as express-sequelize-traffic speaks it.
//!
//! ```text
//!     store::feed --> hub: each commit becomes short texts, once for all who watch the same
//!                      |
//!                    topic: the latest events, bounded, numbered; a watcher is a position in it
//!                      |
//!          websocket --+-- socket_io (websocket, long polling)
//! ```
//!
//! A watcher has no queue of its own. It takes from the topic when it may send again; what has left the topic by then
//! was skipped, and it is told how many. So a watcher that does not read costs what its connection buffers and no
//! more, and nobody ever waits for it.

pub mod event;
pub mod hub;
pub mod outgoing;
pub mod pace;
pub mod seats;
pub mod services;
pub mod socket_io;
pub mod stop;
pub mod topic;
pub mod websocket;
