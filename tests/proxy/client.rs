//! A client that sends what a test says, and reads with its own eyes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for anything; a test that needs it has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A connection, of a client to the proxy or of the proxy to an upstream.
pub struct Wire {
    stream: BufReader<TcpStream>,
}

/// The head of a message.
#[derive(Debug, Clone)]
pub struct Head {
    /// Request line or status line.
    pub first: String,
    pub fields: Vec<(String, String)>,
}

/// A response that was read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: Head,
    pub body: Vec<u8>,
}

impl Head {
    /// The values of a field, joined.
    pub fn field(&self, name: &str) -> Option<String> {
        let values: Vec<_> =
            self.fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn field(&self, name: &str) -> Option<String> {
        self.head.field(name)
    }
}

impl Wire {
    pub fn open(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    pub fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).unwrap();
    }

    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes.as_ref())
    }

    /// Sends up to `most` bytes as long as somebody takes them; gives how many were taken.
    pub fn send_until_blocked(&mut self, most: usize) -> usize {
        let stream = self.stream.get_mut();
        stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let block = vec![0; 64 << 10];
        let mut sent = 0;
        while sent < most {
            match stream.write(&block[..block.len().min(most - sent)]) {
                Ok(count) => sent += count,
                Err(_) => break,
            }
        }
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        sent
    }

    /// Sends a request without a body and reads the response.
    #[track_caller]
    pub fn ask(&mut self, method: &str, target: &str) -> Answer {
        self.send(format!("{method} {target} HTTP/1.1\r\nHost: app.test\r\n\r\n"));
        self.answer(method != "HEAD")
    }

    /// Says that nothing more will be sent.
    pub fn end_sending(&mut self) {
        self.stream.get_mut().shutdown(Shutdown::Write).unwrap();
    }

    /// The next head; `None` at the end of the connection.
    pub fn head(&mut self) -> Option<Head> {
        let first = self.line()?;
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Some(Head { first, fields })
    }

    #[track_caller]
    pub fn answer(&mut self, has_body: bool) -> Answer {
        let head = self.head().expect("the connection was closed without a response");
        let status: u16 = head.first.split(' ').nth(1).unwrap().parse().unwrap();
        let has_body = has_body && status != 204 && status != 304;
        let body = if has_body { self.body(&head).unwrap() } else { Vec::new() };
        Answer { status, head, body }
    }

    /// The body that belongs to a head; an error if it ends too early.
    pub fn body(&mut self, head: &Head) -> io::Result<Vec<u8>> {
        if head.field("transfer-encoding").is_some() {
            let mut body = Vec::new();
            while let Some(mut chunk) = self.chunk()? {
                body.append(&mut chunk);
            }
            return Ok(body);
        }
        match head.field("content-length") {
            Some(length) => self.take(length.parse().unwrap()),
            None if head.first.starts_with("HTTP/") => self.rest(),
            None => Ok(Vec::new()),
        }
    }

    /// The next chunk; `None` at the last one, whose trailers are read too.
    pub fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let line = self.line().ok_or(io::ErrorKind::UnexpectedEof)?;
        let size = usize::from_str_radix(&line, 16).map_err(io::Error::other)?;
        if size == 0 {
            while !self.line().ok_or(io::ErrorKind::UnexpectedEof)?.is_empty() {}
            return Ok(None);
        }
        let chunk = self.take(size)?;
        self.take(2)?;
        Ok(Some(chunk))
    }

    pub fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Everything until the connection is closed.
    pub fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Whether the other side has closed, in whatever way, without another byte.
    pub fn is_closed(&mut self) -> bool {
        self.rest().map_or_else(|error| error.kind() == io::ErrorKind::ConnectionReset, |rest| rest.is_empty())
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line).ok()?;
        line.strip_suffix("\r\n").map(ToOwned::to_owned)
    }
}
