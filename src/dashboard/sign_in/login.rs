//! `/login` and `/logout`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::refusal::Shown;
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::layout::{Layout, local_path};
use crate::dashboard::screen::html;
use crate::dashboard::signed_in::{SignedIn, go_to};
use crate::http::accounts::cookies::CookieKind;
use crate::http::accounts::login::LoginStep;
use crate::http::accounts::service::Accounts;
use crate::http::problem::Problem;
use crate::http::view::pairs;
use crate::store::accounts::sessions;

/// How long the cookie between the two steps lasts, in seconds.
const PENDING_S: i64 = 600;

#[derive(Template)]
#[template(path = "sign_in/login.html")]
struct LoginPage {
    layout: Layout,
    next: String,
    name: String,
    error: Option<String>,
}

/// `GET /login`
pub async fn page(request: HttpRequest, account: Option<SignedIn>) -> Result<HttpResponse, PageError> {
    let next = local_path(request.query_string());
    if account.is_some() {
        return Ok(go_to(&next));
    }
    let layout = Layout::new(&request, "Sign in", "", None);
    html(&LoginPage { layout, next, name: String::new(), error: None })
}

/// `POST /login`
pub async fn submit(
    request: HttpRequest,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(&body);
    let next = next_of(&fields);
    let name = fields.text("username");
    let step = accounts.login(name, fields.as_sent("password"), &accounts.visitor(&request)).await;
    match step {
        Ok(LoginStep::SignedIn(secret)) => Ok(signed_in(&request, &accounts, &secret, &next)),
        Ok(LoginStep::SecondFactor(secret)) => {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            let mut answer = go_to(&format!("/login/code?next={next}"));
            let cookie = accounts.sessions.cookies.set(&request, CookieKind::Pending, &secret, PENDING_S);
            answer.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(answer)
        }
        Err(refusal) => {
            let shown = Shown::of_login(refusal, "The name or the password is wrong.")?;
            let layout = Layout::new(&request, "Sign in", "", None);
            shown.page(&LoginPage { layout, next, name: name.to_owned(), error: Some(shown.text.clone()) })
        }
    }
}

/// `GET /login/link?secret=`: signs in by a link that this process has printed.
pub async fn link(request: HttpRequest, accounts: web::Data<Accounts>) -> Result<HttpResponse, PageError> {
    let secret = pairs(request.query_string()).find(|(name, _)| name == "secret").map(|(_, secret)| secret);
    let Some(account) = secret.and_then(|secret| accounts.take_login_link(&secret)) else {
        return Ok(go_to("/login"));
    };
    let session = accounts.begin_session(account, &accounts.visitor(&request)).await.map_err(Problem::from)?;
    Ok(signed_in(&request, &accounts, &session, "/"))
}

/// `POST /logout`
pub async fn logout(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let ended = accounts.change(move |file, _| Ok(sessions::end(file, account.id, account.session)?)).await;
    ended.map_err(Problem::from)?;
    let mut answer = go_to("/login");
    answer
        .headers_mut()
        .append(header::SET_COOKIE, accounts.sessions.cookies.set(&request, CookieKind::Session, "", 0));
    Ok(answer)
}

/// Where a form goes on, if that is a path of this server.
pub(super) fn next_of(fields: &Fields) -> String {
    let next: String = url::form_urlencoded::byte_serialize(fields.text("next").as_bytes()).collect();
    local_path(&format!("next={next}"))
}

/// The answer that gives a browser its session; whatever it had between the steps goes.
pub(super) fn signed_in(request: &HttpRequest, accounts: &Accounts, secret: &str, next: &str) -> HttpResponse {
    let mut answer = go_to(next);
    let headers = answer.headers_mut();
    headers.append(header::SET_COOKIE, accounts.session_cookie(request, secret));
    if accounts.sessions.cookies.read(request, CookieKind::Pending).is_some() {
        headers.append(header::SET_COOKIE, accounts.sessions.cookies.set(request, CookieKind::Pending, "", 0));
    }
    answer
}
