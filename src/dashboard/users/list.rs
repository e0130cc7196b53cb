//! `/admin/users`: everybody who has an account, and a new one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::sign_in::refusal::Shown;
use crate::dashboard::signed_in::go_to;
use crate::dashboard::tabs::{self, Tab};
use crate::http::accounts::service::Accounts;
use crate::http::accounts::{names, password_rules};
use crate::http::problem::Problem;
use crate::store::accounts::account::{self, AccountRow};
use crate::store::accounts::roles;

#[derive(Template)]
#[template(path = "users/list.html")]
struct UsersPage {
    layout: Layout,
    tabs: Vec<Tab>,
    users: Vec<UserRow>,
    name: String,
    error: Option<String>,
}

/// An account.
struct UserRow {
    href: String,
    name: String,
    is_admin: bool,
    has_factor: bool,
    is_disabled: bool,
    projects: usize,
    last_login: String,
}

/// `GET /admin/users`
pub async fn page(request: HttpRequest, accounts: web::Data<Accounts>) -> Result<HttpResponse, PageError> {
    html(&write(&request, &accounts, String::new(), None).await?)
}

/// `POST /admin/users`: makes an account.
pub async fn create(
    request: HttpRequest,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(&body);
    let (wanted, is_admin) = (fields.text("username").to_owned(), fields.is_on("is_admin"));
    let shown = match new_account(&fields, &accounts).await {
        Ok((name, hash)) => {
            let added = accounts.change(move |file, now_ms| Ok(account::add(file, &name, &hash, is_admin, now_ms)?));
            if let Some(id) = added.await.map_err(Problem::from)? {
                return Ok(go_to(&format!("/admin/users/{id}")));
            }
            Shown::new(StatusCode::CONFLICT, "There is an account of this name already.")
        }
        Err(shown) => shown,
    };
    shown.page(&write(&request, &accounts, wanted, Some(shown.text.clone())).await?)
}

/// The name and the hash of the password, or what is wrong with the form.
async fn new_account(fields: &Fields, accounts: &Accounts) -> Result<(String, String), Shown> {
    let name = names::judge(fields.text("username")).ok_or_else(|| Shown::wrong("A name has 1 to 64 characters."))?;
    let password = fields.as_sent("password");
    password_rules::judge(password, name).map_err(|weak| Shown::wrong(weak.message()))?;
    let hash = accounts.passwords.hash(password.to_owned()).await.map_err(|_| Shown::busy())?;
    Ok((name.to_owned(), hash))
}

async fn write(
    request: &HttpRequest,
    accounts: &Accounts,
    name: String,
    error: Option<String>,
) -> Result<UsersPage, PageError> {
    let found = accounts.ask(|file| {
        let mut found = Vec::new();
        for account in account::list(file)? {
            let projects = roles::of_account(file, account.id)?.len();
            found.push((account, projects));
        }
        Ok(found)
    });
    let now_ms = accounts.now_ms();
    let row = |(account, projects): (AccountRow, usize)| UserRow {
        href: format!("/admin/users/{}", account.id),
        name: account.name,
        is_admin: account.is_admin,
        has_factor: account.totp_secret.is_some(),
        is_disabled: account.disabled_at_ms.is_some(),
        projects,
        last_login: account.last_login_at_ms.map_or_else(|| "Never".to_owned(), |at_ms| format::ago(at_ms, now_ms)),
    };
    Ok(UsersPage {
        layout: Layout::new(request, "Users", "admin", None),
        tabs: tabs::of_installation("users"),
        users: found.await.map_err(Problem::from)?.into_iter().map(row).collect(),
        name,
        error,
    })
}
