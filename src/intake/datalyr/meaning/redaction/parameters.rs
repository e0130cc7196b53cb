//! The parameters of a URL, and what becomes of each by its name.

use std::borrow::Cow;

use url::form_urlencoded;

use super::REDACTED;

/// Parameters whose values are secrets, or tell who somebody is: those that SDKs redact themselves, and their like.
const SECRETS: [&str; 44] = [
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "auth_token",
    "reset_token",
    "login_token",
    "invite_token",
    "oauth_token",
    "jwt",
    "auth",
    "authorization",
    "code",
    "secret",
    "client_secret",
    "password",
    "passwd",
    "pass",
    "pwd",
    "api_key",
    "apikey",
    "access_key",
    "key",
    "session",
    "session_id",
    "sessionid",
    "jsessionid",
    "phpsessid",
    "sid",
    "signature",
    "sig",
    "otp",
    "reset",
    "hash",
    "magic",
    "email",
    "e-mail",
    "e_mail",
    "email_address",
    "e",
    "phone",
    "phone_number",
    "phonenumber",
    "tel",
];

/// Parameters that go altogether: hand-over of a visitor, and the id of a profile.
const GONE: [&str; 3] = ["_dl_h", "_dl_vid", "dl_kprofile_id"];

/// What becomes of a piece of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Stays,
    /// Its value does not stay.
    Redacted,
    Gone,
}

/// A piece of a URL between `?`, `&` and `#`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    /// What stands before it; nothing before the first.
    pub separator: Option<char>,
    pub text: &'a str,
}

/// The pieces of a URL.
pub(super) fn pieces(url: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = Some((None, url));
    std::iter::from_fn(move || {
        let (separator, text) = rest.take()?;
        let end = text.find(['?', '&', '#']);
        rest = end.and_then(|end| Some((text.get(end..)?.chars().next(), text.get(end + 1..)?)));
        Some(Piece { separator, text: end.and_then(|end| text.get(..end)).unwrap_or(text) })
    })
}

impl Piece<'_> {
    /// What becomes of it. What comes before any question mark is a parameter only if it is a query without a URL.
    pub(super) fn fate(self) -> Fate {
        if self.separator.is_none() && self.text.contains([':', '/']) {
            return Fate::Stays;
        }
        self.text.split_once('=').map_or(Fate::Stays, |(name, value)| fate(name, value))
    }
}

/// Whether a JSON text has anything that looks like such a parameter; false is certain.
pub(super) fn may_be_in(json: &str) -> bool {
    // Some writers escape `&` and `=`.
    json.contains("\\u00") || json.match_indices('=').any(|(at, _)| may_be_at(json, at))
}

/// Whether the name before an equals sign, and the value behind it, are of such a parameter.
fn may_be_at(json: &str, equals_at: usize) -> bool {
    let before = json.get(..equals_at).unwrap_or_default();
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "_-%[].+".contains(letter);
    let name = before.rsplit(|letter| !is_of_name(letter)).next().unwrap_or_default();
    fate(name, json.get(equals_at + 1..).unwrap_or_default()) != Fate::Stays
}

fn fate(name: &str, value: &str) -> Fate {
    let name = plain(name);
    if is_gone(&name) {
        Fate::Gone
    } else if !value.is_empty() && !value.starts_with(REDACTED) && is_secret(&name) {
        Fate::Redacted
    } else {
        Fate::Stays
    }
}

/// The name of a parameter, decoded; of `user[email]` and `email[]` what is meant.
fn plain(name: &str) -> Cow<'_, str> {
    if name.contains('%') {
        let decoded = form_urlencoded::parse(name.as_bytes()).next().map(|(name, _)| name.into_owned());
        return Cow::Owned(decoded.map(|name| innermost(&name).to_owned()).unwrap_or_default());
    }
    Cow::Borrowed(innermost(name))
}

fn innermost(name: &str) -> &str {
    let name = name.trim_end_matches("[]");
    name.strip_suffix(']').and_then(|name| name.rsplit('[').next()).unwrap_or(name)
}

fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

fn is_gone(name: &str) -> bool {
    GONE.iter().any(|gone| name.eq_ignore_ascii_case(gone))
}
