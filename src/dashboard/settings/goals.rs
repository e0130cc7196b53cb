//! Goals: pages and events that visitors should come to.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::refused;
use crate::dashboard::access::Fields;
use crate::dashboard::bar::range_text;
use crate::dashboard::error::PageError;
use crate::dashboard::form::{self, see_other};
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::domain::role::Role;
use crate::domain::visit::GoalKind;
use crate::query::visits::goals::{GoalCount, goals as count_goals};
use crate::store::goals::{self, MAX_GOALS};

/// Longest name of a goal, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Longest pattern, in characters.
const MAX_PATTERN_CHARS: usize = 500;

#[derive(Template)]
#[template(path = "settings/goals.html")]
struct GoalsPage {
    layout: Layout,
    tabs: Vec<Tab>,
    action: String,
    may_change: bool,
    goals: Vec<GoalRow>,
    /// The days that are counted.
    range: String,
    name: String,
    is_event: bool,
    pattern: String,
    name_error: Option<String>,
    pattern_error: Option<String>,
}

/// A goal in the list.
struct GoalRow {
    id: i64,
    name: String,
    kind: &'static str,
    pattern: String,
    completions: String,
    visitors: String,
}

/// `GET`: the goals, and the form for another.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    html(&shown(&screen).await?)
}

/// `POST goals`: adds a goal, or changes the one of that name.
pub async fn add(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let form = Fields::of(&body);
    let kind = GoalKind::from_word(form.text("kind")).unwrap_or(GoalKind::Page);
    let name = form::name(&form, "name", MAX_NAME_CHARS);
    let pattern = form::name(&form, "pattern", MAX_PATTERN_CHARS).and_then(|pattern| judged(kind, pattern));
    let mut page = shown(&screen).await?;
    form.text("name").clone_into(&mut page.name);
    form.text("pattern").clone_into(&mut page.pattern);
    page.is_event = kind == GoalKind::Event;
    let (name, pattern) = match (name, pattern) {
        (Ok(name), Ok(pattern)) => (name, pattern),
        (name, pattern) => {
            (page.name_error, page.pattern_error) = (name.err(), pattern.err());
            return refused(&page);
        }
    };
    let project = screen.project.id;
    let added = screen
        .dashboard
        .administer(move |transaction, now_ms| goals::add(transaction, project, (&name, kind, &pattern), now_ms));
    if added.await?.is_none() {
        page.name_error = Some(format!("A project has at most {MAX_GOALS} goals."));
        return refused(&page);
    }
    Ok(see_other(&page.action))
}

/// `POST goals/delete`: removes a goal.
pub async fn remove(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let id = Fields::of(&body).number("id").unwrap_or_default();
    let project = screen.project.id;
    let removed = screen.dashboard.administer(move |transaction, _| goals::remove(transaction, project, id));
    if removed.await? {
        Ok(see_other(&format!("{}/settings/goals", screen.link_base())))
    } else {
        Err(PageError::Missing("There is no such goal"))
    }
}

/// A pattern that can match something: a page's begins with a slash, and a star stands at the end only.
fn judged(kind: GoalKind, pattern: String) -> Result<String, String> {
    if kind == GoalKind::Page && !pattern.starts_with('/') {
        return Err("A page begins with a slash, such as /thank-you.".to_owned());
    }
    match pattern.find('*') {
        Some(at) if at + 1 < pattern.len() => Err("A * can only stand at the end.".to_owned()),
        _ => Ok(pattern),
    }
}

async fn shown(screen: &Screen) -> Result<GoalsPage, PageError> {
    let scope = screen.scope();
    let goals = screen.ask(move |connection| count_goals(connection, &scope)).await?;
    let layout = screen.layout("Settings", "settings");
    let row = |count: GoalCount| GoalRow {
        id: count.goal.id,
        name: count.goal.name,
        kind: match count.goal.kind {
            GoalKind::Page => "Page",
            GoalKind::Event => "Event",
        },
        pattern: count.goal.pattern,
        completions: format::count(count.completions),
        visitors: format::count(count.visitors),
    };
    Ok(GoalsPage {
        tabs: tabs::of_settings(&layout, "goals"),
        action: format!("{}/settings/goals", screen.link_base()),
        may_change: layout.may(Role::Editor),
        layout,
        goals: goals.into_iter().map(row).collect(),
        range: range_text(screen.view.interval, &screen.view.zone),
        name: String::new(),
        is_event: false,
        pattern: String::new(),
        name_error: None,
        pattern_error: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_must_be_able_to_match() {
        let judge = |kind, pattern: &str| judged(kind, pattern.to_owned()).is_ok();
        assert!(judge(GoalKind::Page, "/thanks") && judge(GoalKind::Page, "/shop/*"));
        assert!(judge(GoalKind::Event, "sign*") && judge(GoalKind::Event, "purchase"));
        assert!(!judge(GoalKind::Page, "thanks") && !judge(GoalKind::Event, "*_done"));
    }
}
