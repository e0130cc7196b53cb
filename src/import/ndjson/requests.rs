//! Requests as they were recorded.

use serde::Deserialize;

use super::Reason;
use super::wire::{country, sixteen};
use crate::domain::Batch;
use crate::domain::id::ProjectId;
use crate::domain::traffic::{Failure, Protocol, TrafficBatch, TrafficRecord, TrafficUser};
use crate::intake::traffic::kept::Kept;

#[derive(Debug, Deserialize)]
struct RequestLine {
    ended_ms: i64,
    created_ms: i64,
    duration_us: u64,
    first_byte_us: Option<u64>,
    upstream_us: Option<u64>,
    method: Box<str>,
    route: Box<str>,
    host: Box<str>,
    url: Box<str>,
    status: u16,
    is_slow: bool,
    failure: Option<Box<str>>,
    protocol: Box<str>,
    bytes_in: u64,
    bytes_out: u64,
    user_id: Option<Box<str>>,
    user_name: Option<Box<str>>,
    user_email: Option<Box<str>>,
    session_id: Option<Box<str>>,
    ip: Option<Box<str>>,
    user_agent: Option<Box<str>>,
    referrer: Option<Box<str>>,
    trace_id: Option<Box<str>>,
    country: Option<Box<str>>,
}

/// A batch of one request. What `[traffic]` does not let reach the disk now stays away.
pub(super) fn read(text: &str, project: ProjectId, kept: &Kept) -> Result<Batch, Reason> {
    let line: RequestLine = serde_json::from_str(text).map_err(|_| "it is no request as an export writes it")?;
    if !(100..=999).contains(&line.status) {
        return Err("its status is none");
    }
    if line.ended_ms < 0 || line.created_ms < 1 {
        return Err("its time is before 1970");
    }
    let (user_name, user_email) = (line.user_name, line.user_email);
    let user = line.user_id.map(|id| TrafficUser { id, name: user_name, email: user_email });
    let failure = line.failure.as_deref().map(|name| Failure::ALL.into_iter().find(|failure| failure.name() == name));
    let record = TrafficRecord {
        id: 0,
        project,
        ended_at_ms: line.ended_ms,
        created_at_ms: line.created_ms,
        duration_us: line.duration_us,
        first_byte_us: line.first_byte_us,
        upstream_us: line.upstream_us,
        method: kept.method(&line.method).ok_or("its method is none")?,
        route: kept.route(&line.route),
        host: (&*line.host).into(),
        original_url: line.url,
        status: line.status,
        is_slow: line.is_slow,
        failure: failure.map(|failure| failure.ok_or("there is no such failure")).transpose()?,
        protocol: Protocol::ALL
            .into_iter()
            .find(|protocol| protocol.name() == &*line.protocol)
            .ok_or("there is no such protocol")?,
        bytes_in: line.bytes_in,
        bytes_out: line.bytes_out,
        user,
        session_id: line.session_id,
        ip: line.ip.as_deref().and_then(|ip| kept.ip(ip)),
        user_agent: line.user_agent.as_deref().and_then(|agent| kept.user_agent(agent)),
        referrer: line.referrer,
        country: country(line.country.as_deref()),
        trace_id: line.trace_id.as_deref().and_then(sixteen),
    };
    Ok(Batch::Traffic(TrafficBatch { records: vec![record] }))
}
