//! `/account/security`: password, second factor, sessions, each with a form of its own.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;

use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::signed_in::SignedIn;
use crate::dashboard::tabs::{self, Tab};
use crate::http::accounts::service::Accounts;
use crate::http::accounts::totp::{self, QrPath};
use crate::http::problem::Problem;
use crate::http::viewer::Account;
use crate::store::StoreError;
use crate::store::accounts::{account, recovery_codes, sessions};

#[derive(Template)]
#[template(path = "account/security.html")]
pub(super) struct SecurityPage {
    layout: Layout,
    tabs: Vec<Tab>,
    name: String,
    factor: Factor,
    sessions: Vec<SessionRow>,
    /// What was done a moment ago.
    done: Option<&'static str>,
    errors: Errors,
    /// Recovery codes that were just made; they are not shown again.
    codes: Vec<String>,
}

/// What was wrong with which form.
#[derive(Debug, Default)]
pub(super) struct Errors {
    pub password: Option<String>,
    pub factor: Option<String>,
}

/// The second factor.
enum Factor {
    On { recovery_codes: u32 },
    Off { secret: String, picture: Option<QrPath> },
}

/// A session of the account.
struct SessionRow {
    id: i64,
    is_this: bool,
    browser: String,
    began: String,
    used: String,
}

/// `GET /account/security`
pub async fn page(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    html(&write(&request, &account, &accounts, Errors::default(), Vec::new()).await?)
}

/// The page, with what was wrong or was made.
pub(super) async fn write(
    request: &HttpRequest,
    account: &Account,
    accounts: &Accounts,
    errors: Errors,
    codes: Vec<String>,
) -> Result<SecurityPage, PageError> {
    let (id, now_ms, lifetime) = (account.id, accounts.now_ms(), accounts.sessions.lifetime);
    let (has_factor, left, found) = accounts
        .ask(move |file| {
            let has_factor = account::by_id(file, id)?.is_some_and(|found| found.totp_secret.is_some());
            Ok((has_factor, recovery_codes::count(file, id)?, sessions::list(file, id, lifetime, now_ms)?))
        })
        .await
        .map_err(Problem::from)?;
    let factor = if has_factor { Factor::On { recovery_codes: left } } else { offered_factor(account, accounts)? };
    let row = |session: sessions::SessionInfo| SessionRow {
        id: session.id,
        is_this: session.id == account.session,
        browser: if session.user_agent.is_empty() { "Unknown browser".to_owned() } else { session.user_agent },
        began: format::day(session.created_at_ms, &TimeZone::UTC),
        used: format::ago(session.last_used_at_ms, now_ms),
    };
    Ok(SecurityPage {
        layout: Layout::new(request, "Security", "account", None),
        tabs: tabs::of_account("security"),
        name: account.name.clone(),
        factor,
        sessions: found.into_iter().map(row).collect(),
        done: done(request.query_string()),
        errors,
        codes,
    })
}

/// A secret that the account may put into an app; the same one until it is used, or some minutes have passed.
fn offered_factor(account: &Account, accounts: &Accounts) -> Result<Factor, PageError> {
    let now_ms = accounts.now_ms();
    let secret = match accounts.enrolments.get(&account.session, now_ms) {
        Some(secret) => secret,
        None => totp::new_secret().ok_or(Problem::from(StoreError::Unavailable))?,
    };
    let address = totp::address(&secret, &accounts.totp_issuer, &account.name);
    let offered = Factor::Off { secret: totp::base32(&secret), picture: totp::qr_path(&address) };
    accounts.enrolments.put(account.session, secret, now_ms);
    Ok(offered)
}

fn done(query: &str) -> Option<&'static str> {
    match query.strip_prefix("done=")? {
        "password" => Some("The password is changed. All other sessions have ended."),
        "factor_off" => Some("The second factor is off."),
        "session" => Some("The session has ended."),
        "sessions" => Some("All other sessions have ended."),
        _ => None,
    }
}
