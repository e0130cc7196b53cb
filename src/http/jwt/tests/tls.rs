//! Keys over https: only from a server whose certificate is trusted.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, Stream};

use super::super::fetch::JwksFetcher;
use super::issuer::{RSA_1, good_token, jwks};
use super::jwks_server::ok;
use super::*;

const CERTIFICATE: &[u8] = include_bytes!("../../../../tests/fixtures/jwt/localhost-cert.der");
const KEY: &[u8] = include_bytes!("../../../../tests/fixtures/jwt/localhost-key.der");

#[tokio::test]
async fn a_trusted_certificate_for_the_name_is_believed() {
    for host in ["localhost", "127.0.0.1"] {
        let verifier = verifier(&format!("https://{host}:{}/jwks.json", serve_once()), trusting());
        assert_eq!(subject(&verifier, &good_token(&RSA_1, "k1", "u")).await, user("u"), "{host}");
    }
}

#[tokio::test]
async fn an_unknown_certificate_is_not() {
    let verifier = verifier(&format!("https://localhost:{}/jwks.json", serve_once()), RootCertStore::empty());
    let outcome = subject(&verifier, &good_token(&RSA_1, "k1", "u")).await;
    assert_eq!(outcome, Err(JwtRefusal::JwksUnavailable));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not() {
    let verifier = verifier(&format!("https://127.0.0.2:{}/jwks.json", serve_once()), trusting());
    let outcome = subject(&verifier, &good_token(&RSA_1, "k1", "u")).await;
    assert_eq!(outcome, Err(JwtRefusal::JwksUnavailable));
}

fn trusting() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(CERTIFICATE)).unwrap();
    roots
}

fn verifier(url: &str, roots: RootCertStore) -> JwtVerifier {
    let mut rules = JwtRules::new(url.into(), "https://idp.test".into(), "hearth".into());
    rules.allow_private_address = true;
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let fetcher = JwksFetcher::with_tls(&rules, &rules.checked_jwks_url().unwrap(), Some(Arc::new(tls))).unwrap();
    JwtVerifier::with_fetcher(rules, fetcher)
}

/// Answers one connection with the keys; gives the port.
fn serve_once() -> u16 {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], PrivatePkcs8KeyDer::from(KEY).into())
        .unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = Stream::new(&mut connection, &mut socket);
        // A client that does not trust us leaves in the middle, which is what is tested.
        if stream.read(&mut [0; 4096]).is_ok() {
            let _ = stream.write_all(ok(&jwks(&[RSA_1.jwk("k1")])).as_bytes());
        }
    });
    port
}
