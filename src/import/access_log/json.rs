//! Lines of JSON: those of Caddy and Traefik.
//!
//! Sources: Caddy, "How logging works" and `log` directive; Traefik, "Access logs", format `json`.

use serde::Deserialize;
use serde_json::Value;

use super::combined::microseconds;
use super::stamp;
use super::{LineRefusal, LogLine};

/// Either of them, by what it has.
pub fn any(line: &str) -> Result<LogLine, LineRefusal> {
    match caddy(line) {
        Err(LineRefusal::NotAnAccess) => traefik(line),
        read => read,
    }
}

#[derive(Deserialize)]
struct CaddyLine {
    ts: Option<Value>,
    request: Option<CaddyRequest>,
    status: Option<Value>,
    duration: Option<Value>,
    size: Option<u64>,
    bytes_read: Option<u64>,
}

#[derive(Deserialize)]
struct CaddyRequest {
    client_ip: Option<String>,
    remote_ip: Option<String>,
    /// Before version 2.5: with the port.
    remote_addr: Option<String>,
    proto: Option<String>,
    method: Option<String>,
    host: Option<String>,
    uri: Option<String>,
    headers: Option<Value>,
}

/// A line of Caddy's.
pub fn caddy(line: &str) -> Result<LogLine, LineRefusal> {
    let line: CaddyLine = parse(line)?;
    let request = line.request.ok_or(LineRefusal::NotAnAccess)?;
    let (Some(method), Some(uri)) = (request.method, request.uri) else { return Err(LineRefusal::NotAnAccess) };
    let header = |name: &str| {
        let value = request.headers.as_ref()?.get(name)?.get(0)?.as_str()?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    let client = request.client_ip.or(request.remote_ip).or(request.remote_addr);
    Ok(LogLine {
        ended_at_ms: time(line.ts.as_ref()).ok_or(LineRefusal::InvalidTime)?,
        // Seconds, unless `duration_format` says otherwise, which is not in the line.
        duration_us: line.duration.as_ref().and_then(Value::as_f64).and_then(microseconds),
        upstream_us: None,
        client: client.unwrap_or_default(),
        method,
        target: uri,
        host: request.host,
        protocol: request.proto.unwrap_or_default(),
        status: status(line.status.as_ref())?,
        bytes_in: line.bytes_read.unwrap_or(0),
        bytes_out: line.size.unwrap_or(0),
        referrer: header("Referer"),
        user_agent: header("User-Agent"),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TraefikLine {
    client_host: Option<String>,
    downstream_content_size: Option<u64>,
    downstream_status: Option<Value>,
    /// Nanoseconds, as all its durations.
    duration: Option<u64>,
    origin_duration: Option<u64>,
    request_addr: Option<String>,
    request_host: Option<String>,
    request_method: Option<String>,
    request_path: Option<String>,
    request_protocol: Option<String>,
    request_content_size: Option<u64>,
    #[serde(rename = "StartUTC")]
    start_utc: Option<String>,
    start_local: Option<String>,
    #[serde(rename = "time")]
    time: Option<String>,
    #[serde(rename = "request_User-Agent")]
    user_agent: Option<String>,
    #[serde(rename = "request_Referer")]
    referrer: Option<String>,
}

/// A line of Traefik's.
pub fn traefik(line: &str) -> Result<LogLine, LineRefusal> {
    let line: TraefikLine = parse(line)?;
    let (Some(method), Some(path)) = (line.request_method, line.request_path) else {
        return Err(LineRefusal::NotAnAccess);
    };
    let duration_us = line.duration.map(|nanoseconds| nanoseconds / 1000);
    let started = line.start_utc.as_deref().or(line.start_local.as_deref()).and_then(stamp::rfc_3339);
    let ended_at_ms = match started {
        Some(started) => Some(started.saturating_add(i64::try_from(duration_us.unwrap_or(0) / 1000).unwrap_or(0))),
        None => line.time.as_deref().and_then(stamp::rfc_3339),
    };
    let told = |text: Option<String>| text.filter(|text| !text.is_empty() && text != "-");
    Ok(LogLine {
        ended_at_ms: ended_at_ms.ok_or(LineRefusal::InvalidTime)?,
        duration_us,
        upstream_us: line.origin_duration.map(|nanoseconds| nanoseconds / 1000).filter(|us| *us > 0),
        client: line.client_host.unwrap_or_default(),
        method,
        target: path,
        host: told(line.request_host).or(told(line.request_addr)),
        protocol: line.request_protocol.unwrap_or_default(),
        status: status(line.downstream_status.as_ref())?,
        bytes_in: line.request_content_size.unwrap_or(0),
        bytes_out: line.downstream_content_size.unwrap_or(0),
        referrer: told(line.referrer),
        user_agent: told(line.user_agent),
    })
}

fn parse<'l, T: Deserialize<'l>>(line: &'l str) -> Result<T, LineRefusal> {
    serde_json::from_str(line)
        .map_err(|error| if error.is_data() { LineRefusal::NotAnAccess } else { LineRefusal::InvalidJson })
}

fn time(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => stamp::epoch(number.as_f64()?),
        Value::String(text) => stamp::common(text),
        _ => None,
    }
}

fn status(value: Option<&Value>) -> Result<u16, LineRefusal> {
    let number = value.and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
    // 0: Caddy wrote no response, because the client was gone.
    match number {
        Some(0) => Ok(499),
        Some(number @ 100..=999) => Ok(number),
        _ => Err(LineRefusal::InvalidStatus),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_caddy_is_read() {
        // The example of Caddy's documentation, shortened.
        let line = r#"{"level":"info","ts":1646861401.5241024,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"127.0.0.1","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/?a=b","headers":{"User-Agent":["curl/7.82.0"],"Accept":["*/*"]},"tls":{"resumed":false}},"bytes_read":0,"user_id":"","duration":0.000929675,"size":10900,"status":200,"resp_headers":{"Server":["Caddy"]}}"#;
        let read = any(line).unwrap();
        let expected = LogLine {
            ended_at_ms: 1_646_861_401_524,
            duration_us: Some(930),
            client: "127.0.0.1".into(),
            method: "GET".into(),
            target: "/?a=b".into(),
            host: Some("localhost".into()),
            protocol: "HTTP/2.0".into(),
            status: 200,
            bytes_out: 10_900,
            user_agent: Some("curl/7.82.0".into()),
            ..LogLine::default()
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn a_line_of_traefik_is_read() {
        let line = r#"{"ClientAddr":"10.0.0.1:4711","ClientHost":"10.0.0.1","ClientUsername":"-","DownstreamContentSize":2,"DownstreamStatus":404,"Duration":1500000,"OriginDuration":1000000,"RequestAddr":"shop.example","RequestContentSize":7,"RequestHost":"shop.example","RequestMethod":"POST","RequestPath":"/cart","RequestProtocol":"HTTP/1.1","StartUTC":"2026-03-02T10:00:00.100Z","level":"info","msg":"","request_User-Agent":"curl/8","time":"2026-03-02T10:00:00Z"}"#;
        let read = any(line).unwrap();
        assert_eq!(read.ended_at_ms, stamp::rfc_3339("2026-03-02T10:00:00.101Z").unwrap());
        assert_eq!((read.duration_us, read.upstream_us, read.status), (Some(1500), Some(1000), 404));
        assert_eq!((read.bytes_in, read.bytes_out, read.host.as_deref()), (7, 2, Some("shop.example")));
        assert_eq!((read.user_agent.as_deref(), read.referrer), (Some("curl/8"), None));
    }

    #[test]
    fn other_lines_are_refused_for_their_reason() {
        for (line, expected) in [
            (r#"{"level":"info","ts":1646861401.5,"msg":"serving initial configuration"}"#, LineRefusal::NotAnAccess),
            ("{", LineRefusal::InvalidJson),
            (r#"{"request":5}"#, LineRefusal::NotAnAccess),
            (r#"{"ts":true,"request":{"method":"GET","uri":"/"},"status":200}"#, LineRefusal::InvalidTime),
            (r#"{"ts":1,"request":{"method":"GET","uri":"/"},"status":99}"#, LineRefusal::InvalidStatus),
        ] {
            assert_eq!(any(line), Err(expected), "{line}");
        }
        let gone = r#"{"ts":1,"request":{"method":"GET","uri":"/"},"status":0}"#;
        assert_eq!(any(gone).unwrap().status, 499);
    }
}
