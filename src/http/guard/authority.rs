//! Host and port, as in the field `Host` (RFC 9110 7.2) and in an absolute target.

use std::net::Ipv6Addr;
use std::ops::Range;

const MAX_HOST_BYTES: usize = 255;

/// Port of `http` when none is given.
const DEFAULT_PORT: u16 = 80;

/// A valid host and port; no user, nothing percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    /// Where it is in the head.
    pub range: Range<usize>,
    host_bytes: usize,
    port: u16,
}

impl Authority {
    /// Reads `host[:port]`; `start` is where it is in the head.
    ///
    /// Narrower than the grammar of RFC 3986: names are of letters, digits, dots, hyphens and underscores. That is what
    /// names in use are made of, and nothing in them can be taken for something else further on.
    pub fn read(text: &[u8], start: usize) -> Option<Self> {
        let host_bytes = match text.first()? {
            b'[' => text.iter().position(|byte| *byte == b']')? + 1,
            _ => text.iter().position(|byte| *byte == b':').unwrap_or(text.len()),
        };
        let (host, port) = text.split_at_checked(host_bytes)?;
        let port = match port {
            [] => DEFAULT_PORT,
            [b':', digits @ ..] => read_port(digits)?,
            _ => return None,
        };
        is_host(host).then(|| Self { range: start..start + text.len(), host_bytes, port })
    }

    /// Whether both name the same place; each is given with the head that it was read from.
    pub fn is_same(&self, head: &[u8], other: &Self) -> bool {
        self.port == other.port && self.host(head).eq_ignore_ascii_case(other.host(head))
    }

    fn host<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        head.get(self.range.start..self.range.start + self.host_bytes).unwrap_or_default()
    }
}

fn is_host(text: &[u8]) -> bool {
    if let [b'[', address @ .., b']'] = text {
        return std::str::from_utf8(address).is_ok_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    let is_name_byte = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !text.is_empty() && text.len() <= MAX_HOST_BYTES && text.iter().all(is_name_byte)
}

fn read_port(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 5 {
        return None;
    }
    digits.iter().try_fold(0_u16, |port, digit| {
        digit.is_ascii_digit().then_some(())?;
        port.checked_mul(10)?.checked_add(u16::from(*digit - b'0'))
    })
}
