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
const VALID_FOR: Duration = Duration::from_secs(60 * 60);

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
        let begin = CreateMultipartUpload::new(&self.bucket, credentials, &self.key);
        let url = begin.sign_with_time(VALID_FOR, &self.time);
        let answer = self.client.exchange("POST", &url, Body::empty(), |_| true).await?;
        let begun = CreateMultipartUpload::parse_response(&answer.text).map_err(|_| SendError::Answer)?;
        let upload = begun.upload_id();
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
