//! Who may see the dashboard of express-sequelize-traffic: one user name and password (HTTP Basic), or, where none is
//! set, holders of a read token (traffic.md 3).

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::problem::Problem;
use super::rate_window::Windows;
use super::read_access::{self, Grant, ReadAccess};
use crate::config::TrafficDashboard;
use crate::domain::clock::SharedClock;
use crate::domain::id::{ProjectId, SecretHash};
use crate::identity::client_address::TrustedProxies;
use crate::store::Store;
use crate::store::registry::hash_secret;

/// Wrong passwords that an address may send a minute; what it sends then is not looked at.
const MAX_WRONG_ATTEMPTS: u32 = 10;

const ATTEMPT_WINDOW: Duration = Duration::from_mins(1);

/// Addresses whose wrong attempts are remembered.
const MAX_TRACKED: usize = 65_536;

/// Longer `Authorization` fields carry no password of ours.
const MAX_FIELD_BYTES: usize = 2_048;

const BASIC_CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"Hearth\", charset=\"UTF-8\"");
const BEARER_CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"Hearth\"");

/// Decides who may see the dashboard, and of which project; shared by its API and its live events.
pub struct DashboardAccess {
    /// Absent: read tokens decide.
    account: Option<Account>,
    tokens: Arc<ReadAccess>,
    /// What the password shows, and who needs no token sees.
    project: ProjectId,
    proxies: TrustedProxies,
    clock: SharedClock,
}

/// The one account.
struct Account {
    /// Hashes, so that comparing takes the same time for texts of any length.
    username: SecretHash,
    password: SecretHash,
    wrong: Windows<IpAddr>,
}

/// What somebody offers to be let in.
pub enum Credentials {
    Password { username: String, password: String },
    Token(String),
}

/// Why somebody is not let in.
#[derive(Debug)]
pub enum DashboardRefusal {
    MissingPassword,
    WrongPassword,
    TooManyAttempts {
        retry_after_s: i64,
    },
    /// No token, a wrong one, or one that could not be looked up.
    Token(Problem),
}

impl DashboardAccess {
    /// Access as `config` has it, to `project` where the credentials do not say which.
    #[must_use]
    pub fn new(
        config: &TrafficDashboard,
        project: ProjectId,
        tokens: Arc<ReadAccess>,
        proxies: TrustedProxies,
        clock: SharedClock,
    ) -> Self {
        let has_password = !config.username.is_empty() && !config.password.is_empty();
        let account = has_password.then(|| Account {
            username: hash_secret(&config.username),
            password: hash_secret(&config.password),
            wrong: Windows::new(MAX_WRONG_ATTEMPTS, ATTEMPT_WINDOW, MAX_TRACKED),
        });
        Self { account, tokens, project, proxies, clock }
    }

    /// The project that the request may see, by the credentials in its head.
    pub async fn check(&self, request: &HttpRequest, store: &Store) -> Result<ProjectId, DashboardRefusal> {
        self.check_credentials(Credentials::of(request), request, store).await
    }

    /// The project that `offered` opens to the sender of `request`; for credentials that come after a request's head.
    pub async fn check_credentials(
        &self,
        offered: Option<Credentials>,
        request: &HttpRequest,
        store: &Store,
    ) -> Result<ProjectId, DashboardRefusal> {
        if let Some(account) = &self.account {
            let client = network(self.proxies.client_address(request));
            account.check(offered, client, self.clock.now_ms())?;
            return Ok(self.project);
        }
        let token = match offered {
            Some(Credentials::Token(token)) => Some(token),
            Some(Credentials::Password { .. }) | None => None,
        };
        match self.tokens.grant_token(token, store).await.map_err(|refusal| DashboardRefusal::Token(refusal.into()))? {
            Grant::Everything => Ok(self.project),
            Grant::Project(granted) => Ok(granted.project),
            // Only cookies give this, and they are not asked for here.
            Grant::Several(_) => Err(DashboardRefusal::Token(Problem::MissingReadToken)),
        }
    }
}

impl Account {
    fn check(&self, offered: Option<Credentials>, client: IpAddr, now_ms: i64) -> Result<(), DashboardRefusal> {
        // Before the password is looked at: even the right one tells nothing once too many were wrong.
        if let Some(standing) = self.wrong.is_used_up(&client, now_ms) {
            return Err(DashboardRefusal::TooManyAttempts { retry_after_s: standing.retry_after_s(now_ms) });
        }
        let (username, password) = match offered {
            None => return Err(DashboardRefusal::MissingPassword),
            Some(Credentials::Password { username, password }) => (username, password),
            Some(Credentials::Token(_)) => (String::new(), String::new()),
        };
        let is_user = verify_slices_are_equal(&hash_secret(&username), &self.username).is_ok();
        let is_password = verify_slices_are_equal(&hash_secret(&password), &self.password).is_ok();
        if is_user & is_password {
            return Ok(());
        }
        self.wrong.count(client, now_ms);
        Err(DashboardRefusal::WrongPassword)
    }
}

impl Credentials {
    /// What a request offers: `Authorization: Basic` or `Bearer`, else the parameter `token`.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<Self> {
        if let Some(field) = request.headers().get(header::AUTHORIZATION)
            && let Some((scheme, rest)) = field.to_str().ok().and_then(|field| field.split_once(' '))
            && scheme.eq_ignore_ascii_case("basic")
        {
            // What cannot be read is a wrong password, not a missing one.
            let (username, password) = basic(rest.trim()).unwrap_or_default();
            return Some(Self::Password { username, password });
        }
        read_access::token(request).map(Self::Token)
    }
}

/// User name and password (RFC 7617 section 2); the first colon parts them.
fn basic(encoded: &str) -> Option<(String, String)> {
    if encoded.len() > MAX_FIELD_BYTES {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some((username.to_owned(), password.to_owned()))
}

/// Whoever has an IPv6 address has its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

impl DashboardRefusal {
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MissingPassword | Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Token(problem) => problem.status(),
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingPassword => "missing_credentials",
            Self::WrongPassword => "invalid_credentials",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::Token(problem) => problem.code(),
        }
    }

    /// What went wrong, in words.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::MissingPassword => "Send the user name and password of traffic.dashboard by HTTP Basic.".to_owned(),
            Self::WrongPassword => "The user name or the password is wrong.".to_owned(),
            Self::TooManyAttempts { .. } => "Too many wrong passwords from this address; wait a minute.".to_owned(),
            Self::Token(problem) => problem.detail(),
        }
    }

    /// The answer: `{error, message}`, with a challenge (RFC 9110 section 11.6.1) or the time to wait.
    #[must_use]
    pub fn answer(&self) -> HttpResponse {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            message: String,
        }
        let mut answer = HttpResponse::build(self.status());
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        match self {
            Self::MissingPassword | Self::WrongPassword => {
                answer.insert_header((header::WWW_AUTHENTICATE, BASIC_CHALLENGE));
            }
            Self::TooManyAttempts { retry_after_s } => {
                answer.insert_header((header::RETRY_AFTER, retry_after_s.to_string()));
            }
            Self::Token(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
                answer.insert_header((header::WWW_AUTHENTICATE, BEARER_CHALLENGE));
            }
            Self::Token(_) => {
                answer.insert_header((header::RETRY_AFTER, "1"));
            }
        }
        answer.json(Body { error: self.code(), message: self.message() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_000_000_000;

    fn account() -> Account {
        Account {
            username: hash_secret("admin"),
            password: hash_secret("pass:wörd"),
            wrong: Windows::new(MAX_WRONG_ATTEMPTS, ATTEMPT_WINDOW, MAX_TRACKED),
        }
    }

    fn offer(username: &str, password: &str) -> Credentials {
        Credentials::Password { username: username.to_owned(), password: password.to_owned() }
    }

    fn address(text: &str) -> IpAddr {
        network(text.parse().unwrap())
    }

    #[test]
    fn only_the_whole_pair_is_right() {
        let account = account();
        assert!(account.check(Some(offer("admin", "pass:wörd")), address("192.0.2.1"), NOW_MS).is_ok());
        for (username, text) in [("admin", ""), ("", ""), ("admin", "pass"), ("Admin", "pass:wörd"), ("x", "pass:wörd")]
        {
            let refusal = account.check(Some(offer(username, text)), address("192.0.2.2"), NOW_MS).unwrap_err();
            assert_eq!(refusal.code(), "invalid_credentials", "{username}:{text}");
        }
        let refusal = account.check(None, address("192.0.2.1"), NOW_MS).unwrap_err();
        assert_eq!(refusal.code(), "missing_credentials");
        let token = Some(Credentials::Token("hr_1".to_owned()));
        assert_eq!(account.check(token, address("192.0.2.1"), NOW_MS).unwrap_err().code(), "invalid_credentials");
    }

    #[test]
    fn after_ten_wrong_ones_an_address_must_wait() {
        let account = account();
        let try_once = |from: &str, right: bool, now_ms: i64| {
            let offered = if right { offer("admin", "pass:wörd") } else { offer("admin", "x") };
            account.check(Some(offered), address(from), now_ms).map_err(|refusal| refusal.code())
        };
        for n in 0..10 {
            assert_eq!(try_once("2001:db8::1", false, NOW_MS + n), Err("invalid_credentials"));
        }
        assert_eq!(try_once("2001:db8::2", true, NOW_MS + 10), Err("too_many_attempts"), "the same /64");
        assert_eq!(try_once("2001:db8:0:1::1", true, NOW_MS + 10), Ok(()), "another network");
        assert_eq!(try_once("2001:db8::1", true, NOW_MS + 60_001), Ok(()), "a minute later");
    }

    #[test]
    fn a_missing_password_is_no_wrong_one() {
        let account = account();
        for _ in 0..100 {
            assert!(matches!(
                account.check(None, address("192.0.2.1"), NOW_MS),
                Err(DashboardRefusal::MissingPassword)
            ));
        }
        assert!(account.check(Some(offer("admin", "pass:wörd")), address("192.0.2.1"), NOW_MS).is_ok());
    }

    #[test]
    fn the_first_colon_parts_name_and_password() {
        let pair = |encoded: &str| basic(encoded);
        let text = |username: &str, password: &str| Some((username.to_owned(), password.to_owned()));
        assert_eq!(pair("YWRtaW46cGFzczp3w7ZyZA=="), text("admin", "pass:wörd"));
        assert_eq!(pair("Og=="), text("", ""));
        let long = STANDARD.encode("a:".repeat(2_000));
        for wrong in ["", "YWRtaW4=", "not base64", "/zo=", &long] {
            assert_eq!(pair(wrong), None, "{wrong}");
        }
    }
}
