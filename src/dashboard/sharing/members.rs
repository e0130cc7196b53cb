//! `POST /p/{project}/settings/sharing/members`: gives somebody a role in the project, or takes it away.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::page::{Errors, given_by, project, write};
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::sign_in::refusal::Shown;
use crate::dashboard::signed_in::go_to;
use crate::domain::id::ProjectId;
use crate::domain::role::Role;
use crate::http::accounts::service::Accounts;
use crate::http::problem::Problem;
use crate::store::StoreError;
use crate::store::accounts::{account, roles};

/// What came of it.
enum Outcome {
    Done,
    NoSuchAccount,
    /// The role, or the one that somebody has, is above that of who asks.
    Above,
}

/// `POST /p/{project}/settings/sharing/members`
pub async fn submit(
    request: HttpRequest,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(&body);
    let project = project(&request, &accounts).await?;
    let wanted = Role::from_word(fields.text("role"));
    let is_removal = fields.text("role") == "none";
    if wanted.is_none() && !is_removal {
        return again(&request, &accounts, &Shown::wrong("Choose a role.")).await;
    }
    let (name, own, id) = (fields.text("name").to_owned(), project.role, project.id);
    let changed = accounts.change(move |file, _| set(file, &name, id, wanted, own));
    let shown = match changed.await.map_err(Problem::from)? {
        Outcome::Done => {
            let done = if is_removal { "removed" } else { "member" };
            return Ok(go_to(&format!("/p/{}/settings/sharing?done={done}", project.uuid)));
        }
        Outcome::NoSuchAccount => Shown::wrong(
            "There is no account of this name. An administrator of the installation adds accounts under Installation, Users.",
        ),
        Outcome::Above => Shown::new(StatusCode::FORBIDDEN, "You cannot give or take a role above your own."),
    };
    again(&request, &accounts, &shown).await
}

fn set(
    file: &rusqlite::Connection,
    name: &str,
    project: ProjectId,
    wanted: Option<Role>,
    own: Role,
) -> Result<Outcome, StoreError> {
    let Some(account) = account::find(file, name)? else { return Ok(Outcome::NoSuchAccount) };
    let has = roles::of_account(file, account.id)?.get(&project).copied();
    let may = |role: Option<Role>| role.is_none_or(|role| given_by(own).any(|given| given == role));
    if !may(has) || !may(wanted) {
        return Ok(Outcome::Above);
    }
    roles::set(file, account.id, project, wanted)?;
    Ok(Outcome::Done)
}

async fn again(request: &HttpRequest, accounts: &Accounts, shown: &Shown) -> Result<HttpResponse, PageError> {
    let errors = Errors { members: Some(shown.text.clone()), ..Errors::default() };
    shown.page(&write(request, accounts, errors, None).await?)
}
