//! `/setup`: the first administrator, by the link that the server has printed.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::login::signed_in;
use super::refusal::Shown;
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::http::accounts::service::Accounts;
use crate::http::accounts::set_up::SetUpRefusal;
use crate::http::problem::Problem;
use crate::http::view::pairs;

#[derive(Template)]
#[template(path = "sign_in/setup.html")]
struct SetUpPage {
    layout: Layout,
    token: String,
    name: String,
    error: Option<String>,
}

/// `GET /setup?token=`
pub async fn page(request: HttpRequest, accounts: web::Data<Accounts>) -> Result<HttpResponse, PageError> {
    let token = pairs(request.query_string()).find(|(name, _)| name == "token").map(|(_, token)| token);
    let token = token.unwrap_or_default();
    if !accounts.is_setup_token(&token).await.map_err(Problem::from)? {
        return Err(refused(&accounts).await);
    }
    html(&SetUpPage { layout: layout(&request), token, name: String::new(), error: None })
}

/// `POST /setup`
pub async fn submit(
    request: HttpRequest,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(&body);
    let (token, name, password) = (fields.text("token"), fields.text("username"), fields.as_sent("password"));
    let made = if fields.as_sent("password") == fields.as_sent("repeated") {
        accounts.make_first_admin(token, name, password, accounts.visitor(&request)).await
    } else if accounts.is_setup_token(token).await.map_err(Problem::from)? {
        return again(&request, &fields, &Shown::wrong("The two passwords differ."));
    } else {
        Err(SetUpRefusal::InvalidToken)
    };
    let shown = match made {
        Ok(secret) => return Ok(signed_in(&request, &accounts, &secret, "/setup/project")),
        Err(SetUpRefusal::InvalidToken) => return Err(refused(&accounts).await),
        Err(SetUpRefusal::Store(error)) => return Err(Problem::from(error).into()),
        Err(SetUpRefusal::InvalidName) => Shown::wrong("A name has 1 to 64 characters."),
        Err(SetUpRefusal::NameTaken) => Shown::new(StatusCode::CONFLICT, "There is an account of this name already."),
        Err(SetUpRefusal::Weak(weak)) => Shown::wrong(weak.message()),
        Err(SetUpRefusal::Busy) => Shown::busy(),
    };
    again(&request, &fields, &shown)
}

fn again(request: &HttpRequest, fields: &Fields, shown: &Shown) -> Result<HttpResponse, PageError> {
    let (token, name) = (fields.text("token").to_owned(), fields.text("username").to_owned());
    shown.page(&SetUpPage { layout: layout(request), token, name, error: Some(shown.text.clone()) })
}

fn layout(request: &HttpRequest) -> Layout {
    Layout::new(request, "Set up", "", None)
}

/// Why a link opens nothing: it was used, or it is not the newest.
async fn refused(accounts: &Accounts) -> PageError {
    match accounts.is_set_up().await {
        Ok(true) => PageError::SetUpAlready,
        Ok(false) => PageError::NotSetUp,
        Err(error) => Problem::from(error).into(),
    }
}
