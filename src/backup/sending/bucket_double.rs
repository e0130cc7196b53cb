//! A bucket for tests: takes what is signed as Signature Version 4 asks for, and remembers it. It works the signature out
//! anew, by Amazon's description ("Authenticating Requests: Using Query Parameters") and not by the code under test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_lc_rs::{digest, hmac};

use crate::backup::reading::hex;
use crate::config::BackupS3;

pub const BUCKET: &str = "copies";
pub const REGION: &str = "eu-test-1";
const KEY_ID: &str = "AKIATEST";
const SECRET: &str = "secret/key+of=tests";

/// What it took: objects, and the parts of uploads that are not complete.
#[derive(Default)]
pub struct Taken {
    pub objects: BTreeMap<String, Vec<u8>>,
    parts: BTreeMap<u16, Vec<u8>>,
    pub refused: u32,
}

pub struct BucketDouble {
    pub taken: Arc<Mutex<Taken>>,
    port: u16,
}

impl BucketDouble {
    /// Serves until the process ends.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, taken) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Taken>>::default());
        let its = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &its);
            }
        });
        Self { taken, port }
    }

    pub fn config(&self) -> BackupS3 {
        BackupS3 {
            endpoint: Some(format!("http://127.0.0.1:{}", self.port).parse().unwrap()),
            bucket: BUCKET.to_owned(),
            region: REGION.to_owned(),
            prefix: "my hearth/".to_owned(),
            access_key_id: KEY_ID.to_owned(),
            secret_access_key: SECRET.to_owned(),
        }
    }
}

fn serve(stream: TcpStream, taken: &Mutex<Taken>) {
    let mut from = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    from.read_exact(&mut body).unwrap();
    let (path, query) = target.split_once('?').unwrap();
    let mut fields: Vec<(&str, &str)> =
        query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    fields.sort_unstable();
    let mut taken = taken.lock().unwrap();
    let (status, tag, text) = if is_signed(&method, path, &fields, &headers["host"]) {
        take(&mut taken, (&method, path, &fields), body)
    } else {
        taken.refused += 1;
        ("403 Forbidden", String::new(), "<Error><Code>SignatureDoesNotMatch</Code></Error>".to_owned())
    };
    let length = text.len();
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\netag: {tag}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}")
        .unwrap();
}

fn take(
    taken: &mut Taken,
    (method, path, fields): (&str, &str, &[(&str, &str)]),
    body: Vec<u8>,
) -> (&'static str, String, String) {
    let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    match (method, field("uploads"), field("partNumber"), field("uploadId")) {
        ("PUT", None, None, None) => {
            taken.objects.insert(path.to_owned(), body);
            ("200 OK", "\"whole\"".to_owned(), String::new())
        }
        ("POST", Some(_), None, None) => (
            "200 OK",
            String::new(),
            "<?xml version=\"1.0\"?><InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>copies</Bucket><Key>k</Key><UploadId>up/1</UploadId></InitiateMultipartUploadResult>".to_owned(),
        ),
        ("PUT", None, Some(number), Some("up%2F1")) => {
            let number: u16 = number.parse().unwrap();
            taken.parts.insert(number, body);
            ("200 OK", format!("\"part-{number}\""), String::new())
        }
        ("POST", None, None, Some("up%2F1")) => {
            let told = String::from_utf8(body).unwrap();
            for number in taken.parts.keys() {
                assert!(told.contains(&format!("part-{number}")), "{told}");
            }
            let whole = std::mem::take(&mut taken.parts).into_values().flatten().collect();
            taken.objects.insert(path.to_owned(), whole);
            ("200 OK", String::new(), "<CompleteMultipartUploadResult/>".to_owned())
        }
        other => panic!("{other:?}"),
    }
}

fn is_signed(method: &str, path: &str, fields: &[(&str, &str)], host: &str) -> bool {
    let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value);
    let signed = fields.iter().filter(|(name, _)| *name != "X-Amz-Signature");
    let query: Vec<_> = signed.map(|(name, value)| format!("{name}={value}")).collect();
    let canonical = format!("{method}\n{path}\n{}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD", query.join("&"));
    let (time, day) = (field("X-Amz-Date"), &field("X-Amz-Date")[..8]);
    let scope = format!("{day}/{REGION}/s3/aws4_request");
    let hashed = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hashed}");
    let step = |key: &[u8], text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let mut key = step(format!("AWS4{SECRET}").as_bytes(), day);
    for part in [REGION, "s3", "aws4_request"] {
        key = step(key.as_ref(), part);
    }
    field("X-Amz-Credential") == format!("{KEY_ID}/{scope}").replace('/', "%2F")
        && field("X-Amz-Signature") == hex(step(key.as_ref(), &to_sign).as_ref())
}
