//! The page itself.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::{Layout, ProjectTitle};
use crate::dashboard::screen::html;
use crate::dashboard::tabs::{self, Tab};
use crate::domain::role::Role;
use crate::http::accounts::service::Accounts;
use crate::http::path::segment;
use crate::http::problem::Problem;
use crate::http::viewer::Viewer;
use crate::store::accounts::{roles, share_links};
use crate::store::registry;

/// Position of the project's id in the paths.
const PROJECT_SEGMENT: usize = 1;

#[derive(Template)]
#[template(path = "sharing/page.html")]
pub(super) struct SharingPage {
    layout: Layout,
    tabs: Vec<Tab>,
    path: String,
    links: Vec<LinkRow>,
    members: Vec<MemberRow>,
    /// Roles that the viewer may give.
    choices: Vec<&'static str>,
    /// The address of the link that was just made; it is not shown again.
    made: Option<String>,
    done: Option<&'static str>,
    errors: Errors,
}

/// What was wrong with which form.
#[derive(Debug, Default)]
pub(super) struct Errors {
    pub links: Option<String>,
    pub members: Option<String>,
}

/// A share link.
struct LinkRow {
    id: i64,
    name: String,
    prefix: String,
    has_password: bool,
    made: String,
    ends: String,
    is_expired: bool,
}

/// Somebody with a role.
struct MemberRow {
    name: String,
    role: &'static str,
    is_disabled: bool,
    /// Whether the viewer may change the role: nobody changes that of somebody above.
    may_change: bool,
    choices: Vec<(&'static str, bool)>,
}

/// `GET /p/{project}/settings/sharing`
pub async fn page(request: HttpRequest, accounts: web::Data<Accounts>) -> Result<HttpResponse, PageError> {
    html(&write(&request, &accounts, Errors::default(), None).await?)
}

/// The project of the path, as whoever asks has it.
pub(super) async fn project(request: &HttpRequest, accounts: &Accounts) -> Result<ProjectTitle, PageError> {
    let uuid = segment(request.uri().path(), PROJECT_SEGMENT).and_then(|text| Uuid::try_parse(&text).ok());
    let uuid = uuid.ok_or(Problem::ProjectNotFound)?;
    let found = accounts.ask(move |file| {
        let Some(id) = registry::find_project(file, uuid)? else { return Ok(None) };
        Ok(Some((id, registry::project_name(file, id)?)))
    });
    let (id, name) = found.await.map_err(Problem::from)?.ok_or(Problem::ProjectNotFound)?;
    let role = request.extensions().get::<Viewer>().and_then(|viewer| viewer.role_in(id));
    Ok(ProjectTitle { id, uuid, name, role: role.ok_or(Problem::ProjectNotFound)? })
}

/// The page, with what was wrong or was made.
pub(super) async fn write(
    request: &HttpRequest,
    accounts: &Accounts,
    errors: Errors,
    made: Option<String>,
) -> Result<SharingPage, PageError> {
    let project = project(request, accounts).await?;
    let (id, own) = (project.id, project.role);
    let found = accounts.ask(move |file| Ok((share_links::list(file, id)?, roles::of_project(file, id)?)));
    let (links, members) = found.await.map_err(Problem::from)?;
    let now_ms = accounts.now_ms();
    let link = |link: share_links::ShareLink| LinkRow {
        is_expired: !link.is_valid(now_ms),
        id: link.id,
        name: if link.name.is_empty() { "Without a name".to_owned() } else { link.name },
        prefix: link.prefix,
        has_password: link.password_hash.is_some(),
        made: format::day(link.created_at_ms, &TimeZone::UTC),
        ends: link.expires_at_ms.map_or_else(|| "Never".to_owned(), |end_ms| format::day(end_ms, &TimeZone::UTC)),
    };
    let member = |member: roles::Member| MemberRow {
        name: member.name,
        role: member.role.word(),
        is_disabled: member.is_disabled,
        may_change: member.role <= own,
        choices: given_by(own).map(|role| (role.word(), role == member.role)).collect(),
    };
    let path = format!("/p/{}/settings/sharing", project.uuid);
    let layout = Layout::new(request, "Sharing", "settings", Some(project));
    Ok(SharingPage {
        tabs: tabs::of_settings(&layout, "sharing"),
        layout,
        path,
        links: links.into_iter().map(link).collect(),
        members: members.into_iter().map(member).collect(),
        choices: given_by(own).map(Role::word).collect(),
        made,
        done: done(request.query_string()),
        errors,
    })
}

/// The roles that somebody may give: none above the own.
pub(super) fn given_by(own: Role) -> impl Iterator<Item = Role> {
    Role::ALL.into_iter().filter(move |role| *role <= own)
}

fn done(query: &str) -> Option<&'static str> {
    match query.strip_prefix("done=")? {
        "revoked" => Some("The link is revoked. Whoever has it sees nothing any more."),
        "member" => Some("The role is saved."),
        "removed" => Some("The role is taken away."),
        _ => None,
    }
}
