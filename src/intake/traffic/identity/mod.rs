//! Who made a request: the configured sources, tried in order (traffic.md 2).

mod token;

use hyper::header::HeaderName;
use serde_json::{Map, Value};

pub(super) use self::token::TokenReader;
use super::cookies;
use super::notes::{Note, Notes};
use super::recording_error::RecordingError;
use super::texts;
use crate::config::TrafficIdentity;
use crate::domain::identity_source::IdentitySource;
use crate::domain::traffic::TrafficUser;
use crate::http::jwt::bearer;

/// Longest id, name, address or session, in characters.
const MAX_CHARS: usize = 255;

/// All sources of an installation; shared by the workers, which note what is needed, and the recorder.
pub(super) struct Identity {
    /// Response headers that a source names; notes refer to them by their place here.
    pub response_headers: Vec<HeaderName>,
    /// Request headers that a source names; notes refer to them by their place here.
    pub request_headers: Vec<HeaderName>,
    user_id: Vec<Source>,
    user_name: Vec<Source>,
    user_email: Vec<Source>,
    session_id: Vec<Source>,
    tokens: Option<TokenReader>,
    reads_cookies: bool,
}

/// A source whose names have become places.
enum Source {
    ResponseHeader(u8),
    RequestHeader(u8),
    Cookie(Box<str>),
    /// Of the claims that the [`TokenReader`] takes out of each token.
    Claim(usize),
}

/// Who a request is said to come from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Who {
    pub user: Option<TrafficUser>,
    pub session_id: Option<Box<str>>,
}

/// Claims of a verified token, in the order in which the sources name them.
type Claims = [Option<Box<str>>];

impl Identity {
    pub(super) fn new(config: &TrafficIdentity) -> Result<Self, RecordingError> {
        let mut places = Places::default();
        let user_id = places.of_list(&config.user_id)?;
        let user_name = places.of_list(&config.user_name)?;
        let user_email = places.of_list(&config.user_email)?;
        let session_id = places.of_list(&config.session_id)?;
        let tokens = if places.claims.is_empty() { None } else { Some(TokenReader::new(&config.jwt, places.claims)?) };
        let reads_cookies = places.reads_cookies || tokens.as_ref().is_some_and(|tokens| tokens.cookie().is_some());
        Ok(Self {
            response_headers: places.response_headers,
            request_headers: places.request_headers,
            user_id,
            user_name,
            user_email,
            session_id,
            tokens,
            reads_cookies,
        })
    }

    /// Whether cookies have to be noted.
    pub(super) fn reads_cookies(&self) -> bool {
        self.reads_cookies
    }

    /// Whether `Authorization` has to be noted.
    pub(super) fn reads_authorization(&self) -> bool {
        self.tokens.is_some()
    }

    /// Waits for the keys of the token issuer, so that the first tokens can be judged.
    pub(super) async fn prepare(&self, now_s: i64) {
        if let Some(tokens) = &self.tokens {
            tokens.prepare(now_s).await;
        }
    }

    /// Whether a source other than a token names a session.
    pub(super) fn has_session(&self, notes: &Notes) -> bool {
        self.session_id.iter().any(|source| source.value(notes, None, true).is_some())
    }

    /// What the sources say. Must be called within a tokio runtime, for the sake of keys that are to be fetched.
    pub(super) fn resolve(&self, notes: &Notes, is_trusted: bool, now_s: i64) -> Who {
        let claims = self.tokens.as_ref().and_then(|tokens| {
            let of_header = bearer(notes.get(Note::Authorization));
            let of_cookie = || cookies::value(notes.get(Note::Cookie)?, tokens.cookie()?);
            let read = |token| tokens.read(token, now_s);
            of_header.and_then(read).or_else(|| of_cookie().and_then(read))
        });
        let first = |sources: &[Source], believes_headers| {
            sources.iter().find_map(|source| source.value(notes, claims.as_deref(), believes_headers))
        };
        let user = first(&self.user_id, is_trusted).map(|id| TrafficUser {
            id,
            name: first(&self.user_name, is_trusted),
            email: first(&self.user_email, is_trusted),
        });
        Who { user, session_id: first(&self.session_id, true) }
    }
}

impl Source {
    fn value(&self, notes: &Notes, claims: Option<&Claims>, believes_headers: bool) -> Option<Box<str>> {
        let bytes = match self {
            Self::ResponseHeader(place) => notes.get(Note::ResponseHeader(*place))?,
            Self::RequestHeader(place) if believes_headers => notes.get(Note::RequestHeader(*place))?,
            Self::RequestHeader(_) => return None,
            Self::Cookie(name) => cookies::value(notes.get(Note::Cookie)?, name.as_bytes())?,
            Self::Claim(place) => claims?.get(*place)?.as_deref()?.as_bytes(),
        };
        texts::name(bytes, MAX_CHARS)
    }
}

/// Gives each name that occurs in the sources one place.
#[derive(Default)]
struct Places {
    response_headers: Vec<HeaderName>,
    request_headers: Vec<HeaderName>,
    claims: Vec<Vec<String>>,
    reads_cookies: bool,
}

impl Places {
    fn of_list(&mut self, texts: &[String]) -> Result<Vec<Source>, RecordingError> {
        texts.iter().map(|text| self.of(text)).collect()
    }

    fn of(&mut self, text: &str) -> Result<Source, RecordingError> {
        let invalid = |message: String| RecordingError::Source { text: text.to_owned(), message };
        Ok(match IdentitySource::parse(text).map_err(invalid)? {
            IdentitySource::ResponseHeader(name) => Source::ResponseHeader(header(&mut self.response_headers, &name)?),
            IdentitySource::RequestHeader(name) => Source::RequestHeader(header(&mut self.request_headers, &name)?),
            IdentitySource::Cookie(name) => {
                self.reads_cookies = true;
                Source::Cookie(name.into())
            }
            IdentitySource::Jwt(claim) => Source::Claim(place_of(&mut self.claims, claim)),
        })
    }
}

fn header(names: &mut Vec<HeaderName>, name: &str) -> Result<u8, RecordingError> {
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| RecordingError::Header(name.to_owned()))?;
    u8::try_from(place_of(names, parsed)).map_err(|_| RecordingError::TooManyHeaders)
}

fn place_of<T: PartialEq>(known: &mut Vec<T>, new: T) -> usize {
    known.iter().position(|known| *known == new).unwrap_or_else(|| {
        known.push(new);
        known.len() - 1
    })
}

/// A claim as text: what is text, a number or a truth value; nothing else is a name.
fn claim_text(claims: &Map<String, Value>, way: &[String]) -> Option<Box<str>> {
    let (last, outer) = way.split_last()?;
    let object = outer.iter().try_fold(claims, |object, step| object.get(step)?.as_object())?;
    match object.get(last)? {
        Value::String(text) => Some(text.as_str().into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(truth) => Some(truth.to_string().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
