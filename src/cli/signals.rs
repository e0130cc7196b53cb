//! What a running server is asked for by signals.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// `SIGXFSZ` on every system that Hearth is built for (signal(7)). Unless somebody listens, writing beyond a limit of the
/// size of files ends the process; so it is an error of writing, `EFBIG`, as a full disk is one.
const FILE_TOO_LARGE: i32 = 25;

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Stop {
        name: &'static str,
        number: u8,
    },
    /// Read configuration, certificates and the database of countries again.
    Reload,
    /// Make a copy of the database now.
    Backup,
}

/// The signals that mean something.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    user1: Signal,
    /// Listened to and not heard. (`SIGPIPE` is ignored by Rust's own start.)
    _file_too_large: Signal,
}

impl Signals {
    /// Listens from now on; none of these ends the process any more.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
            _file_too_large: signal(SignalKind::from_raw(FILE_TOO_LARGE))?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop { name: "SIGTERM", number: 15 },
            _ = self.interrupt.recv() => Asked::Stop { name: "SIGINT", number: 2 },
            _ = self.hang_up.recv() => Asked::Reload,
            _ = self.user1.recv() => Asked::Backup,
        }
    }

    /// The number of the next one that asks for a stop; others do not matter any more.
    pub async fn second_stop(&mut self) -> u8 {
        loop {
            if let Asked::Stop { number, .. } = self.next().await {
                return number;
            }
        }
    }
}
