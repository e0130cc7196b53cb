//! Name, time zone, and where visits are counted from.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::refused;
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::form::{self, see_other};
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::domain::role::Role;
use crate::domain::visit::VisitsFrom;
use crate::http::view::zone_named;
use crate::store::project_settings::{self, ProjectSettings};

/// Longest name of a project, in characters.
const MAX_NAME_CHARS: usize = 100;

#[derive(Template)]
#[template(path = "settings/general.html")]
struct GeneralPage {
    layout: Layout,
    tabs: Vec<Tab>,
    action: String,
    may_change: bool,
    saved: bool,
    id: String,
    name: String,
    zone: String,
    zones: Vec<String>,
    sources: Vec<SourceChoice>,
    name_error: Option<String>,
    zone_error: Option<&'static str>,
    exports: [(&'static str, &'static str, bool); 6],
}

/// What can be taken out here: kinds of exports, what people call them, and whether CSV can hold them.
const EXPORTS: [(&str, &str, bool); 6] = [
    ("visits", "Visits", true),
    ("heat", "Clicks, moves and other events of browsers", true),
    ("events", "Events of apps", true),
    ("persons", "Persons", true),
    ("requests", "Requests", true),
    ("all", "All that can be imported again", false),
];

/// A place that visits can be counted from.
struct SourceChoice {
    word: &'static str,
    name: &'static str,
    hint: &'static str,
    checked: bool,
}

/// `GET`: the form; those who may not change it read it.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let project = screen.project.id;
    let settings = screen.ask(move |connection| project_settings::read(connection, project)).await?;
    let name = screen.project.name.clone();
    html(&general(&screen, name, settings.time_zone, settings.visits_from))
}

/// `POST`: changes all three.
pub async fn save(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let form = Fields::of(&body);
    let visits_from = VisitsFrom::from_word(form.text("visits_from")).unwrap_or_default();
    let zone = form.text("zone").to_owned();
    let mut page = general(&screen, form.text("name").to_owned(), zone.clone(), visits_from);
    let name = project_name(&form);
    if zone_named(&zone).is_none() {
        page.zone_error = Some("There is no such time zone.");
    }
    let name = match name {
        Ok(name) if page.zone_error.is_none() => name,
        name => {
            page.name_error = name.err();
            return refused(&page);
        }
    };
    let project = screen.project.id;
    let renamed = screen.dashboard.administer(move |transaction, _| {
        let renamed = project_settings::rename(transaction, project, &name)?;
        if renamed {
            project_settings::set(transaction, project, &ProjectSettings { time_zone: zone, visits_from })?;
        }
        Ok(renamed)
    });
    if !renamed.await? {
        page.name_error = Some("Another project has this name.".to_owned());
        return refused(&page);
    }
    Ok(see_other(&format!("{}?saved=1", page.action)))
}

/// What a form calls a project.
pub fn project_name(form: &Fields) -> Result<String, String> {
    form::name(form, "name", MAX_NAME_CHARS)
}

/// The name of every time zone, in the order of their letters.
#[must_use]
pub fn zones() -> Vec<String> {
    let names = jiff::tz::db().available().map(|name| name.as_str().to_owned());
    // `posix/...` and `right/...` are other tables of the same places.
    let mut names: Vec<String> = names.filter(|name| !name.starts_with(|c: char| c.is_ascii_lowercase())).collect();
    names.sort_unstable();
    names
}

fn general(screen: &Screen, name: String, zone: String, visits_from: VisitsFrom) -> GeneralPage {
    let layout = screen.layout("Settings", "settings");
    let saved = screen.request().query_string() == "saved=1";
    let choice = |&source: &VisitsFrom| {
        let (name, hint) = source_texts(source);
        SourceChoice { word: source.word(), name, hint, checked: source == visits_from }
    };
    GeneralPage {
        tabs: tabs::of_settings(&layout, "general"),
        action: format!("{}/settings/general", screen.link_base()),
        may_change: layout.may(Role::Admin),
        layout,
        saved,
        id: screen.project.uuid.to_string(),
        name,
        zone,
        zones: zones(),
        sources: VisitsFrom::ALL.iter().map(choice).collect(),
        name_error: None,
        zone_error: None,
        exports: EXPORTS,
    }
}

fn source_texts(source: VisitsFrom) -> (&'static str, &'static str) {
    match source {
        VisitsFrom::Auto => (
            "Automatic",
            "The tracker’s or heat-sdk’s visits and apps; web pages’ app events only where there are no others.",
        ),
        VisitsFrom::Browser => ("Browsers", "Only what the tracker or heat-sdk sends."),
        VisitsFrom::Web => ("App events of web pages", "Only what Datalyr’s web SDK sends."),
        VisitsFrom::All => ("Everything", "All of it; pages with two SDKs count twice."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_those_of_the_whole_world() {
        let zones = zones();
        assert!(zones.len() > 400 && zones.is_sorted(), "{}", zones.len());
        for zone in ["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC"] {
            assert!(zones.iter().any(|name| name == zone), "{zone}");
        }
        assert!(zones.iter().all(|name| zone_named(name).is_some()));
    }
}
