//! Making and revoking share links.

use actix_web::{HttpRequest, HttpResponse, web};

use super::page::{Errors, project, write};
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::expiry;
use crate::dashboard::screen::html;
use crate::dashboard::service::Dashboard;
use crate::dashboard::sign_in::refusal::Shown;
use crate::dashboard::signed_in::{SignedIn, go_to};
use crate::http::accounts::password_rules::MAX_CHARS;
use crate::http::accounts::service::Accounts;
use crate::http::problem::Problem;
use crate::store::accounts::share_links::{self, NewShareLink};
use crate::store::registry::{hash_secret, new_secret, secret_prefix};

/// What a link's secret begins with.
const MARK: &str = "hs_";

/// Longest name of a link, in characters.
const MAX_NAME_CHARS: usize = 64;

/// Shortest password of a link, in characters. It guards less than an account's, and is told to many.
const MIN_PASSWORD_CHARS: usize = 8;

/// `POST /p/{project}/settings/sharing/links`
pub async fn create(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
    dashboard: web::Data<Dashboard>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(&body);
    let project = project(&request, &accounts).await?;
    let (name, days, password_hash) = match read(&fields, &accounts).await {
        Ok(wanted) => wanted,
        Err(shown) => {
            let errors = Errors { links: Some(shown.text.clone()), ..Errors::default() };
            return shown.page(&write(&request, &accounts, errors, None).await?);
        }
    };
    let secret = new_secret(MARK).map_err(Problem::from)?;
    let url = format!("{}/share/{secret}", base(&request, &accounts, &dashboard));
    let added = accounts.change(move |file, now_ms| {
        let link = NewShareLink {
            project: project.id,
            hash: hash_secret(&secret),
            prefix: &secret_prefix(&secret),
            name: &name,
            password_hash: password_hash.as_deref(),
            created_by: account.id,
            expires_at_ms: expiry::at_ms(days, now_ms),
        };
        Ok(share_links::add(file, &link, now_ms)?)
    });
    added.await.map_err(Problem::from)?;
    html(&write(&request, &accounts, Errors::default(), Some(url)).await?)
}

/// `POST /p/{project}/settings/sharing/links/revoke`
pub async fn revoke(
    request: HttpRequest,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    const MISSING: PageError = PageError::Missing("There is no such link");
    let link = Fields::of(&body).number("link").ok_or(MISSING)?;
    let project = project(&request, &accounts).await?;
    let id = project.id;
    let revoked = accounts.change(move |file, now_ms| Ok(share_links::revoke(file, id, link, now_ms)?));
    if revoked.await.map_err(Problem::from)? {
        Ok(go_to(&format!("/p/{}/settings/sharing?done=revoked", project.uuid)))
    } else {
        Err(MISSING)
    }
}

/// Name, days and hash of the password, or what is wrong with the form.
async fn read(fields: &Fields, accounts: &Accounts) -> Result<(String, Option<i64>, Option<String>), Shown> {
    let name = fields.text("name").to_owned();
    if name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Shown::wrong("A link's name has at most 64 characters."));
    }
    let days =
        expiry::days(fields.text("expires")).ok_or_else(|| Shown::wrong("Choose how long the link is valid."))?;
    let password = fields.as_sent("password");
    if password.is_empty() {
        return Ok((name, days, None));
    }
    if !(MIN_PASSWORD_CHARS..=MAX_CHARS).contains(&password.chars().count()) {
        return Err(Shown::wrong("The password of a link has 8 to 128 characters."));
    }
    let hash = accounts.passwords.hash(password.to_owned()).await.map_err(|_| Shown::busy())?;
    Ok((name, days, Some(hash)))
}

/// Where the browser has reached this server, if the owner did not say.
fn base(request: &HttpRequest, accounts: &Accounts, dashboard: &Dashboard) -> String {
    dashboard.public_url.clone().unwrap_or_else(|| {
        let scheme = if accounts.sessions.cookies.is_https(request) { "https" } else { "http" };
        format!("{scheme}://{}", request.connection_info().host())
    })
}
