//! Fields that mean one connection only, and end at a proxy (RFC 9110 7.6.1).

use hyper::HeaderMap;
use hyper::header::{CONNECTION, HeaderName};

/// Fields that no `Connection` may take away: framing and routing, and what the app trusts to be there.
///
/// `Connection: content-length` would otherwise change where the message ends, `Connection: cookie` who sent it.
const KEPT: [&str; 7] =
    ["authorization", "content-length", "content-type", "cookie", "host", "transfer-encoding", "x-request-id"];

/// Whether the field ends here in any case.
///
/// `te` and `trailer` are among them because trailers are dropped; of `transfer-encoding`, only chunked is let in, and
/// each side frames anew.
pub(super) fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Adds to `found` the fields that `Connection` names.
pub(super) fn named_by_connection(headers: &HeaderMap, found: &mut Vec<HeaderName>) {
    let lines = headers.get_all(CONNECTION).into_iter().filter_map(|line| line.to_str().ok());
    for option in lines.flat_map(|line| line.split(',')) {
        let option = option.trim();
        if option.eq_ignore_ascii_case("close") || option.eq_ignore_ascii_case("keep-alive") {
            continue;
        }
        if let Ok(name) = HeaderName::try_from(option)
            && !KEPT.contains(&name.as_str())
        {
            found.push(name);
        }
    }
}

/// Whether `Connection` has the option.
pub(super) fn connection_has(headers: &HeaderMap, option: &str) -> bool {
    let lines = headers.get_all(CONNECTION).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|one| one.trim().eq_ignore_ascii_case(option))
}
