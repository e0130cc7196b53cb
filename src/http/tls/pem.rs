//! PEM files to a certificate with its key.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use super::TlsError;

/// A chain of ten certificates has 20 KiB.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Reads both files; what comes back has been checked to belong together.
pub(super) fn read(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let chain = read_file("certificate", certificate)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&chain)
        .collect::<Result<_, _>>()
        .map_err(|error| damaged("certificate", certificate, &error))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificate.to_owned()));
    }
    let text = read_file("key", key)?;
    let private_key = match PrivateKeyDer::from_pem_slice(&text) {
        Ok(private_key) => private_key,
        Err(PemError::NoItemsFound) => return Err(TlsError::NoKey(key.to_owned())),
        Err(error) => return Err(damaged("key", key, &error)),
    };
    warn_if_shared(key);
    CertifiedKey::from_der(chain, private_key, provider).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsError::Mismatch { key: key.to_owned(), certificate: certificate.to_owned() }
        }
        Error::InvalidCertificate(_) => TlsError::Unusable { path: certificate.to_owned(), reason: error.to_string() },
        other => TlsError::Damaged { file: "key", path: key.to_owned(), reason: other.to_string() },
    })
}

fn read_file(file: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |error| TlsError::Unreadable { file, path: path.to_owned(), error };
    let mut text = Vec::new();
    File::open(path).and_then(|opened| opened.take(MAX_FILE_BYTES + 1).read_to_end(&mut text)).map_err(unreadable)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(TlsError::TooLarge { file, path: path.to_owned() });
    }
    Ok(text)
}

fn damaged(file: &'static str, path: &Path, error: &PemError) -> TlsError {
    TlsError::Damaged { file, path: path.to_owned(), reason: error.to_string() }
}

/// A group may share a key, as Debian's `ssl-cert` does; everybody should not.
fn warn_if_shared(key: &Path) {
    if key.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0) {
        tracing::warn!(
            file = %key.display(),
            "server.tls_key: every user of this machine can read the private key; chmod o-r is better"
        );
    }
}
