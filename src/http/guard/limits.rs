//! How much of a connection's time and memory a client may take.

use std::time::Duration;

/// Longest method, in bytes. The longest registered one has 17 (RFC 9110 16.1).
pub(super) const MAX_METHOD_BYTES: usize = 32;

/// Longest line with the size of a chunk, with its extensions and its end.
pub(super) const MAX_CHUNK_LINE_BYTES: usize = 256;

/// Most bytes of chunk extensions and trailers of one message.
pub(super) const MAX_CHUNK_EXTRA_BYTES: usize = 4096;

/// How much is read and thrown away of a client that is refused, so that it can read why.
///
/// A client in the middle of an upload writes on until it has read the answer: what a connection's buffers hold and
/// more. Closing before that resets the connection, and the answer is lost with it (RFC 9112 9.6).
pub(super) const MAX_LINGER_BYTES: u64 = 16 * 1024 * 1024;

/// How long a refused client may go on sending.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// Waiting for a body is not judged by its rate before this much of it.
pub(super) const RATE_GRACE: Duration = Duration::from_secs(5);

/// What one client may take: the configurable part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest head, from the method to the empty line; larger ones are answered 431.
    pub max_head_bytes: usize,
    /// Most fields of a head; more are answered 431.
    pub max_fields: usize,
    /// Longest request target; longer ones are answered 414.
    pub max_target_bytes: usize,
    /// Longest time from a head's first byte to its last; of a new connection: from its beginning. Answered 408.
    pub head_timeout: Duration,
    /// Longest time in which a client sends nothing of a body, or takes nothing of a response.
    pub client_timeout: Duration,
    /// Slowest body in bytes per second of waiting for it, after five seconds of waiting; 0 is any. Answered 408.
    pub min_body_rate: u64,
    /// Protocols for which an `Upgrade` is let through beside `websocket`, in lower case.
    pub upgrades: Vec<String>,
    /// How long a connection may be idle between exchanges; it is then closed without a word. `None`: the library
    /// that is guarded sees to it.
    pub keep_alive: Option<Duration>,
}
