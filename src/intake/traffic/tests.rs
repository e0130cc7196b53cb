//! What the tests of this room share.

use std::time::Instant;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Version};

use super::recorder::{End, Exchange, Recorder, RequestHead};
use crate::config::{Overrides, Surroundings, Traffic, load_from};
use crate::domain::country::Country;
use crate::domain::id::ProjectId;

/// `[traffic]` as it is by default.
pub fn traffic() -> Traffic {
    load_from(&Overrides::default(), &Surroundings::default()).unwrap().config.traffic
}

pub fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    });
    let mut headers = HeaderMap::new();
    pairs.for_each(|(name, value)| {
        headers.append(name, value);
    });
    headers
}

/// Begins an exchange of a client at 203.0.113.7 with `app.test`.
pub fn begin(recorder: &Recorder, method: &str, target: &str, headers: &HeaderMap, trusted: bool) -> Exchange {
    recorder.begin(&RequestHead {
        is_tls: false,
        country: Country::UNKNOWN,
        project: ProjectId(1),
        method: &Method::from_bytes(method.as_bytes()).unwrap(),
        uri: &target.parse().unwrap(),
        version: Version::HTTP_11,
        headers,
        host: "App.Test:8081",
        client: "203.0.113.7".parse().unwrap(),
        trusted,
        started: Instant::now(),
    })
}

pub fn end(status: u16) -> End {
    End { at: Instant::now(), status, failure: None, bytes_in: 0, bytes_out: 0, upstream_us: None }
}
