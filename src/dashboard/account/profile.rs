//! `/account/profile`: the name, the roles, the way out.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::sign_in::refusal::Shown;
use crate::dashboard::signed_in::{SignedIn, go_to};
use crate::dashboard::tabs::{self, Tab};
use crate::http::accounts::names;
use crate::http::accounts::service::Accounts;
use crate::http::problem::Problem;
use crate::http::viewer::Account;
use crate::store::accounts::account;
use crate::store::registry;

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage {
    layout: Layout,
    tabs: Vec<Tab>,
    name: String,
    is_admin: bool,
    roles: Vec<ProjectRole>,
    is_saved: bool,
    error: Option<String>,
}

/// A role of the account.
struct ProjectRole {
    href: String,
    project: String,
    role: &'static str,
}

/// `GET /account`
pub async fn first() -> HttpResponse {
    go_to("/account/profile")
}

/// `GET /account/profile`
pub async fn page(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    html(&write(&request, &account, &accounts, account.name.clone(), None).await?)
}

/// `POST /account/profile`
pub async fn submit(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let wanted = Fields::of(&body).text("name").to_owned();
    let shown = match names::judge(&wanted) {
        None => Shown::wrong("A name has 1 to 64 characters."),
        Some(name) => {
            let (id, name) = (account.id, name.to_owned());
            let is_renamed = accounts.change(move |file, _| Ok(account::rename(file, id, &name)?)).await;
            if is_renamed.map_err(Problem::from)? {
                return Ok(go_to("/account/profile?saved=1"));
            }
            Shown::new(StatusCode::CONFLICT, "Somebody else has this name.")
        }
    };
    shown.page(&write(&request, &account, &accounts, wanted, Some(shown.text.clone())).await?)
}

async fn write(
    request: &HttpRequest,
    account: &Account,
    accounts: &Accounts,
    name: String,
    error: Option<String>,
) -> Result<ProfilePage, PageError> {
    let projects = accounts.ask(|file| Ok(registry::projects(file)?)).await.map_err(Problem::from)?;
    let roles = projects.into_iter().filter_map(|project| {
        let role = account.roles.get(&project.id)?.word();
        Some(ProjectRole { href: format!("/p/{}", project.uuid), project: project.name, role })
    });
    Ok(ProfilePage {
        layout: Layout::new(request, "Profile", "account", None),
        tabs: tabs::of_account("profile"),
        name,
        is_admin: account.is_admin,
        roles: roles.collect(),
        is_saved: request.query_string() == "saved=1",
        error,
    })
}
