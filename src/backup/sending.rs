//! Sends copies to a bucket of an S3-compatible service.
//!
//! Only ever puts: what a bucket keeps, and for how long, is set at the service (lifecycle rules), so that the key that
//! Hearth has need not be one that can delete.

mod client;

use std::fs::File;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use rusty_s3::actions::{CompleteMultipartUpload, CreateMultipartUpload, PutObject, UploadPart};
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};

use self::client::{Body, Client};
use super::watch::{Phase, Watch};
use crate::config::BackupS3;

/// Largest file that is sent in one piece; the protocol's limit is 5 GiB.
const MAX_WHOLE_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Length of the pieces of a larger one: at most 10,000 of them make 9.7 TiB.
const PART_BYTES: u64 = 1024 * 1024 * 1024;

/// How long a signature is valid.
const VALID_FOR: Duration = Duration::from_hours(1);

/// Why a copy did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("backup.s3.{0}")]
    Configuration(&'static str),
    #[error("cannot read the copy: {0}")]
    Read(#[from] std::io::Error),
    #[error("the service cannot be reached: {0}")]
    Connection(String),
    #[error("the service takes too long")]
    Late,
    /// With the service's own code, such as `AccessDenied`.
    #[error("the service answered {status} {code}")]
    Refused { status: u16, code: String },
    #[error("the service gave an answer that cannot be understood")]
    Answer,
    #[error("stopped before it was done")]
    Stopped,
}

/// Whether copies are sent anywhere.
#[must_use]
pub fn is_on(config: &BackupS3) -> bool {
    config.endpoint.is_some()
}

/// Sends a copy under its own name.
pub async fn send(config: &BackupS3, copy: &Path, now_ms: i64, watch: &mut Watch<'_>) -> Result<(), SendError> {
    send_in_parts(config, copy, now_ms, [MAX_WHOLE_BYTES, PART_BYTES], watch).await
}

async fn send_in_parts(
    config: &BackupS3,
    copy: &Path,
    now_ms: i64,
    [max_whole, part]: [u64; 2],
    watch: &mut Watch<'_>,
) -> Result<(), SendError> {
    let destination = Destination::new(config, copy, now_ms)?;
    let length = std::fs::metadata(copy)?.len();
    if length <= max_whole {
        let put = PutObject::new(&destination.bucket, Some(&destination.credentials), &destination.key);
        let url = put.sign_with_time(VALID_FOR, &destination.time);
        destination
            .client
            .exchange("PUT", &url, Body::of(File::open(copy)?, 0, length), follow(watch, 0, length))
            .await?;
        return Ok(());
    }
    destination.send_parts(copy, length, part, watch).await
}

/// Where a copy goes, and in whose name.
struct Destination {
    bucket: Bucket,
    credentials: Credentials,
    key: String,
    time: Timestamp,
    client: Client,
}

impl Destination {
    fn new(config: &BackupS3, copy: &Path, now_ms: i64) -> Result<Self, SendError> {
        let endpoint = config.endpoint.clone().ok_or(SendError::Configuration("endpoint is not set"))?;
        if config.bucket.is_empty() {
            return Err(SendError::Configuration("bucket is not set"));
        }
        let name = copy.file_name().unwrap_or_default().to_string_lossy();
        let key = format!("{}{name}", config.prefix);
        // Such parts are taken away from an address before it is signed.
        if key.starts_with('/') || key.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(SendError::Configuration("prefix has a part that addresses cannot have"));
        }
        let bucket = Bucket::new(endpoint, UrlStyle::Path, config.bucket.clone(), config.region.clone())
            .map_err(|_| SendError::Configuration("endpoint is no address of a service"))?;
        Ok(Self {
            bucket,
            credentials: Credentials::new(config.access_key_id.clone(), config.secret_access_key.clone()),
            key,
            time: Timestamp::from_millisecond(now_ms).unwrap_or_default(),
            client: Client::new()?,
        })
    }

    /// As a multipart upload. One that fails is left to the service's rule for incomplete uploads.
    async fn send_parts(&self, copy: &Path, length: u64, part: u64, watch: &mut Watch<'_>) -> Result<(), SendError> {
        let credentials = Some(&self.credentials);
        let beginning = CreateMultipartUpload::new(&self.bucket, credentials, &self.key);
        let url = beginning.sign_with_time(VALID_FOR, &self.time);
        let answer = self.client.exchange("POST", &url, Body::empty(), |_| true).await?;
        let created = CreateMultipartUpload::parse_response(&answer.text).map_err(|_| SendError::Answer)?;
        let upload = created.upload_id();
        let mut tags = Vec::new();
        let mut from = 0;
        for number in 1_u16.. {
            let bytes = part.min(length - from);
            let action = UploadPart::new(&self.bucket, credentials, &self.key, number, upload);
            let url = action.sign_with_time(VALID_FOR, &self.time);
            let body = Body::of(File::open(copy)?, from, bytes);
            let answer = self.client.exchange("PUT", &url, body, follow(watch, from, length)).await?;
            tags.push(answer.etag.ok_or(SendError::Answer)?);
            from += bytes;
            if from >= length {
                break;
            }
        }
        let tags = tags.iter().map(String::as_str);
        let end = CompleteMultipartUpload::new(&self.bucket, credentials, &self.key, upload, tags);
        let url = end.sign_with_time(VALID_FOR, &self.time);
        let body = end.body();
        let answer = self.client.exchange("POST", &url, Body::text(body), |_| true).await?;
        // This one request may fail with a 200 (Amazon's description of CompleteMultipartUpload).
        if answer.text.contains("<Error>") { Err(SendError::Answer) } else { Ok(()) }
    }
}

/// Tells the follower about bytes sent; false ends the sending.
fn follow<'a, 'b>(watch: &'a mut Watch<'b>, before: u64, all: u64) -> impl FnMut(u64) -> bool + use<'a, 'b> {
    move |sent| {
        watch.follow.at(Phase::Sending, before + sent, all);
        !watch.stop.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod bucket_double;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::bucket_double::BucketDouble;
    use super::*;

    const NOW_MS: i64 = 1_795_168_800_000;
    const NAME: &str = "hearth-20261120T100000Z.db.zst";

    fn sent(config: &BackupS3, content: &[u8], sizes: [u64; 2]) -> (Result<(), SendError>, u64) {
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join(NAME);
        std::fs::write(&copy, content).unwrap();
        let mut told = 0;
        let mut follow = |_: Phase, done, _| told = done;
        let mut watch = Watch { follow: &mut follow, stop: Arc::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(send_in_parts(config, &copy, NOW_MS, sizes, &mut watch));
        (result, told)
    }

    #[test]
    fn a_copy_arrives_under_its_name_whole_or_in_parts() {
        let bucket = BucketDouble::start();
        let content: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        for sizes in [[u64::MAX, 1], [1_000_000, 1_500_000]] {
            sent(&bucket.config(), &content, sizes).0.unwrap();
            let objects = std::mem::take(&mut bucket.taken.lock().unwrap().objects);
            assert_eq!(objects.keys().collect::<Vec<_>>(), [&format!("/copies/my%20hearth/{NAME}")]);
            assert!(objects.values().all(|object| *object == content), "{sizes:?}");
        }
        assert_eq!(bucket.taken.lock().unwrap().refused, 0);
    }

    #[test]
    fn a_wrong_key_is_refused_and_told_without_it() {
        let bucket = BucketDouble::start();
        let config = BackupS3 { secret_access_key: "not-the-secret".to_owned(), ..bucket.config() };
        let error = sent(&config, b"copy", [u64::MAX, 1]).0.unwrap_err();
        assert_eq!(error.to_string(), "the service answered 403 SignatureDoesNotMatch");
        let region = BackupS3 { region: "elsewhere".to_owned(), ..bucket.config() };
        assert!(matches!(sent(&region, b"copy", [u64::MAX, 1]).0, Err(SendError::Refused { status: 403, .. })));
        assert_eq!(bucket.taken.lock().unwrap().refused, 2);
    }

    #[test]
    fn what_cannot_work_is_told() {
        let bucket = BucketDouble::start();
        let config = bucket.config();
        let nobody = BackupS3 { endpoint: Some("http://127.0.0.1:1".parse().unwrap()), ..config.clone() };
        assert!(matches!(sent(&nobody, b"copy", [9, 9]).0, Err(SendError::Connection(_))));
        let unnamed = BackupS3 { bucket: String::new(), ..config.clone() };
        assert!(matches!(sent(&unnamed, b"copy", [9, 9]).0, Err(SendError::Configuration(_))));
        let climbing = BackupS3 { prefix: "../other/".to_owned(), ..config };
        assert!(matches!(sent(&climbing, b"copy", [9, 9]).0, Err(SendError::Configuration(_))));
    }
}
