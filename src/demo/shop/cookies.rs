//! The shop's cookies.

use actix_web::HttpRequest;
use actix_web::http::header;

/// Longest value that is looked at, in bytes.
const MAX_VALUE_BYTES: usize = 512;

/// The value of a cookie.
pub(super) fn cookie(request: &HttpRequest, name: &str) -> Option<String> {
    let lines = request.headers().get_all(header::COOKIE).filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(found, _)| *found == name)?;
    (value.len() <= MAX_VALUE_BYTES).then(|| value.to_owned())
}

/// A `Set-Cookie` that lasts as long as the browser runs; an empty value takes the cookie away.
pub(super) fn set_cookie(name: &str, value: &str) -> String {
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{end}")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let request = TestRequest::default().insert_header((header::COOKIE, "a=1; cart=mug.2;b=")).to_http_request();
        assert_eq!(cookie(&request, "cart").as_deref(), Some("mug.2"));
        assert_eq!(cookie(&request, "b").as_deref(), Some(""));
        assert_eq!(cookie(&request, "c"), None);
    }
}
