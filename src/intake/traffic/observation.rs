//! One exchange as a worker saw it, before anybody has thought about it.

use std::net::IpAddr;
use std::time::Instant;

use hyper::Method;

use super::notes::Notes;
use super::recorder::End;
use super::session_cookie::Session;
use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::traffic::Protocol;

/// What goes through the channel.
#[derive(Debug)]
pub(super) struct Observation {
    pub project: ProjectId,
    pub method: Method,
    pub protocol: Protocol,
    pub client: IpAddr,
    pub country: Country,
    pub is_trusted: bool,
    pub started: Instant,
    /// When the upstream's response began, if it did.
    pub first_byte: Option<Instant>,
    /// Status of the upstream's response, if there was one.
    pub answered: Option<u16>,
    /// Hearth's own session, if there are such.
    pub session: Option<Session>,
    pub notes: Notes,
    pub end: End,
}

impl Observation {
    /// Memory that it holds while it waits, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.notes.bytes()
    }
}
