//! Request bodies: bounded in size and time, inflated if they are compressed.

use std::io::Read;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use flate2::bufread::{GzDecoder, ZlibDecoder};
use futures_util::StreamExt;

use super::guard::Connection;

/// What a body may cost.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// Bytes after inflation; exactly this many pass.
    pub max_bytes: u64,
    /// Time to arrive in full.
    pub timeout: Duration,
}

/// Why a body is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRefusal {
    TooLarge,
    UnsupportedEncoding,
    /// Not what its encoding says, or broken off.
    Corrupt,
    Timeout,
}

/// What `Content-Type` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    /// Whether it is exactly `application/json`, parameters aside.
    pub is_json: bool,
    pub charset: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
    Deflate,
}

/// Bytes read and thrown away of a body that is too large, so that its connection stays usable.
const MAX_DRAINED_BYTES: u64 = 16 * 1024 * 1024;

/// Reads the media type of a request.
#[must_use]
pub fn media_type(request: &HttpRequest) -> MediaType {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';');
    let is_json = parts.next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json");
    let charset = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_owned())
    });
    MediaType { is_json, charset }
}

/// Whether the request says that it has a body.
#[must_use]
pub fn has_body(request: &HttpRequest) -> bool {
    request.headers().contains_key(header::TRANSFER_ENCODING)
        || request.headers().get(header::CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0")
}

/// Reads a body whole.
pub async fn read(request: &HttpRequest, payload: web::Payload, limits: BodyLimits) -> Result<Vec<u8>, BodyRefusal> {
    let encoding = encoding(request)?;
    // Compressed bytes that do not fit could only inflate to more; what compression adds is small.
    let max_raw = if encoding == Encoding::Identity {
        limits.max_bytes
    } else {
        limits.max_bytes.saturating_add(limits.max_bytes / 1_000 + 1_024)
    };
    let raw = collect(request, payload, max_raw, limits.timeout, expected_bytes(request, max_raw)).await?;
    inflate(raw, encoding, limits.max_bytes)
}

/// Reads a body to its end and forgets it.
pub async fn drain(request: &HttpRequest, payload: web::Payload, limits: BodyLimits) -> Result<(), BodyRefusal> {
    match collect(request, payload, 0, limits.timeout, 0).await {
        Ok(_) | Err(BodyRefusal::TooLarge) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}

/// Reads at most `max_bytes`, and what is left over into nothing.
async fn collect(
    request: &HttpRequest,
    mut payload: web::Payload,
    max_bytes: u64,
    timeout: Duration,
    expected: usize,
) -> Result<Vec<u8>, BodyRefusal> {
    let read = async {
        let mut bytes = Vec::with_capacity(expected);
        let mut drained = 0_u64;
        while let Some(part) = payload.next().await {
            let part = part.map_err(|_| broken_off(request))?;
            if drained > 0 || (bytes.len() + part.len()) as u64 > max_bytes {
                drained += part.len() as u64;
                bytes = Vec::new();
                if drained > MAX_DRAINED_BYTES {
                    return Err(BodyRefusal::TooLarge);
                }
            } else {
                bytes.extend_from_slice(&part);
            }
        }
        if drained > 0 { Err(BodyRefusal::TooLarge) } else { Ok(bytes) }
    };
    actix_web::rt::time::timeout(timeout, read).await.unwrap_or(Err(BodyRefusal::Timeout))
}

/// Why a body ended early: the guard knows it, if it is the guard that ended it.
fn broken_off(request: &HttpRequest) -> BodyRefusal {
    let found = request.conn_data::<Connection>().and_then(Connection::violation);
    match found.map(|violation| violation.status) {
        Some(408) => BodyRefusal::Timeout,
        _ => BodyRefusal::Corrupt,
    }
}

/// The length the request announces, as far as it is believed.
fn expected_bytes(request: &HttpRequest, max_bytes: u64) -> usize {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    usize::try_from(length.unwrap_or(0_u64).min(max_bytes)).unwrap_or_default()
}

fn encoding(request: &HttpRequest) -> Result<Encoding, BodyRefusal> {
    let Some(value) = request.headers().get(header::CONTENT_ENCODING) else { return Ok(Encoding::Identity) };
    match value.as_bytes().trim_ascii().to_ascii_lowercase().as_slice() {
        b"" | b"identity" => Ok(Encoding::Identity),
        b"gzip" => Ok(Encoding::Gzip),
        b"deflate" => Ok(Encoding::Deflate),
        _ => Err(BodyRefusal::UnsupportedEncoding),
    }
}

fn inflate(raw: Vec<u8>, encoding: Encoding, max_bytes: u64) -> Result<Vec<u8>, BodyRefusal> {
    if encoding == Encoding::Identity || raw.is_empty() {
        return Ok(raw);
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_slice();
    loop {
        let room = (max_bytes + 1).saturating_sub(bytes.len() as u64);
        match encoding {
            Encoding::Gzip => GzDecoder::new(&mut rest).take(room).read_to_end(&mut bytes),
            _ => ZlibDecoder::new(&mut rest).take(room).read_to_end(&mut bytes),
        }
        .map_err(|_| BodyRefusal::Corrupt)?;
        if bytes.len() as u64 > max_bytes {
            return Err(BodyRefusal::TooLarge);
        }
        // Like Node: further gzip members are read, anything else behind the first is ignored.
        if encoding != Encoding::Gzip || !rest.starts_with(&[0x1f, 0x8b]) {
            return Ok(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use actix_web::test::TestRequest;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_limit_counts_after_inflation() {
        assert_eq!(inflate(gzip(&[7; 1000]), Encoding::Gzip, 1000), Ok(vec![7; 1000]));
        assert_eq!(inflate(gzip(&[7; 1001]), Encoding::Gzip, 1000), Err(BodyRefusal::TooLarge));
        assert_eq!(inflate(gzip(&vec![7; 50_000_000]), Encoding::Gzip, 1000), Err(BodyRefusal::TooLarge));
    }

    #[test]
    fn members_are_joined_and_garbage_behind_them_is_ignored() {
        let mut two = gzip(b"ab");
        two.extend(gzip(b"cd"));
        assert_eq!(inflate(two.clone(), Encoding::Gzip, 10), Ok(b"abcd".to_vec()));
        two.extend(b"garbage");
        assert_eq!(inflate(two, Encoding::Gzip, 10), Ok(b"abcd".to_vec()));
    }

    #[test]
    fn what_is_not_compressed_as_said_is_corrupt() {
        assert_eq!(inflate(b"{}".to_vec(), Encoding::Gzip, 10), Err(BodyRefusal::Corrupt));
        let cut = gzip(&[1; 500]);
        assert_eq!(inflate(cut[..cut.len() / 2].to_vec(), Encoding::Gzip, 1000), Err(BodyRefusal::Corrupt));
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"ab").unwrap();
        assert_eq!(inflate(zlib.finish().unwrap(), Encoding::Deflate, 10), Ok(b"ab".to_vec()));
    }

    #[test]
    fn only_json_is_json() {
        for (value, is_json, charset) in [
            ("application/json", true, None),
            ("Application/JSON; Charset=\"UTF-8\"", true, Some("UTF-8")),
            ("application/json;v=1;charset=utf-16le", true, Some("utf-16le")),
            ("application/json+x", false, None),
            ("text/plain", false, None),
            ("", false, None),
        ] {
            let request = TestRequest::default().insert_header(("content-type", value)).to_http_request();
            assert_eq!(media_type(&request), MediaType { is_json, charset: charset.map(str::to_owned) }, "{value}");
        }
    }
}
