//! The certificate that counts now.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{TlsError, pem};

/// A certificate with its key from two files, which can be read again while handshakes go on.
#[derive(Debug)]
pub struct Certificate {
    provider: Arc<CryptoProvider>,
    current: ArcSwap<Shown>,
}

/// A pair that was read and works.
#[derive(Debug)]
pub struct Shown {
    files: [PathBuf; 2],
    stamps: [Option<Stamp>; 2],
    key: Arc<CertifiedKey>,
}

/// By what a changed file is noticed: inode, time and size. Certificates are often renewed by changing where a link leads.
type Stamp = (u64, i64, i64, u64);

impl Certificate {
    /// Reads both files.
    pub(super) fn open(certificate: &Path, key: &Path, provider: Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let current = ArcSwap::from_pointee(read(certificate, key, &provider)?);
        Ok(Self { provider, current })
    }

    /// Reads two files, to be shown with [`Self::show`].
    pub fn read(&self, certificate: &Path, key: &Path) -> Result<Shown, TlsError> {
        read(certificate, key, &self.provider)
    }

    /// Shows another pair from now on; whether its certificate is another one.
    pub fn show(&self, shown: Shown) -> bool {
        let before = self.current.swap(Arc::new(shown));
        before.key.cert != self.current.load().key.cert
    }

    /// Reads the files again if they are others than they were; whether that gave another certificate. What cannot be used
    /// changes nothing.
    pub fn reload_if_changed(&self) -> Result<bool, TlsError> {
        let current = self.current.load_full();
        let [certificate, key] = &current.files;
        if current.stamps == [stamp(certificate), stamp(key)] {
            return Ok(false);
        }
        Ok(self.show(self.read(certificate, key)?))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.load().key))
    }
}

fn read(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<Shown, TlsError> {
    // Looked at before they are read: what changes in between is noticed the next time.
    let stamps = [stamp(certificate), stamp(key)];
    let read = pem::read(certificate, key, provider)?;
    Ok(Shown { files: [certificate.to_owned(), key.to_owned()], stamps, key: Arc::new(read) })
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = path.metadata().ok()?;
    Some((metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.size()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const CERTIFICATE: &str = include_str!("../../../tests/fixtures/tls/localhost.crt");
    const KEY: &str = include_str!("../../../tests/fixtures/tls/localhost.key");
    const OTHER_CERTIFICATE: &str = include_str!("../../../tests/fixtures/tls/renewed.crt");
    const OTHER_KEY: &str = include_str!("../../../tests/fixtures/tls/renewed.key");

    struct Files(tempfile::TempDir);

    impl Files {
        fn new(certificate: &str, key: &str) -> Self {
            let files = Self(tempfile::tempdir().unwrap());
            files.write(certificate, key);
            files
        }

        /// Puts other files in the place of those that are there, as programs that renew certificates do.
        fn write(&self, certificate: &str, key: &str) {
            for (name, text) in [("c.pem", certificate), ("k.pem", key)] {
                let new = self.0.path().join("new");
                fs::write(&new, text).unwrap();
                fs::rename(&new, self.0.path().join(name)).unwrap();
            }
        }

        fn open(&self) -> Result<Certificate, TlsError> {
            open(&self.0.path().join("c.pem"), &self.0.path().join("k.pem"))
        }
    }

    fn open(certificate: &Path, key: &Path) -> Result<Certificate, TlsError> {
        Certificate::open(certificate, key, Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
    }

    #[test]
    fn a_pair_that_does_not_work_is_refused_with_the_key_that_is_wrong() {
        let refused = |certificate, key| Files::new(certificate, key).open().unwrap_err().to_string();
        assert!(refused(CERTIFICATE, OTHER_KEY).contains("belongs to another certificate"));
        assert!(refused("", KEY).starts_with("server.tls_certificate: there is no certificate in "));
        assert!(refused(CERTIFICATE, CERTIFICATE).starts_with("server.tls_key: there is no private key in "));
        assert!(refused(KEY, KEY).starts_with("server.tls_certificate: there is no certificate in "));
        let cut = &CERTIFICATE[..CERTIFICATE.len() / 2];
        assert!(refused(cut, KEY).starts_with("server.tls_certificate: "));
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(refused(garbage, KEY).starts_with("server.tls_certificate: "), "{}", refused(garbage, KEY));
        let missing = open(Path::new("/nowhere/c.pem"), Path::new("/nowhere/k.pem")).unwrap_err().to_string();
        assert!(missing.starts_with("server.tls_certificate: cannot read /nowhere/c.pem: "), "{missing}");
    }

    #[test]
    fn a_renewed_pair_counts_and_a_bad_one_changes_nothing() {
        let files = Files::new(CERTIFICATE, KEY);
        let certificate = files.open().unwrap();
        let shown = || certificate.current.load().key.cert.clone();
        let first = shown();
        assert!(!certificate.reload_if_changed().unwrap(), "nothing has changed");
        files.write(OTHER_CERTIFICATE, KEY);
        assert!(certificate.reload_if_changed().is_err(), "half of a renewal");
        assert_eq!(shown(), first);
        files.write(OTHER_CERTIFICATE, OTHER_KEY);
        assert!(certificate.reload_if_changed().unwrap());
        assert_ne!(shown(), first);
    }
}
