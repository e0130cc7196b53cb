//! What holds for every stream of bytes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{End, judge, judge_pieces};

/// Pieces of requests, right and wrong, that are put together at random.
const PIECES: [&str; 52] = [
    "GET /a HTTP/1.1\r\n",
    "POST /a?b=c HTTP/1.1\r\n",
    "POST /a HTTP/1.0\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "GET http://app.test/x HTTP/1.1\r\n",
    "GET ",
    "/path ",
    "HTTP/1.1\r\n",
    "HTTP/1.2\r\n",
    "CONNECT a:1 HTTP/1.1\r\n",
    "Host: app.test\r\n",
    "Host: evil.test\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 005\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 5, 5\r\n",
    "Content_Length: 7\r\n",
    "Content-Length : 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive, Upgrade\r\n",
    "Upgrade: websocket\r\n",
    "Sec-WebSocket-Key: a\r\n",
    "Sec-WebSocket-Version: 13\r\n",
    "X-A: b\r\n",
    "X-A: b\r\n c\r\n",
    "X\0A: b\r\n",
    "Expect: 100-continue\r\n",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    " ",
    ":",
    "hello",
    "5\r\nhello\r\n",
    "05;a=\"b\"\r\nhello\r\n",
    "5;a\nhello\r\n",
    "0\r\n",
    "0\r\n\r\n",
    "0;x\r\nX-T: y\r\n\r\n",
    "X-T: y\r\n",
    "5",
    "A\r\n0123456789\r\n",
    "0x5\r\n",
    "ffffffffffffffff\r\n",
    "GET /a HTTP/1.1\r\nHost: app.test\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\n\r\n",
    "GET /smuggled HTTP/1.1\r\nHost: app.test\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: app.test\r\n",
];

/// Mostly a request and what may follow it, with a few bytes changed.
pub(super) fn stream() -> impl Strategy<Value = Vec<u8>> {
    (vec(select(PIECES.to_vec()), 0..14), vec((any::<Index>(), any::<u8>()), 0..3)).prop_map(|(pieces, changes)| {
        let mut bytes = pieces.concat().into_bytes();
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes
    })
}

/// Where a message that is certainly right ends, or why it is not one; written without regard to the guard.
fn read_one(bytes: &[u8]) -> Result<(usize, bool), &'static str> {
    let head_end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or("no end of the head")?;
    let head = String::from_utf8_lossy(&bytes[..head_end]);
    let mut lines = head.split("\r\n");
    let words: Vec<&str> = lines.next().unwrap().split(' ').collect();
    let [method, target, version] = words[..] else { return Err("not three words") };
    let is_tchar = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if method.is_empty() || !method.chars().all(is_tchar) || ["CONNECT", "TRACE"].contains(&method) {
        return Err("method");
    }
    if !(target.starts_with('/') || target == "*" && method == "OPTIONS")
        || !target.chars().all(|c| c.is_ascii_graphic())
    {
        return Err("target");
    }
    if !["HTTP/1.1", "HTTP/1.0"].contains(&version) {
        return Err("version");
    }
    let mut fields = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').ok_or("no colon")?;
        if name.is_empty() || !name.chars().all(|c| is_tchar(c) && c != '_') {
            return Err("name");
        }
        if value.chars().any(|c| c.is_ascii_control() && c != '\t') {
            return Err("value");
        }
        fields.push((name.to_ascii_lowercase(), value.trim_matches([' ', '\t'])));
    }
    let of = |name: &str| fields.iter().filter(|field| field.0 == name).map(|field| field.1).collect::<Vec<_>>();
    let hosts = of("host");
    if hosts.len() > 1 || hosts.is_empty() && version == "HTTP/1.1" {
        return Err("hosts");
    }
    let body = &bytes[head_end + 4..];
    let length = match (&of("content-length")[..], &of("transfer-encoding")[..]) {
        ([], []) => 0,
        ([length], []) if *length == "0" || !length.starts_with('0') => {
            length.parse::<usize>().map_err(|_| "length")?
        }
        ([], [coding]) if coding.eq_ignore_ascii_case("chunked") && version == "HTTP/1.1" => read_chunks(body)?,
        _ => return Err("framing"),
    };
    if body.len() < length {
        return Err("short body");
    }
    let is_upgrade = !of("upgrade").is_empty();
    if is_upgrade && (method != "GET" || length > 0 || of("sec-websocket-key").is_empty()) {
        return Err("upgrade");
    }
    Ok((head_end + 4 + length, is_upgrade))
}

/// The length of a chunked body in its plainest form: no extensions, no trailers.
fn read_chunks(bytes: &[u8]) -> Result<usize, &'static str> {
    let mut at = 0;
    loop {
        let line = bytes[at..].split(|byte| *byte == b'\n').next().ok_or("size")?;
        let digits = line.strip_suffix(b"\r").ok_or("size line")?;
        let digits = std::str::from_utf8(digits).map_err(|_| "digits")?;
        if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err("digits");
        }
        let size = usize::from_str_radix(digits, 16).map_err(|_| "size")?;
        at += line.len() + 1;
        if bytes.get(at + size..at + size + 2) != Some(b"\r\n") {
            return Err("end of the chunk");
        }
        at += size + 2;
        if size == 0 {
            return Ok(at);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_outcome_does_not_depend_on_how_the_bytes_come(bytes in stream(), cuts in vec(any::<Index>(), 0..6)) {
        let whole = judge(&bytes);
        prop_assert_eq!(&judge_pieces(bytes.chunks(1)), &whole);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        prop_assert_eq!(&judge_pieces(cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]])), &whole);
    }

    #[test]
    fn what_passes_is_what_a_strict_reader_reads(bytes in stream()) {
        let outcome = judge(&bytes);
        let mut rest = outcome.passed.as_slice();
        let mut heads = 0;
        while !rest.is_empty() {
            match read_one(rest) {
                Ok((length, is_upgrade)) => {
                    heads += 1;
                    rest = &rest[length..];
                    prop_assert!(!is_upgrade || rest.is_empty() && outcome.end == End::Upgraded);
                }
                // Only the last may be unfinished, and then there is a head.
                Err(reason) => {
                    let is_cut = matches!(outcome.end, End::Unfinished | End::Refused(..));
                    let whole = outcome.heads == heads + 1 && rest.windows(4).any(|window| window == b"\r\n\r\n");
                    prop_assert!(is_cut && whole, "{}: {:?}", reason, String::from_utf8_lossy(rest));
                    heads += 1;
                    break;
                }
            }
        }
        prop_assert_eq!(heads, outcome.heads);
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..300)) {
        let outcome = judge(&bytes);
        prop_assert!(outcome.passed.len() <= bytes.len() + 16);
    }
}
