//! Why a certificate cannot be used.

use std::io;
use std::path::PathBuf;

/// Why a pair of files is no certificate that a server can show. Each names the key of the configuration that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("server.tls_{file}: cannot read {}: {error}", path.display())]
    Unreadable { file: &'static str, path: PathBuf, error: io::Error },
    #[error("server.tls_{file}: {} is larger than a megabyte, which no PEM file of a certificate is", path.display())]
    TooLarge { file: &'static str, path: PathBuf },
    #[error("server.tls_certificate: there is no certificate in {} (a block that begins with -----BEGIN CERTIFICATE-----)", .0.display())]
    NoCertificate(PathBuf),
    #[error("server.tls_key: there is no private key in {} (a block that begins with -----BEGIN PRIVATE KEY-----; one with a passphrase cannot be used)", .0.display())]
    NoKey(PathBuf),
    #[error("server.tls_{file}: {} is damaged: {reason}", path.display())]
    Damaged { file: &'static str, path: PathBuf, reason: String },
    #[error("server.tls_key: {} belongs to another certificate than {}", key.display(), certificate.display())]
    Mismatch { key: PathBuf, certificate: PathBuf },
    #[error("server.tls_certificate: {} cannot be used: {reason}", path.display())]
    Unusable { path: PathBuf, reason: String },
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
}
