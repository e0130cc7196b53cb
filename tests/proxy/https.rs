//! Upstreams over TLS: only those whose certificate is trusted for their name.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hearth::domain::traffic::Failure;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::setting::Hearth;

const CERTIFICATE: &[u8] = include_bytes!("../fixtures/jwt/localhost-cert.der");
const KEY: &[u8] = include_bytes!("../fixtures/jwt/localhost-key.der");

/// Answers every connection to a loopback address once over TLS; gives the port.
fn app(address: &str) -> u16 {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], PrivatePkcs8KeyDer::from(KEY).into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = Stream::new(&mut connection, &mut socket);
            // A client that does not trust us leaves in the middle, which is what is tested.
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret");
            }
        }
    });
    port
}

fn before(url: &str, authorities: Option<&str>) -> Hearth {
    Hearth::with(&[&format!("proxy.upstream={url}")], |config| {
        config.proxy.upstream_ca = authorities.map(Into::into);
    })
}

/// A file with the app's certificate.
fn authorities() -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let text = BASE64_STANDARD.encode(CERTIFICATE);
    write!(file, "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n").unwrap();
    file
}

#[test]
fn a_certificate_of_the_owners_authorities_is_trusted_for_its_name() {
    let file = authorities();
    let path = file.path().to_str().unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let hearth = before(&format!("https://{host}:{}", app("127.0.0.1")), Some(path));
        assert_eq!(hearth.connect().ask("GET", "/").text(), "secret", "{host}");
    }
}

#[test]
fn an_unknown_certificate_and_one_for_another_name_are_not() {
    let file = authorities();
    let path = file.path().to_str().unwrap();
    for (host, address, authorities) in [("localhost", "127.0.0.1", None), ("127.0.0.2", "127.0.0.2", Some(path))] {
        let hearth = before(&format!("https://{host}:{}", app(address)), authorities);
        assert_eq!(hearth.connect().ask("GET", "/").status, 502, "{host}");
        assert_eq!(hearth.record().failure, Some(Failure::UpstreamRefused));
    }
}
