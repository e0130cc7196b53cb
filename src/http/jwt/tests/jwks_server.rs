//! A key server on loopback that misbehaves on demand.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// What the server does with a connection.
#[derive(Clone)]
pub enum Answer {
    /// 200 with this JSON document.
    Document(String),
    /// These bytes, then the end.
    Raw(String),
    /// These bytes, then silence until the client gives up.
    Stall(String),
    /// Nothing until [`JwksServer::release`], then 200 with this document.
    Held(String),
    /// The connection is closed at once.
    HangUp,
}

/// Runs on threads of its own, so that no runtime of a test drives it.
pub struct JwksServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Mutex<Answer>,
    requests: AtomicUsize,
    stopping: AtomicBool,
    released: Mutex<bool>,
    release: Condvar,
}

impl JwksServer {
    pub fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            answer: Mutex::new(answer),
            requests: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            released: Mutex::new(false),
            release: Condvar::new(),
        });
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if of_thread.stopping.load(Ordering::SeqCst) {
                    return;
                }
                let of_connection = Arc::clone(&of_thread);
                thread::spawn(move || of_connection.serve(&stream.unwrap()));
            }
        });
        Self { address, shared }
    }

    /// A server with this key set.
    pub fn with_keys(keys: &[serde_json::Value]) -> Self {
        Self::start(Answer::Document(super::issuer::jwks(keys)))
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn set(&self, answer: Answer) {
        *self.shared.answer.lock().unwrap() = answer;
    }

    /// How many connections have come.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Lets held answers go.
    pub fn release(&self) {
        *self.shared.released.lock().unwrap() = true;
        self.shared.release.notify_all();
    }
}

impl Drop for JwksServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        self.release();
        // Wakes the accepting thread, which then ends.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().unwrap().clone();
        if matches!(answer, Answer::HangUp) || !read_head(stream) {
            return;
        }
        // A client that has gone is no failure of the server.
        let _ = match answer {
            Answer::Document(document) => write_all(stream, &ok(&document)),
            Answer::Raw(bytes) => write_all(stream, &bytes),
            Answer::Stall(bytes) => {
                write_all(stream, &bytes).and_then(|()| (&*stream).read_to_end(&mut Vec::new()).map(|_| ()))
            }
            Answer::Held(document) => {
                let released = self.released.lock().unwrap();
                drop(self.release.wait_while(released, |released| !*released).unwrap());
                write_all(stream, &ok(&document))
            }
            Answer::HangUp => Ok(()),
        };
    }
}

pub fn ok(document: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{document}", document.len())
}

fn write_all(mut stream: &TcpStream, bytes: &str) -> std::io::Result<()> {
    stream.write_all(bytes.as_bytes())
}

/// Reads up to the empty line after the head; false if the client left first.
fn read_head(mut stream: &TcpStream) -> bool {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return false,
        }
    }
    true
}
