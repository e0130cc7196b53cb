//! `/login/code`: the second step of the sign-in.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::login::{next_of, signed_in};
use super::refusal::Shown;
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::layout::{Layout, local_path};
use crate::dashboard::screen::html;
use crate::dashboard::signed_in::go_to;
use crate::http::accounts::cookies::CookieKind;
use crate::http::accounts::login::{LoginRefusal, LoginStep};
use crate::http::accounts::service::Accounts;

/// Longer texts are no codes.
const MAX_CODE_BYTES: usize = 64;

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct CodePage {
    layout: Layout,
    next: String,
    error: Option<String>,
}

/// `GET /login/code`
pub async fn page(request: HttpRequest, accounts: web::Data<Accounts>) -> Result<HttpResponse, PageError> {
    if accounts.sessions.cookies.read(&request, CookieKind::Pending).is_none() {
        return Ok(go_to("/login"));
    }
    let next = local_path(request.query_string());
    html(&CodePage { layout: Layout::new(&request, "Second factor", "", None), next, error: None })
}

/// `POST /login/code`
pub async fn submit(
    request: HttpRequest,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(&body);
    let next = next_of(&fields);
    let Some(pending) = accounts.sessions.cookies.read(&request, CookieKind::Pending) else {
        return Ok(go_to("/login"));
    };
    let code = Some(fields.text("code")).filter(|code| code.len() <= MAX_CODE_BYTES).unwrap_or_default();
    match accounts.second_factor(&pending, code, &accounts.visitor(&request)).await {
        Ok(LoginStep::SignedIn(secret)) => Ok(signed_in(&request, &accounts, &secret, &next)),
        Ok(LoginStep::SecondFactor(_)) | Err(LoginRefusal::Expired) => Ok(go_to("/login")),
        Err(refusal) => {
            let shown = Shown::of_login(refusal, "The code is wrong, or was used already. Wait for the next one.")?;
            let layout = Layout::new(&request, "Second factor", "", None);
            shown.page(&CodePage { layout, next, error: Some(shown.text.clone()) })
        }
    }
}
