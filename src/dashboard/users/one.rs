//! `/admin/users/{account}`: what an administrator may change about somebody.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::sign_in::refusal::Shown;
use crate::dashboard::signed_in::go_to;
use crate::dashboard::tabs::{self, Tab};
use crate::domain::id::ProjectId;
use crate::domain::role::Role;
use crate::http::accounts::password_rules;
use crate::http::accounts::service::Accounts;
use crate::http::problem::Problem;
use crate::store::StoreError;
use crate::store::accounts::account::{self, AccountRow};
use crate::store::accounts::{recovery_codes, roles, sessions};
use crate::store::registry::{self, Project};

const MISSING: PageError = PageError::Missing("There is no such user");

#[derive(Template)]
#[template(path = "users/one.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own that the page tells")]
struct UserPage {
    layout: Layout,
    tabs: Vec<Tab>,
    path: String,
    name: String,
    is_admin: bool,
    is_disabled: bool,
    has_factor: bool,
    roles: Vec<RoleRow>,
    is_saved: bool,
    error: Option<String>,
}

/// A project, with the role the account has in it.
struct RoleRow {
    project: i64,
    name: String,
    choices: Vec<(&'static str, bool)>,
}

/// What an administrator wants.
enum Change {
    Password(String),
    Admin(bool),
    Lock(bool),
    FactorOff,
    EndSessions,
    Role(ProjectId, Option<Role>),
}

/// What came of it.
enum Outcome {
    Done,
    /// Somebody must be left who may do everything.
    LastAdmin,
    Missing,
}

/// `GET /admin/users/{account}`
pub async fn page(
    request: HttpRequest,
    id: web::Path<String>,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    html(&write(&request, row_id(&id)?, &accounts, None).await?)
}

/// `POST /admin/users/{account}`
pub async fn submit(
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let id = row_id(&id)?;
    let shown = match read_change(&Fields::of(&body), id, &accounts).await? {
        Err(shown) => shown,
        Ok(change) => {
            let outcome = accounts.change(move |file, now_ms| apply(file, id, &change, now_ms));
            match outcome.await.map_err(Problem::from)? {
                Outcome::Done => return Ok(go_to(&format!("/admin/users/{id}?saved=1"))),
                Outcome::Missing => return Err(MISSING),
                Outcome::LastAdmin => Shown::new(
                    StatusCode::CONFLICT,
                    "This is the last administrator who can sign in. Make another one first.",
                ),
            }
        }
    };
    shown.page(&write(&request, id, &accounts, Some(shown.text.clone())).await?)
}

fn row_id(text: &str) -> Result<i64, PageError> {
    text.parse().map_err(|_| MISSING)
}

async fn read_change(fields: &Fields, id: i64, accounts: &Accounts) -> Result<Result<Change, Shown>, PageError> {
    Ok(Ok(match fields.text("action") {
        "password" => {
            let account = accounts.ask(move |file| Ok(account::by_id(file, id)?)).await.map_err(Problem::from)?;
            let account = account.ok_or(MISSING)?;
            let password = fields.as_sent("password");
            if let Err(weak) = password_rules::judge(password, &account.name) {
                return Ok(Err(Shown::wrong(weak.message())));
            }
            match accounts.passwords.hash(password.to_owned()).await {
                Ok(hash) => Change::Password(hash),
                Err(_) => return Ok(Err(Shown::busy())),
            }
        }
        "make_admin" => Change::Admin(true),
        "take_admin" => Change::Admin(false),
        "disable" => Change::Lock(true),
        "enable" => Change::Lock(false),
        "factor_off" => Change::FactorOff,
        "end_sessions" => Change::EndSessions,
        "role" => match (fields.number("project"), fields.text("role")) {
            (Some(project), "none") => Change::Role(ProjectId(project), None),
            (Some(project), word) if Role::from_word(word).is_some() => {
                Change::Role(ProjectId(project), Role::from_word(word))
            }
            _ => return Ok(Err(Shown::wrong("Choose a project and a role."))),
        },
        _ => return Ok(Err(Shown::wrong("Choose what to change."))),
    }))
}

fn apply(file: &rusqlite::Connection, id: i64, change: &Change, now_ms: i64) -> Result<Outcome, StoreError> {
    let Some(found) = account::by_id(file, id)? else { return Ok(Outcome::Missing) };
    match change {
        Change::Password(hash) => account::set_password(file, id, hash)?,
        Change::Admin(false) | Change::Lock(true) if is_last_admin(file, &found)? => return Ok(Outcome::LastAdmin),
        Change::Admin(is_admin) => account::set_admin(file, id, *is_admin)?,
        Change::Lock(true) => account::disable(file, id, now_ms)?,
        Change::Lock(false) => account::enable(file, id)?,
        Change::FactorOff => {
            account::set_totp(file, id, None, 0)?;
            recovery_codes::replace(file, id, &[])?;
        }
        Change::EndSessions => sessions::end_all(file, id)?,
        Change::Role(project, role) => {
            if !registry::projects(file)?.iter().any(|known| known.id == *project) {
                return Ok(Outcome::Missing);
            }
            roles::set(file, id, *project, *role)?;
        }
    }
    Ok(Outcome::Done)
}

fn is_last_admin(file: &rusqlite::Connection, found: &AccountRow) -> Result<bool, StoreError> {
    let can_sign_in = found.is_admin && found.disabled_at_ms.is_none();
    Ok(can_sign_in && account::count_admins(file)? <= 1)
}

async fn write(
    request: &HttpRequest,
    id: i64,
    accounts: &Accounts,
    error: Option<String>,
) -> Result<UserPage, PageError> {
    let found = accounts.ask(move |file| {
        let Some(account) = account::by_id(file, id)? else { return Ok(None) };
        Ok(Some((account, roles::of_account(file, id)?, registry::projects(file)?)))
    });
    let (account, has, projects) = found.await.map_err(Problem::from)?.ok_or(MISSING)?;
    let row = |project: Project| {
        let role = has.get(&project.id).copied();
        let choice = |one: Role| (one.word(), role == Some(one));
        let choices = std::iter::once(("none", role.is_none())).chain(Role::ALL.map(choice)).collect();
        RoleRow { project: project.id.0, name: project.name, choices }
    };
    Ok(UserPage {
        layout: Layout::new(request, &account.name, "admin", None),
        tabs: tabs::of_installation("users"),
        path: format!("/admin/users/{id}"),
        roles: projects.into_iter().map(row).collect(),
        name: account.name,
        is_admin: account.is_admin,
        is_disabled: account.disabled_at_ms.is_some(),
        has_factor: account.totp_secret.is_some(),
        is_saved: request.query_string() == "saved=1",
        error,
    })
}
