//! Hearth's own session: a first-party cookie for browsers that the app gives none.
//!
//! Its value is a random id of 128 bits and the second in which it was given, `<32 hex digits>.<hex digits>`. It is
//! given with HTML pages only, because programs never send it back; it is given again, with the same id, on any
//! response once it is older than a quarter of the idle time, so that a session ends between three quarters and the
//! whole of that time after its last request. Responses that a shared cache may keep never get one: the next visitor
//! would be given the same session (RFC 9111 7.3).

use std::time::Duration;

use aws_lc_rs::rand;
use hyper::HeaderMap;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderName, HeaderValue, SET_COOKIE};

use super::cookies;
use super::recording_error::RecordingError;
use crate::config::TrafficIdentity;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A cookie from later than this, in seconds, was given by nobody.
const TOLERATED_CLOCK_STEP_S: i64 = 60;

/// How the cookie is called and how long it lasts.
#[derive(Debug)]
pub(super) struct SessionCookie {
    name: Box<str>,
    idle_s: i64,
}

/// What a request says about its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Session {
    /// The id that the browser sent, or has yet to be given.
    id: Option<[u8; 16]>,
    /// Whether the browser should be given the cookie again.
    is_due: bool,
    is_secure: bool,
}

impl SessionCookie {
    /// Absent unless the owner wants one.
    pub(super) fn new(config: &TrafficIdentity) -> Result<Option<Self>, RecordingError> {
        if !config.session_cookie {
            return Ok(None);
        }
        let name = &config.session_cookie_name;
        // What can be the name of a header can be the name of a cookie (RFC 6265 4.1.1).
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err(RecordingError::CookieName(name.clone()));
        }
        let idle_s = i64::try_from(config.session_cookie_idle.max(Duration::from_secs(1)).as_secs());
        Ok(Some(Self { name: name.as_str().into(), idle_s: idle_s.unwrap_or(i64::MAX) }))
    }

    /// Reads the session of a request; an id that is too old or not of this form is none.
    pub(super) fn read(&self, headers: &HeaderMap, is_trusted: bool, is_tls: bool, now_s: i64) -> Session {
        let sent = headers.get_all(COOKIE).iter().find_map(|header| {
            let (id, given_s) = parse(cookies::value(header.as_bytes(), self.name.as_bytes())?)?;
            let age_s = now_s.saturating_sub(given_s);
            (-TOLERATED_CLOCK_STEP_S..=self.idle_s).contains(&age_s).then_some((id, age_s))
        });
        let is_https = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"https");
        Session {
            id: sent.map(|(id, _)| id),
            is_due: sent.is_none_or(|(_, age_s)| age_s >= self.idle_s / 4),
            is_secure: is_tls || is_trusted && headers.get(X_FORWARDED_PROTO).is_some_and(is_https),
        }
    }

    /// Gives the browser the cookie if it is due and the response is one that may carry it.
    pub(super) fn give(&self, session: &mut Session, headers: &mut HeaderMap, now_s: i64) {
        if !session.is_due || may_be_shared(headers) || (session.id.is_none() && !is_html(headers)) {
            return;
        }
        let Some(id) = session.id.or_else(new_id) else { return };
        let (name, idle_s) = (&self.name, self.idle_s);
        let secure = if session.is_secure { "; Secure" } else { "" };
        let id_text = u128::from_be_bytes(id);
        let value =
            format!("{name}={id_text:032x}.{now_s:x}; Max-Age={idle_s}; Path=/; HttpOnly; SameSite=Lax{secure}");
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.append(SET_COOKIE, value);
            session.id = Some(id);
            session.is_due = false;
        }
    }

    /// Takes the cookie out of a request, so that the app does not see it.
    pub(super) fn take_out(&self, headers: &mut HeaderMap) {
        let is_there = |header: &HeaderValue| cookies::value(header.as_bytes(), self.name.as_bytes()).is_some();
        if !headers.get_all(COOKIE).iter().any(is_there) {
            return;
        }
        let left: Vec<HeaderValue> = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|header| match cookies::without(header.as_bytes(), self.name.as_bytes()) {
                None => Some(header.clone()),
                Some(left) if left.is_empty() => None,
                Some(left) => HeaderValue::from_bytes(&left).ok(),
            })
            .collect();
        headers.remove(COOKIE);
        for value in left {
            headers.append(COOKIE, value);
        }
    }
}

impl Session {
    /// The id as it is stored.
    pub(super) fn id(&self) -> Option<Box<str>> {
        self.id.map(|id| format!("{:032x}", u128::from_be_bytes(id)).into())
    }
}

/// Id and time of a cookie's value.
fn parse(value: &[u8]) -> Option<([u8; 16], i64)> {
    let (id, given) = std::str::from_utf8(value).ok()?.split_once('.')?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if id.len() != 32 || given.len() > 15 || !id.bytes().chain(given.bytes()).all(is_digit) {
        return None;
    }
    Some((u128::from_str_radix(id, 16).ok()?.to_be_bytes(), i64::from_str_radix(given, 16).ok()?))
}

fn new_id() -> Option<[u8; 16]> {
    let mut id = [0; 16];
    rand::fill(&mut id).ok()?;
    Some(id)
}

fn is_html(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    value.get(..9).is_some_and(|beginning| beginning.eq_ignore_ascii_case(b"text/html"))
}

/// Whether a cache between us and the browser is told that it may keep the response for everybody.
fn may_be_shared(headers: &HeaderMap) -> bool {
    let names_one = |value: &HeaderValue| {
        value.as_bytes().split(|byte| *byte == b',').any(|directive| {
            let directive = directive.trim_ascii().to_ascii_lowercase();
            directive == b"public" || directive == b"immutable" || directive.starts_with(b"s-maxage")
        })
    };
    headers.get_all(CACHE_CONTROL).iter().any(names_one)
}

#[cfg(test)]
mod tests {
    use super::super::tests::traffic;
    use super::*;

    const NOW_S: i64 = 1_800_000_000;

    fn cookie() -> SessionCookie {
        let mut config = traffic().identity;
        config.session_cookie = true;
        SessionCookie::new(&config).unwrap().unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    /// What a browser gets, and then sends.
    fn given(session: &mut Session, response: &[(&'static str, &str)], now_s: i64) -> Option<(String, String)> {
        let mut response = headers(response);
        cookie().give(session, &mut response, now_s);
        let set = response.get(SET_COOKIE)?.to_str().unwrap().to_owned();
        Some((set.split(';').next().unwrap().to_owned(), set))
    }

    const PAGE: &[(&str, &str)] = &[("content-type", "Text/HTML; charset=utf-8")];

    #[test]
    fn a_page_gives_a_session_and_nothing_else_does() {
        let mut session = cookie().read(&headers(&[]), false, false, NOW_S);
        for response in [
            &[("content-type", "application/json")][..],
            &[],
            &[("content-type", "text/html"), ("cache-control", "max-age=60, Public")],
            &[("content-type", "text/html"), ("cache-control", "s-maxage=60")],
        ] {
            assert_eq!(given(&mut session, response, NOW_S), None);
            assert_eq!(session.id(), None);
        }
        let (pair, set) = given(&mut session, PAGE, NOW_S).unwrap();
        let id = session.id().unwrap();
        assert_eq!(pair, format!("hearth_session={id}.{NOW_S:x}"));
        assert_eq!(set, format!("{pair}; Max-Age=1800; Path=/; HttpOnly; SameSite=Lax"));
        assert_eq!(given(&mut session, PAGE, NOW_S), None, "only once");
    }

    #[test]
    fn a_session_is_renewed_after_a_quarter_and_ends_with_the_idle_time() {
        let (pair, _) = given(&mut cookie().read(&headers(&[]), false, false, NOW_S), PAGE, NOW_S).unwrap();
        let request = headers(&[("cookie", "a=b"), ("cookie", &format!("c=d; {pair}"))]);
        let json = &[("content-type", "application/json")][..];
        for (age_s, is_same, is_renewed) in
            [(0, true, false), (449, true, false), (450, true, true), (1800, true, true), (1801, false, false)]
        {
            let mut session = cookie().read(&request, false, false, NOW_S + age_s);
            assert_eq!(session.id().is_some_and(|id| pair.contains(&*id)), is_same, "{age_s}");
            assert_eq!(given(&mut session, json, NOW_S + age_s).is_some(), is_renewed, "{age_s}");
        }
        assert_eq!(cookie().read(&request, false, false, NOW_S - 61).id(), None, "from the future");
    }

    #[test]
    fn a_cookie_of_another_form_is_none() {
        let id = "0123456789abcdef0123456789abcdef";
        for value in [
            "",
            id,
            &format!("{id}."),
            &format!("{id}.zz"),
            &format!("{id}.+1"),
            &format!("{}.{NOW_S:x}", id.to_uppercase()),
            &format!("{}.{NOW_S:x}", &id[1..]),
            &format!("{id}.ffffffffffffffff"),
            "<script>.0",
        ] {
            let request = headers(&[("cookie", &format!("hearth_session={value}"))]);
            assert_eq!(cookie().read(&request, false, false, NOW_S).id(), None, "{value}");
        }
    }

    #[test]
    fn it_is_secure_where_a_trusted_proxy_says_https() {
        for (proto, is_trusted, is_secure) in
            [("https", true, true), ("HTTPS", true, true), ("https", false, false), ("http", true, false)]
        {
            let mut session = cookie().read(&headers(&[("x-forwarded-proto", proto)]), is_trusted, false, NOW_S);
            let (_, set) = given(&mut session, PAGE, NOW_S).unwrap();
            assert_eq!(set.ends_with("; Secure"), is_secure, "{proto} {is_trusted}");
        }
        let mut session = cookie().read(&headers(&[]), false, true, NOW_S);
        let (_, set) = given(&mut session, PAGE, NOW_S).unwrap();
        assert!(set.ends_with("; Secure"), "behind our own TLS");
    }

    #[test]
    fn the_app_sees_its_own_cookies_only() {
        for (sent, left) in [
            (&["a=b"][..], &["a=b"][..]),
            (&["hearth_session=x"], &[]),
            (&["hearth_session=x; a=b", "c=d"], &["a=b", "c=d"]),
            (&["c=d", "hearth_session=x"], &["c=d"]),
        ] {
            let mut request = headers(&sent.iter().map(|value| ("cookie", *value)).collect::<Vec<_>>());
            cookie().take_out(&mut request);
            let seen: Vec<_> = request.get_all(COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
            assert_eq!(seen, left);
        }
    }
}
