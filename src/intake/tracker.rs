//! `GET /hearth.js`: the tracker, which one tag puts into a page.
//!
//! Pages of any origin may load it. It is compiled in, and packed once for all who ask.

use std::io::Write as _;
use std::sync::LazyLock;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

const SOURCE: &str = include_str!("../../static/tracker/hearth.js");

/// How long a browser uses its copy without asking, in seconds: a new version reaches every page within the hour.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=3600");

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Bytes of the digest that names a version; an entity tag need not be secret, only different.
const TAG_BYTES: usize = 12;

static TRACKER: LazyLock<Tracker> = LazyLock::new(Tracker::new);

/// Answers with the script, packed if the browser takes that.
pub async fn script(request: HttpRequest) -> HttpResponse {
    let tracker = &*TRACKER;
    let known = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let is_known = known.flat_map(|list| list.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.trim_start_matches("W/") == tracker.tag
    });
    let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((header::ETAG, &*tracker.tag))
        .insert_header((header::CACHE_CONTROL, CACHE_CONTROL))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if is_known {
        return answer.finish();
    }
    answer.content_type("text/javascript; charset=utf-8");
    match tracker.packed.clone().filter(|_| takes_gzip(&request)) {
        Some(packed) => answer.insert_header((header::CONTENT_ENCODING, "gzip")).body(packed),
        None => answer.body(tracker.plain.clone()),
    }
}

/// The script as it is sent.
struct Tracker {
    plain: Bytes,
    /// Gzip of `plain`; absent if packing failed, which costs bytes and nothing else.
    packed: Option<Bytes>,
    tag: String,
}

impl Tracker {
    fn new() -> Self {
        let plain = without_comments(SOURCE);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, plain.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(&digest.as_ref()[..TAG_BYTES]);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let packed = encoder.write_all(plain.as_bytes()).and_then(|()| encoder.finish()).ok();
        Self { plain: plain.into(), packed: packed.map(Bytes::from), tag: format!("\"{tag}\"") }
    }
}

/// The source without indentation and without the lines that are comments: the script promises that no text in it goes
/// over more than one line.
fn without_comments(source: &str) -> String {
    let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    let mut script = String::with_capacity(source.len());
    for line in lines {
        script.push_str(line);
        script.push('\n');
    }
    script
}

/// Whether the client takes gzip (RFC 9110 12.5.3).
fn takes_gzip(request: &HttpRequest) -> bool {
    let values = request.headers().get_all(header::ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    values.flat_map(|list| list.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let quality = weight.trim().strip_prefix("q=").and_then(|quality| quality.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && quality.is_none_or(|quality| quality > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use actix_web::body::to_bytes;
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use flate2::read::GzDecoder;

    use super::*;

    /// A budget: the script is loaded by every page of somebody else's site.
    const MAX_PACKED_BYTES: usize = 4096;

    #[actix_web::test]
    async fn it_is_small_and_says_the_same_packed_and_plain() {
        let plain = script(TestRequest::default().to_http_request()).await;
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        let plain = to_bytes(plain.into_body()).await.unwrap();
        let asked = TestRequest::default().insert_header((header::ACCEPT_ENCODING, "br, gzip;q=0.5"));
        let packed = script(asked.to_http_request()).await;
        assert_eq!(packed.headers().get(header::CONTENT_ENCODING).unwrap(), "gzip");
        let packed = to_bytes(packed.into_body()).await.unwrap();
        assert!(packed.len() <= MAX_PACKED_BYTES, "{} bytes", packed.len());
        let mut unpacked = String::new();
        GzDecoder::new(&*packed).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked.as_bytes(), plain);
        assert!(unpacked.starts_with("(() => {") && !unpacked.contains("\n//"));
    }

    #[actix_web::test]
    async fn a_browser_that_has_it_is_not_sent_it_again() {
        let first = script(TestRequest::default().to_http_request()).await;
        let tag = first.headers().get(header::ETAG).unwrap().clone();
        let asked = |tag: &HeaderValue| TestRequest::default().insert_header((header::IF_NONE_MATCH, tag.clone()));
        let second = script(asked(&tag).to_http_request()).await;
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(second.headers().get(header::ETAG), Some(&tag));
        let other = script(asked(&HeaderValue::from_static("\"other\"")).to_http_request()).await;
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        let takes = |accepted: &'static str| {
            takes_gzip(&TestRequest::default().insert_header((header::ACCEPT_ENCODING, accepted)).to_http_request())
        };
        assert!(takes("deflate, GZIP"));
        assert!(takes("gzip; q=1.0"));
        assert!(!takes("gzip;q=0, br"));
        assert!(!takes(""));
    }
}
