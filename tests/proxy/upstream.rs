//! An app that does what a test says, byte by byte.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::client::{Head, PATIENCE, Wire};

/// A listening app; each connection is a thread of its own.
pub struct Upstream {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    seen: Receiver<Seen>,
}

/// A request as the app got it.
#[derive(Debug)]
pub struct Seen {
    pub head: Head,
    /// What came of the body; `None` if it was broken off.
    pub body: Option<Vec<u8>>,
}

impl Upstream {
    /// Hands each connection to `serve`, with its number.
    pub fn connections(serve: impl Fn(Wire, usize) + Send + Sync + 'static) -> Self {
        Self::start(move |wire, number, _| serve(wire, number))
    }

    /// Answers each request with what `answer` makes of it; an empty answer closes the connection.
    pub fn answering(answer: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(move |mut wire, _, seen| {
            while let Some(head) = wire.head() {
                let body = wire.body(&head).ok();
                let request = Seen { head, body };
                let (bytes, is_whole) = (answer(&request), request.body.is_some());
                // A test that does not look has dropped the other end.
                let _ = seen.send(request);
                if bytes.is_empty() || !is_whole || wire.try_send(bytes).is_err() {
                    return;
                }
            }
        })
    }

    /// Answers each request with the same bytes.
    pub fn saying(answer: &'static str) -> Self {
        Self::answering(move |_| answer.as_bytes().to_vec())
    }

    fn start(serve: impl Fn(Wire, usize, Sender<Seen>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (tell, seen) = channel();
        let (serve, counted) = (Arc::new(serve), Arc::clone(&connections));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
                let (wire, serve, tell) = (Wire::over(stream.unwrap()), Arc::clone(&serve), tell.clone());
                thread::spawn(move || serve(wire, number, tell));
            }
        });
        Self { address, connections, seen }
    }

    /// The next request that has come.
    #[track_caller]
    pub fn seen(&self) -> Seen {
        self.seen.recv_timeout(PATIENCE).expect("no request has come")
    }

    /// Whether no other request has come so far.
    pub fn has_seen_no_more(&self) -> bool {
        self.seen.try_recv().is_err()
    }

    /// How many connections were opened.
    pub fn opened(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A whole response with a body of known length.
pub fn response(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
