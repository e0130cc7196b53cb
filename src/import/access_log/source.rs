//! A log as a source.
//!
//! It is known again by its first line. A log that has grown goes on where it ended; one that was rotated, renamed or
//! compressed is the same; what is not yet a whole line is left for the next time.

use std::net::IpAddr;
use std::path::Path;

use super::{LogFormat, LogLine, read};
use crate::config::Config;
use crate::domain::Batch;
use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::traffic::{Protocol, TrafficBatch};
use crate::identity::country::Countries;
use crate::import::Piece;
use crate::import::lines::{self, Lines};
use crate::import::ndjson::{Reason, refuse};
use crate::import::source::{PIECE_RECORDS, Source, SourceIdentity};
use crate::intake::traffic::logged::{Logged, LoggedRequest, LoggedRequests};

/// An open log.
pub struct AccessLog {
    lines: Lines,
    identity: SourceIdentity,
    format: LogFormat,
    project: ProjectId,
    requests: LoggedRequests,
    countries: Countries,
    now_ms: i64,
    is_strict: bool,
}

impl AccessLog {
    /// Opens a log, all of which goes into one project. `stored_routes` are those that are known already.
    pub fn open(
        path: &Path,
        format: LogFormat,
        config: &Config,
        stored_routes: Vec<(ProjectId, String)>,
        (project, is_strict, now_ms): (ProjectId, bool, i64),
    ) -> anyhow::Result<Self> {
        let fingerprint = lines::hash_of_first_line(path)?;
        let identity = SourceIdentity { kind: "access-log", fingerprint };
        let countries = Countries::open(&config.geo);
        let requests = LoggedRequests::new(&config.traffic, stored_routes)?;
        Ok(Self { lines: Lines::open(path, false)?, identity, format, project, requests, countries, now_ms, is_strict })
    }
}

impl Source for AccessLog {
    fn identity(&self) -> SourceIdentity {
        self.identity
    }

    fn total(&self) -> Option<u64> {
        // Counting would be reading.
        None
    }

    fn seek(&mut self, position: u64) -> anyhow::Result<()> {
        self.lines.skip_to(position, |_| ())
    }

    fn next(&mut self) -> anyhow::Result<Option<Piece>> {
        let mut piece = Piece::default();
        let mut records = Vec::new();
        while piece.read < PIECE_RECORDS as u64 {
            let Some(line) = self.lines.read_line()? else { break };
            piece.read += 1;
            let Some(bytes) = line.bytes else {
                refuse(&mut piece, line.number, "it is longer than 16 MiB", self.is_strict)?;
                continue;
            };
            let text = String::from_utf8_lossy(bytes);
            if text.trim().is_empty() || text.starts_with('#') {
                continue;
            }
            let made = match read(&text, self.format) {
                Ok(logged) => make(&mut self.requests, &self.countries, &logged, (self.project, self.now_ms)),
                Err(refusal) => {
                    refuse(&mut piece, line.number, &refusal.to_string(), self.is_strict)?;
                    continue;
                }
            };
            match made {
                Ok(Logged::Record(record)) => records.push(*record),
                // As the proxy would have done.
                Ok(Logged::Ignored) => {}
                Ok(Logged::InvalidMethod) => refuse(&mut piece, line.number, "its method is none", self.is_strict)?,
                Err(reason) => refuse(&mut piece, line.number, reason, self.is_strict)?,
            }
        }
        if piece.read == 0 {
            return Ok(None);
        }
        piece.batches.push(Batch::Traffic(TrafficBatch { records }));
        piece.position = self.lines.position();
        Ok(Some(piece))
    }
}

fn make(
    requests: &mut LoggedRequests,
    countries: &Countries,
    line: &LogLine,
    (project, now_ms): (ProjectId, i64),
) -> Result<Logged, Reason> {
    if line.ended_at_ms < 1 {
        return Err("its time is before 1970");
    }
    if line.ended_at_ms > now_ms.saturating_add(60_000) {
        return Err("its time is in the future");
    }
    let client = address(&line.client);
    Ok(requests.make(&LoggedRequest {
        project,
        ended_at_ms: line.ended_at_ms,
        duration_us: line.duration_us.unwrap_or(0),
        upstream_us: line.upstream_us,
        client,
        country: client.map_or(Country::UNKNOWN, |client| countries.of(false, |_| None, client)),
        method: &line.method,
        target: origin_form(&line.target),
        host: line.host.as_deref().unwrap_or_default(),
        protocol: if line.protocol == "HTTP/1.0" { Protocol::Http10 } else { Protocol::Http11 },
        status: line.status,
        bytes_in: line.bytes_in,
        bytes_out: line.bytes_out,
        referrer: line.referrer.as_deref(),
        user_agent: line.user_agent.as_deref(),
    }))
}

/// Path and query of a target that may be a whole URL, as a client sends it to a proxy.
fn origin_form(target: &str) -> &str {
    let Some((_, rest)) = target.split_once("://").filter(|(scheme, _)| !scheme.contains('/')) else { return target };
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

/// A client's address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_path_and_query() {
        for (target, expected) in
            [("/a?b", "/a?b"), ("http://x.example/a?b", "/a?b"), ("http://x", "/"), ("*", "*"), ("/a://b", "/a://b")]
        {
            assert_eq!(origin_form(target), expected, "{target}");
        }
        assert_eq!(address("10.0.0.1:80"), address("10.0.0.1"));
        assert_eq!(address("unix:"), None);
    }
}
