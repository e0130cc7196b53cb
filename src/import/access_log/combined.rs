//! Lines of fields: Common Log Format and what servers have made of it.
//!
//! Sources: Apache HTTP Server, `mod_log_config`; nginx, `ngx_http_log_module` (`combined`, escaping); Traefik, "Access
//! logs", format `common`.

use super::stamp;
use super::{LineRefusal, LogFormat, LogLine};

/// Reads a line.
pub fn read(line: &str, format: LogFormat) -> Result<LogLine, LineRefusal> {
    let mut fields = Fields { rest: line };
    let mut first = fields.word().ok_or(LineRefusal::UnknownFormat)?;
    let mut host = None;
    let mut before: Vec<&str> = Vec::new();
    // What is before the time: client, ident, user; and before them a host in `vhost_combined`.
    while !fields.rest.trim_start().starts_with('[') {
        before.push(fields.word().ok_or(LineRefusal::UnknownFormat)?);
        if before.len() > MAX_WORDS {
            return Err(LineRefusal::UnknownFormat);
        }
    }
    if let [client, "-", _, ..] = &*before
        && first.contains(':')
        && first.parse::<std::net::IpAddr>().is_err()
    {
        host = Some(first.to_owned());
        first = client;
    }
    let ended_at_ms =
        stamp::common(fields.bracketed().ok_or(LineRefusal::UnknownFormat)?).ok_or(LineRefusal::InvalidTime)?;
    let request = fields.quoted().ok_or(LineRefusal::UnknownFormat)?;
    let mut parts = request.split(' ');
    let (method, target, protocol) = (parts.next(), parts.next(), parts.next());
    let (Some(method), Some(target)) =
        (method.filter(|method| is_token(method)), target.filter(|target| !target.is_empty()))
    else {
        return Err(LineRefusal::NoRequest);
    };
    let status = fields.word().and_then(|status| status.parse().ok()).filter(|status| (100..=999).contains(status));
    let bytes_out = fields.word().and_then(|bytes| if bytes == "-" { Some(0) } else { bytes.parse().ok() });
    let mut read = LogLine {
        ended_at_ms,
        client: first.to_owned(),
        method: method.to_owned(),
        target: target.to_owned(),
        host,
        protocol: protocol.unwrap_or_default().to_owned(),
        status: status.ok_or(LineRefusal::InvalidStatus)?,
        bytes_out: bytes_out.ok_or(LineRefusal::UnknownFormat)?,
        ..LogLine::default()
    };
    let told = |text: Option<String>| text.filter(|text| !text.is_empty() && text != "-");
    read.referrer = told(fields.quoted());
    read.user_agent = told(fields.quoted());
    fields.tail(format, &mut read);
    if format == LogFormat::Apache {
        // Apache's time is that of the request's arrival.
        let duration_ms = i64::try_from(read.duration_us.unwrap_or(0) / 1000).unwrap_or(0);
        read.ended_at_ms = read.ended_at_ms.saturating_add(duration_ms);
    }
    Ok(read)
}

/// Most words before the time.
const MAX_WORDS: usize = 4;

/// Most fields behind the user agent that are looked at.
const MAX_TAIL: usize = 16;

/// What is left of a line.
struct Fields<'a> {
    rest: &'a str,
}

impl<'a> Fields<'a> {
    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        let end = rest.find(' ').unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn bracketed(&mut self) -> Option<&'a str> {
        let (text, rest) = self.rest.trim_start().strip_prefix('[')?.split_once(']')?;
        self.rest = rest;
        Some(text)
    }

    /// A text in quotes, without its escapes; nothing if none is next.
    fn quoted(&mut self) -> Option<String> {
        let text = self.rest.trim_start().strip_prefix('"')?;
        let mut end = 0;
        let bytes = text.as_bytes();
        while *bytes.get(end)? != b'"' {
            end += if bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
        }
        // A backslash and a quote are one byte each: both places are between characters, or the text is not taken.
        let (inside, rest) = (text.get(..end)?, text.get(end + 1..)?);
        self.rest = rest;
        Some(unescaped(inside))
    }

    /// What may follow the user agent: how long it took, in one of several ways.
    fn tail(&mut self, format: LogFormat, read: &mut LogLine) {
        for _ in 0..MAX_TAIL {
            if self.rest.trim_start().starts_with('"') {
                if self.quoted().is_none() {
                    return;
                }
                continue;
            }
            let Some(word) = self.word() else { return };
            if let Some(ms) = word.strip_suffix("ms").and_then(|ms| ms.parse::<f64>().ok()) {
                // Traefik: the last field. The bare number before it counted requests.
                read.duration_us = microseconds(ms / 1000.0);
                continue;
            }
            let (key, value) = word.split_once('=').unwrap_or(("", word));
            let seconds = || value.parse::<f64>().ok().and_then(microseconds);
            match key {
                "rt" | "request_time" => read.duration_us = seconds(),
                "urt" | "upstream_response_time" => read.upstream_us = seconds(),
                "" if read.duration_us.is_some() || format == LogFormat::Traefik => {}
                // `$request_time` is seconds with a point; `%D` is whole microseconds.
                "" if value.contains('.') => read.duration_us = seconds(),
                "" if format != LogFormat::Nginx => read.duration_us = value.parse().ok(),
                _ => {}
            }
        }
    }
}

/// Seconds as whole microseconds, if they are a duration.
pub(super) fn microseconds(seconds: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the bounds")]
    (0.0..1e9).contains(&seconds).then(|| (seconds * 1e6).round() as u64)
}

/// RFC 9110 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Takes out the escapes of nginx and Apache: `\xHH`, `\"`, `\\`, `\n`, `\t`.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'x') => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let (high, low) = (digit(), digit());
                let code = high.zip(low).map_or(u32::from(b'?'), |(high, low)| high * 16 + low);
                bytes.push(u8::try_from(code).unwrap_or(b'?'));
            }
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(other) => bytes.push(other),
            None => bytes.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(line: &str) -> LogLine {
        read(line, LogFormat::Auto).unwrap()
    }

    #[test]
    fn common_and_combined_lines_are_read() {
        // The examples of Apache's documentation.
        let common = auto(r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#);
        let expected = LogLine {
            ended_at_ms: 971_211_336_000,
            client: "127.0.0.1".into(),
            method: "GET".into(),
            target: "/apache_pb.gif".into(),
            protocol: "HTTP/1.0".into(),
            status: 200,
            bytes_out: 2326,
            ..LogLine::default()
        };
        assert_eq!(common, expected);
        let combined = auto(
            r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)""#,
        );
        let agent = Some("Mozilla/4.08 [en] (Win98; I ;Nav)".to_owned());
        let referrer = Some("http://www.example.com/start.html".to_owned());
        assert_eq!(combined, LogLine { user_agent: agent, referrer, ..expected });
    }

    #[test]
    fn a_host_before_the_client_is_one() {
        let line = auto(r#"shop.example:443 ::1 - - [10/Oct/2000:13:55:36 +0000] "HEAD / HTTP/1.1" 304 - "-" "-""#);
        assert_eq!((line.host.as_deref(), &*line.client), (Some("shop.example:443"), "::1"));
        assert_eq!((line.bytes_out, line.referrer, line.user_agent), (0, None, None));
        let plain = auto(r#"::1 - - [10/Oct/2000:13:55:36 +0000] "HEAD / HTTP/1.1" 304 0"#);
        assert_eq!((plain.host, &*plain.client), (None, "::1"));
    }

    #[test]
    fn durations_are_found_where_servers_put_them() {
        let line = |tail: &str, format| {
            let line = format!(r#"1.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "x"{tail}"#);
            let read = read(&line, format).unwrap();
            (read.duration_us, read.upstream_us)
        };
        for (tail, expected) in [
            ("", (None, None)),
            (" 0.005", (Some(5_000), None)),
            (r#" "10.0.0.1, 10.0.0.2" 1.250"#, (Some(1_250_000), None)),
            (" rt=0.012 urt=0.010", (Some(12_000), Some(10_000))),
            (" rt=0.012 urt=-", (Some(12_000), None)),
            (r#" 0.005 0.004 "-""#, (Some(5_000), None)),
        ] {
            assert_eq!(line(tail, LogFormat::Nginx), expected, "{tail}");
            assert_eq!(line(tail, LogFormat::Auto), expected, "{tail}");
        }
        assert_eq!(line(" 1234", LogFormat::Apache), (Some(1_234), None), "%D");
        assert_eq!(line(" 1234", LogFormat::Nginx), (None, None), "a number of something");
    }

    #[test]
    fn traefik_counts_requests_before_it_tells_the_duration() {
        let line = auto(
            r#"10.0.0.1 - - [02/Mar/2026:10:00:00 +0000] "GET /api?x=1 HTTP/2.0" 200 17 "-" "curl/8" 42 "shop@docker" "http://172.17.0.3:80" 13ms"#,
        );
        assert_eq!((line.duration_us, line.status, &*line.target), (Some(13_000), 200, "/api?x=1"));
    }

    #[test]
    fn escapes_are_taken_out() {
        let line =
            auto(r#"1.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "GET /\x22a\xC3\xBC HTTP/1.1" 200 5 "-" "say \"hi\" \\""#);
        assert_eq!((&*line.target, line.user_agent.as_deref()), ("/\"aü", Some("say \"hi\" \\")));
    }

    #[test]
    fn what_is_no_request_is_refused_for_its_reason() {
        for (line, expected) in [
            ("", LineRefusal::UnknownFormat),
            ("hello world", LineRefusal::UnknownFormat),
            (r#"1.2.3.4 - - [yesterday] "GET / HTTP/1.1" 200 5"#, LineRefusal::InvalidTime),
            (r#"1.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "\x16\x03\x01" 400 150 "-" "-""#, LineRefusal::NoRequest),
            (r#"1.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "" 400 0 "-" "-""#, LineRefusal::NoRequest),
            (r#"1.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 2000 5"#, LineRefusal::InvalidStatus),
            (r#"1.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 x"#, LineRefusal::UnknownFormat),
            (r#"1.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1"#, LineRefusal::UnknownFormat),
        ] {
            assert_eq!(read(line, LogFormat::Auto), Err(expected), "{line}");
        }
    }
}
