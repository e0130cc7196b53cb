//! HTTPS on our own listeners, with certificates from PEM files (trust.md 5).
//!
//! ```text
//!     accept --> handshake, in time --> ClientStream --> guard --> HTTP library
//!                   `-- Certificate: the one that counts now; a new one serves new handshakes only
//! ```
//!
//! A connection goes on with the certificate that it began with. A pair of files that does not work never replaces one
//! that does.

mod accept;
mod certificate;
mod error;
mod pem;
mod stream;

pub use accept::Tls;
pub use certificate::{Certificate, Shown};
pub use error::TlsError;
pub use stream::ClientStream;
