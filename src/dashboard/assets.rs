//! Style sheets, scripts and pictures, compiled in.
//!
//! Pages name each file with a part of its hash (`/static/hearth.css?v=1f2e3d4c`), so that browsers may keep it for ever.
//! Texts are compressed once.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const BRIEFLY: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Hexadecimal digits of the hash that stand in addresses.
const VERSION_DIGITS: usize = 8;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

struct Asset {
    plain: Bytes,
    /// Only of what gets smaller by it.
    gzip: Option<Bytes>,
    mime: String,
    version: String,
}

static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    let asset = |name: std::borrow::Cow<'static, str>| {
        let file = Files::get(&name)?;
        let hash = file.metadata.sha256_hash();
        let version = hexadecimal(&hash);
        let plain = Bytes::from(file.data.into_owned());
        let gzip = gzip(&plain).filter(|small| small.len() < plain.len());
        let mime = file.metadata.mimetype().to_owned();
        Some((name.into_owned(), Asset { plain, gzip, mime, version: version[..VERSION_DIGITS].to_owned() }))
    };
    Files::iter().filter_map(asset).collect()
});

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The address of a file, for pages.
#[must_use]
pub fn url(name: &str) -> String {
    match ASSETS.get(name) {
        Some(asset) => format!("/static/{name}?v={}", asset.version),
        None => format!("/static/{name}"),
    }
}

/// Answers `/static/...`.
pub async fn asset(request: HttpRequest, file: web::Path<String>) -> HttpResponse {
    let Some(asset) = ASSETS.get(file.as_str()) else { return HttpResponse::NotFound().finish() };
    let is_versioned = request.query_string().strip_prefix("v=") == Some(asset.version.as_str());
    let mut answer = HttpResponse::Ok();
    answer.content_type(asset.mime.as_str());
    answer.insert_header((header::CACHE_CONTROL, if is_versioned { FOR_EVER } else { BRIEFLY }));
    answer.insert_header((header::VARY, HeaderValue::from_static("accept-encoding")));
    match &asset.gzip {
        Some(gzip) if takes_gzip(&request) => {
            answer.insert_header((header::CONTENT_ENCODING, "gzip")).body(gzip.clone())
        }
        _ => answer.body(asset.plain.clone()),
    }
}

/// Whether the client takes gzip; whoever refuses it by `q=0` is rare enough to be looked for in the plain way.
#[must_use]
pub fn takes_gzip(request: &HttpRequest) -> bool {
    let accepts = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| {
        accepts.split(',').map(str::trim).any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
            let weight: f32 = weight.trim().trim_start_matches("q=").parse().unwrap_or(0.0);
            name.trim().eq_ignore_ascii_case("gzip") && weight > 0.0
        })
    })
}

/// Compresses a text.
#[must_use]
pub fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn addresses_change_with_the_file() {
        let address = url("hearth.css");
        assert_eq!(address.len(), "/static/hearth.css?v=".len() + VERSION_DIGITS, "{address}");
        assert_eq!(url("none.css"), "/static/none.css");
    }

    #[test]
    fn vendored_files_are_those_that_were_looked_at() {
        let readme = Files::get("vendor/README.md").unwrap();
        let readme = std::str::from_utf8(&readme.data).unwrap().to_owned();
        let vendored = Files::iter().filter(|name| name.starts_with("vendor/") && !name.ends_with("README.md"));
        for name in vendored {
            let hash = Files::get(&name).unwrap().metadata.sha256_hash();
            let hash = hexadecimal(&hash);
            let short = name.trim_start_matches("vendor/");
            let is_listed = |line: &str| line.contains(&format!("`{short}`")) && line.contains(&hash);
            assert!(readme.lines().any(is_listed), "{name} has the sum {hash}");
        }
    }

    #[test]
    fn gzip_is_for_those_who_take_it() {
        let takes = |accepts: &'static str| {
            takes_gzip(&TestRequest::default().insert_header((header::ACCEPT_ENCODING, accepts)).to_http_request())
        };
        assert!(takes("gzip, deflate, br"));
        assert!(takes("br;q=1.0, gzip;q=0.5"));
        assert!(!takes("gzip;q=0"));
        assert!(!takes("br"));
    }
}
