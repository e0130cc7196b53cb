//! `/share/{token}`: a share link. It may ask for a password; then it shows the project, read-only.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use uuid::Uuid;

use super::refusal::Shown;
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::signed_in::go_to;
use crate::http::accounts::cookies::CookieKind;
use crate::http::accounts::login::LoginRefusal;
use crate::http::accounts::service::Accounts;
use crate::http::accounts::share_cookie::VALID_FOR_MS;
use crate::http::problem::Problem;
use crate::store::accounts::share_links::{self, ShareLink};
use crate::store::registry::{hash_secret, project_uuid};

/// Longer texts are no links.
const MAX_TOKEN_BYTES: usize = 128;

#[derive(Template)]
#[template(path = "sign_in/share.html")]
struct SharePage {
    layout: Layout,
    token: String,
    error: Option<String>,
}

/// `GET /share/{token}`
pub async fn page(
    request: HttpRequest,
    token: web::Path<String>,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let (link, project) = find(&accounts, &token).await?;
    if link.password_hash.is_some() {
        return html(&SharePage { layout: layout(&request), token: token.into_inner(), error: None });
    }
    Ok(open(&request, &accounts, &link, project))
}

/// `POST /share/{token}`
pub async fn submit(
    request: HttpRequest,
    token: web::Path<String>,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let (link, project) = find(&accounts, &token).await?;
    let Some(kept) = link.password_hash.clone() else { return Ok(open(&request, &accounts, &link, project)) };
    let fields = Fields::of(&body);
    let address = accounts.proxies.client_address(&request);
    let checked = accounts.check_share_password(link.id, fields.as_sent("password"), kept, address).await;
    match checked {
        Ok(()) => Ok(open(&request, &accounts, &link, project)),
        Err(LoginRefusal::Wrong) => {
            again(&request, &token, &Shown::new(StatusCode::UNAUTHORIZED, "The password is wrong."))
        }
        Err(refusal) => again(&request, &token, &Shown::of_login(refusal, "")?),
    }
}

fn again(request: &HttpRequest, token: &str, shown: &Shown) -> Result<HttpResponse, PageError> {
    shown.page(&SharePage { layout: layout(request), token: token.to_owned(), error: Some(shown.text.clone()) })
}

fn layout(request: &HttpRequest) -> Layout {
    Layout::new(request, "Shared project", "", None)
}

/// The valid link with this secret. Whether there was one that is not valid any more is not said.
async fn find(accounts: &Accounts, token: &str) -> Result<(ShareLink, Uuid), PageError> {
    let is_token = token.len() <= MAX_TOKEN_BYTES;
    let (hash, now_ms) = (hash_secret(token), accounts.now_ms());
    let found = accounts
        .ask(move |file| {
            let link = share_links::find(file, &hash)?.filter(|link| is_token && link.is_valid(now_ms));
            let Some(link) = link else { return Ok(None) };
            let project = project_uuid(file, link.project)?;
            Ok(Some((link, project)))
        })
        .await
        .map_err(Problem::from)?;
    found.ok_or(PageError::Missing("This link does not work any more"))
}

/// Gives the browser its cookie and sends it to the project: the link's secret does not stay in the address.
fn open(request: &HttpRequest, accounts: &Accounts, link: &ShareLink, project: Uuid) -> HttpResponse {
    let value = accounts.sessions.shares.make(link, accounts.now_ms());
    let cookie = accounts.sessions.cookies.set(request, CookieKind::Share, &value, VALID_FOR_MS / 1000);
    let mut answer = go_to(&format!("/p/{project}"));
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    answer
}
