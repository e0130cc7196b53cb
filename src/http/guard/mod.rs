//! Between the socket and the HTTP library: only requests whose framing is beyond doubt get through.
//!
//! hyper and actix-http accept what RFC 9112 forbids or leaves open (a bare LF, `Upgrade` beside a Content-Length,
//! endless chunk extensions, a second head that never ends). Two readers who understand such a request differently
//! can be played against each other, so Hearth reads the framing itself, from the bytes, and refuses in doubt.
//!
//! ```text
//!     socket --> Guarded --> hyper or actix-http --> service
//!                  |   `-- Incoming: heads checked, chunks checked, at most one message handed on at a time
//!                  `-- Connection: what a service may know and say about its connection
//! ```
//!
//! What a service must do is small: call [`Connection::begin_exchange`] for each request and drop the [`Exchange`]
//! once the response's body has ended. Until then the next request, and the end of the stream, are held back; a
//! service that forgets it is never given a second request.
//!
//! * A head that is refused never reaches the library. It sees the end of the stream instead, once the exchanges
//!   before have ended, and shuts the connection down; the guard then writes the refusal.
//! * A body that breaks the rules ends early for the library, which reports it as incomplete.
//!   [`Connection::violation`] tells the service why, so that it can answer with that status; if nothing was answered
//!   when the library shuts the connection down, the guard does.
//! * Nothing read after a violation is handed on. The connection is closed in a way that lets the client read the
//!   answer.
//!
//! Of hyper: leave its own timeout for heads off, which would drop the connection without shutting it down. Whether
//! `half_close` is on makes no difference to what is answered; off, it goes on reading during an exchange, so that
//! [`Connection::client_closed`] can tell. Of actix-http: `client_disconnect_timeout` must be longer than the guard
//! lingers.

mod alarm;
mod authority;
mod chunks;
mod connection;
mod field;
mod grammar;
mod guarded;
mod head;
mod incoming;
#[cfg(any(test, fuzzing))]
pub mod judging;
mod limits;
mod options;
mod pace;
mod request_line;
mod rewrite;
mod target;
#[cfg(test)]
mod tests;
mod violation;

pub use connection::{Connection, Exchange, Flushed};
pub use grammar::is_token;
pub use guarded::Guarded;
pub use limits::Limits;
pub use violation::Violation;
