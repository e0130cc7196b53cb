//! How often, how long, how much: the numbers of the live view.

use std::time::Duration;

use super::topic::Room;

/// Shortest time between two deliveries to one watcher.
pub const DELIVERY_GAP: Duration = Duration::from_millis(100);

/// What one delivery may hold. Together with [`DELIVERY_GAP`]: a thousand events a second for each watcher.
pub const DELIVERY: Room = Room { events: 100, bytes: 12 * 1024, looked_at: 1_024 };

/// How long a connection may take none of what is sent to it.
pub const STALL_LIMIT: Duration = Duration::from_secs(30);

/// How often the credentials of a watcher are looked at again.
pub const RECHECK: Duration = Duration::from_mins(1);

/// Largest message that a watcher may send, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;
