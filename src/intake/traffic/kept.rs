//! What is kept of requests that were recorded elsewhere: the same as of our own.

use std::net::IpAddr;
use std::sync::Arc;

use super::open_view::MAX_METHOD_BYTES;
use super::record_maker::{MAX_HOST_BYTES, MAX_USER_AGENT_BYTES};
use super::redaction::Redaction;
use super::texts::{name, shown};
use crate::config::Traffic;

/// Longest route, in bytes.
const MAX_ROUTE_BYTES: usize = 2_048;

/// Longest id, name or address of a user, and longest id of a session, in characters.
const MAX_NAME_CHARS: usize = 255;

/// Applies `[traffic]` to texts of foreign records.
#[derive(Debug)]
pub struct Kept {
    redaction: Redaction,
    keeps_ip: bool,
    keeps_user_agent: bool,
}

impl Kept {
    #[must_use]
    pub fn new(config: &Traffic) -> Self {
        Self {
            redaction: Redaction::new(config.query, &config.query_allow),
            keeps_ip: config.track_ip,
            keeps_user_agent: config.track_user_agent,
        }
    }

    /// A method; nothing if it cannot be one.
    #[must_use]
    pub fn method(&self, text: &str) -> Option<Arc<str>> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let is_method = (1..=MAX_METHOD_BYTES).contains(&text.len()) && text.bytes().all(is_token);
        is_method.then(|| text.into())
    }

    /// A route, which is no place for secrets either.
    #[must_use]
    pub fn route(&self, text: &str) -> Arc<str> {
        shown(self.url(text).as_bytes(), MAX_ROUTE_BYTES).into()
    }

    /// Path and query as far as they may be kept.
    #[must_use]
    pub fn url(&self, text: &str) -> Box<str> {
        let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
        self.redaction.url(path, query)
    }

    /// Origin and path of a page that linked here.
    #[must_use]
    pub fn referrer(&self, text: &str) -> Option<Box<str>> {
        self.redaction.referrer(text)
    }

    /// Id, name or e-mail address of a user, or the id of a session; nothing if there is nothing to show.
    #[must_use]
    pub fn name(&self, text: &str) -> Option<Box<str>> {
        name(text.as_bytes(), MAX_NAME_CHARS)
    }

    /// Name of a host, lower case and without a port.
    #[must_use]
    pub fn host(&self, text: &str) -> Arc<str> {
        shown(text.as_bytes(), MAX_HOST_BYTES).to_ascii_lowercase().into()
    }

    /// An address, if `traffic.track_ip` is on and it is one.
    #[must_use]
    pub fn ip(&self, text: &str) -> Option<Box<str>> {
        let ip: IpAddr = text.trim().parse().ok().filter(|_| self.keeps_ip)?;
        Some(ip.to_canonical().to_string().into())
    }

    /// A user agent, if `traffic.track_user_agent` is on.
    #[must_use]
    pub fn user_agent(&self, text: &str) -> Option<Arc<str>> {
        let text = shown(text.as_bytes(), MAX_USER_AGENT_BYTES);
        (self.keeps_user_agent && !text.is_empty()).then(|| text.into())
    }
}
