//! What a visit leaves behind, before it is understood: bodies as they would be sent, and requests as the proxy sees them.

/// One thing that arrives, and when.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub at_ms: i64,
    pub what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// What the tracker sends to `/ingest`.
    Heat(Sent),
    /// What the shop's server or a page sends to `/track`.
    Track(Sent),
    Request(Box<Request>),
}

/// A body on its way.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub body: String,
    pub user_agent: Option<&'static str>,
    pub address_hash: Option<[u8; 16]>,
}

/// A request through the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub method: &'static str,
    pub route: &'static str,
    pub url: String,
    pub status: u16,
    pub duration_us: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// Id and name.
    pub user: Option<(String, String)>,
    pub session: Option<String>,
    pub user_agent: &'static str,
    pub referrer: Option<String>,
    /// The shop did not answer in time.
    pub timed_out: bool,
}
