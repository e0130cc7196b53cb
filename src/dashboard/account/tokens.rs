//! `/account/tokens`: read tokens of the projects that the account administers.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::expiry;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::sign_in::refusal::Shown;
use crate::dashboard::signed_in::{SignedIn, go_to};
use crate::dashboard::tabs::{self, Tab};
use crate::domain::role::Role;
use crate::http::accounts::service::Accounts;
use crate::http::problem::Problem;
use crate::http::viewer::{Account, Viewer};
use crate::store::accounts::read_tokens::{self, NewReadToken};
use crate::store::registry::{self, Project};

/// Longest name of a token, in characters.
const MAX_NAME_CHARS: usize = 64;

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct TokensPage {
    layout: Layout,
    tabs: Vec<Tab>,
    projects: Vec<Choice>,
    tokens: Vec<TokenRow>,
    /// The token that was just made; it is not shown again.
    made: Option<String>,
    is_revoked: bool,
    error: Option<String>,
}

/// A project for which the account may make tokens.
struct Choice {
    uuid: Uuid,
    name: String,
}

/// A token.
struct TokenRow {
    id: i64,
    project: String,
    name: String,
    prefix: String,
    scope: &'static str,
    made: String,
    made_by: String,
    ends: String,
    is_expired: bool,
}

/// `GET /account/tokens`
pub async fn page(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    html(&write(&request, &account, &accounts, None, None).await?)
}

/// `POST /account/tokens`
pub async fn create(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(&body);
    let name = fields.text("name").to_owned();
    let may_erase = fields.text("scope") == "erase";
    let project = projects(&account, &accounts)
        .await?
        .into_iter()
        .find(|project| project.uuid.to_string() == fields.text("project"));
    let role = project.as_ref().and_then(|project| role_in(&account, project));
    let wrong = match (&project, expiry::days(fields.text("expires"))) {
        (None, _) => Some("Choose a project of yours."),
        (_, None) => Some("Choose how long the token is valid."),
        _ if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) => {
            Some("Give the token a name of 1 to 64 characters, such as what will use it.")
        }
        _ if may_erase && role < Some(Role::Owner) => Some("Only owners of a project make tokens that may erase."),
        _ => None,
    };
    let (Some(project), Some(days), None) = (project, expiry::days(fields.text("expires")), wrong) else {
        let shown = Shown::wrong(wrong.unwrap_or_default());
        return shown.page(&write(&request, &account, &accounts, None, Some(shown.text.clone())).await?);
    };
    let created_by = account.id;
    let made = accounts.change(move |file, now_ms| {
        let token = NewReadToken {
            project: project.id,
            name: &name,
            may_erase,
            expires_at_ms: expiry::at_ms(days, now_ms),
            created_by: Some(created_by),
        };
        read_tokens::create(file, &token, now_ms)
    });
    let made = made.await.map_err(Problem::from)?;
    html(&write(&request, &account, &accounts, Some(made), None).await?)
}

/// `POST /account/tokens/revoke`
pub async fn revoke(
    SignedIn(account): SignedIn,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    const MISSING: PageError = PageError::Missing("There is no such token");
    let token = Fields::of(&body).number("token").ok_or(MISSING)?;
    let project = accounts.ask(move |file| Ok(read_tokens::project_of(file, token)?)).await.map_err(Problem::from)?;
    let project = project.ok_or(MISSING)?;
    if Viewer::Account(account).role_in(project) < Some(Role::Admin) {
        return Err(MISSING);
    }
    let revoked = accounts.change(move |file, now_ms| Ok(read_tokens::revoke(file, project, token, now_ms)?));
    if revoked.await.map_err(Problem::from)? { Ok(go_to("/account/tokens?revoked=1")) } else { Err(MISSING) }
}

async fn write(
    request: &HttpRequest,
    account: &Account,
    accounts: &Accounts,
    made: Option<String>,
    error: Option<String>,
) -> Result<TokensPage, PageError> {
    let projects = projects(account, accounts).await?;
    let ids: Vec<_> = projects.iter().map(|project| project.id).collect();
    let tokens = accounts.ask(move |file| {
        let mut tokens = Vec::new();
        for project in ids {
            tokens.extend(read_tokens::of_project(file, project)?);
        }
        Ok(tokens)
    });
    let now_ms = accounts.now_ms();
    let row = |token: read_tokens::ReadTokenInfo| TokenRow {
        id: token.id,
        project: token.project_name,
        name: if token.name.is_empty() { "Without a name".to_owned() } else { token.name },
        prefix: token.prefix,
        scope: if token.may_erase { "Read and erase" } else { "Read" },
        made: format::day(token.created_at_ms, &TimeZone::UTC),
        made_by: token.created_by.unwrap_or_else(|| "Command line".to_owned()),
        ends: token.expires_at_ms.map_or_else(|| "Never".to_owned(), |end_ms| format::day(end_ms, &TimeZone::UTC)),
        is_expired: token.expires_at_ms.is_some_and(|end_ms| end_ms <= now_ms),
    };
    Ok(TokensPage {
        layout: Layout::new(request, "Tokens", "account", None),
        tabs: tabs::of_account("tokens"),
        tokens: tokens.await.map_err(Problem::from)?.into_iter().map(row).collect(),
        projects: projects.into_iter().map(|project| Choice { uuid: project.uuid, name: project.name }).collect(),
        made,
        is_revoked: request.query_string() == "revoked=1",
        error,
    })
}

/// The projects that the account administers.
async fn projects(account: &Account, accounts: &Accounts) -> Result<Vec<Project>, PageError> {
    let all = accounts.ask(|file| Ok(registry::projects(file)?)).await.map_err(Problem::from)?;
    Ok(all.into_iter().filter(|project| role_in(account, project) >= Some(Role::Admin)).collect())
}

fn role_in(account: &Account, project: &Project) -> Option<Role> {
    if account.is_admin { Some(Role::Owner) } else { account.roles.get(&project.id).copied() }
}
