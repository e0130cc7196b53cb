//! A screen of a project, opened for whoever asks: which project, in which zone, which period and filters.

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::bar::Bar;
use super::error::PageError;
use super::layout::{Layout, ProjectTitle};
use super::service::Dashboard;
use crate::domain::id::ProjectId;
use crate::domain::visit::VisitsFrom;
use crate::http::path::segment;
use crate::http::problem::Problem;
use crate::http::view::{View, zone_named};
use crate::http::viewer::Viewer;
use crate::query::visits::first_data::{DataSpans, data_spans};
use crate::query::visits::scope::Scope;
use crate::store::{StoreError, project_settings, registry};

/// Position of the project's id in the paths.
const PROJECT_SEGMENT: usize = 1;

/// An opened screen.
pub struct Screen {
    pub project: ProjectTitle,
    pub view: View,
    /// From when to when there are data.
    pub data: DataSpans,
    pub visits_from: VisitsFrom,
    pub dashboard: web::Data<Dashboard>,
    request: HttpRequest,
}

impl Screen {
    /// Opens the screen of the project in the path.
    pub async fn open(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<Self, PageError> {
        let text = segment(request.uri().path(), PROJECT_SEGMENT).ok_or(Problem::ProjectNotFound)?;
        let uuid = Uuid::try_parse(&text).map_err(|_| Problem::ProjectNotFound)?;
        let now_ms = dashboard.clock.now_ms();
        let found = dashboard.ask(move |connection| find(connection, uuid, now_ms)).await?;
        let found = found.ok_or(Problem::ProjectNotFound)?;
        let viewer = request.extensions().get::<Viewer>().cloned();
        let role = viewer.and_then(|viewer| viewer.role_in(found.id)).ok_or(Problem::ProjectNotFound)?;
        let zone = zone_named(&found.zone).unwrap_or(TimeZone::UTC);
        let view = View::read(&request, zone, now_ms, found.data.first_ms(now_ms))?;
        let project = ProjectTitle { id: found.id, uuid, name: found.name, role };
        Ok(Self { project, view, data: found.data, visits_from: found.visits_from, dashboard, request })
    }

    #[must_use]
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Path below which the project's screens are: `/p/` and the project's public id.
    #[must_use]
    pub fn link_base(&self) -> String {
        format!("/p/{}", self.project.uuid)
    }

    /// Runs a question on one snapshot.
    pub async fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PageError> {
        self.dashboard.ask(read).await
    }

    /// The frame. `section` is the screen's name in the menu.
    #[must_use]
    pub fn layout(&self, title: &str, section: &'static str) -> Layout {
        Layout::new(&self.request, title, section, Some(self.project.clone()))
    }

    /// Periods and filters of this screen.
    #[must_use]
    pub fn bar(&self) -> Bar {
        self.comparing_bar().without_comparison()
    }

    /// The same with comparison, for a screen that compares.
    #[must_use]
    pub fn comparing_bar(&self) -> Bar {
        Bar::new(self.request.path(), &self.view)
    }

    /// The visits in view.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope { project: self.project.id, interval: self.view.interval, filters: self.view.visit_filters() }
    }

    /// The visits that those in view are compared with, if they are.
    #[must_use]
    pub fn compared_scope(&self) -> Option<Scope> {
        Some(Scope { interval: self.view.compared()?, ..self.scope() })
    }

    /// The address of another screen of this project with the same view: `traffic/routes`, `sources?by=channel`;
    /// empty is the overview.
    #[must_use]
    pub fn link(&self, screen: &str) -> String {
        self.link_with(screen, &self.view)
    }

    /// The address of a screen of this project with parameters of its own and the same view.
    #[must_use]
    pub fn link_to(&self, screen: &str, parameters: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        self.link(&format!("{screen}?{}", query.extend_pairs(parameters).finish()))
    }

    /// The address of a question to the API about this project.
    #[must_use]
    pub fn api(&self, question: &str, parameters: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(parameters).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/api/v1/projects/{}/{question}{mark}{query}", self.project.uuid)
    }

    /// The address of a screen of this project with a view.
    #[must_use]
    pub fn link_with(&self, screen: &str, view: &View) -> String {
        let (slash, query) = (if screen.is_empty() { "" } else { "/" }, view.query());
        let mark = match screen.contains('?') {
            _ if query.is_empty() => "",
            true => "&",
            false => "?",
        };
        format!("/p/{}{slash}{screen}{mark}{query}", self.project.uuid)
    }
}

/// Writes a page.
pub fn html(page: &impl Template) -> Result<HttpResponse, PageError> {
    let text = page.render()?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

/// What is to be known of a project before anything else.
struct Found {
    id: ProjectId,
    name: String,
    zone: String,
    visits_from: VisitsFrom,
    data: DataSpans,
}

fn find(connection: &rusqlite::Connection, uuid: Uuid, now_ms: i64) -> Result<Option<Found>, StoreError> {
    let Some(id) = registry::find_project(connection, uuid)? else { return Ok(None) };
    let settings = project_settings::read(connection, id)?;
    Ok(Some(Found {
        id,
        name: registry::project_name(connection, id)?,
        zone: settings.time_zone,
        visits_from: settings.visits_from,
        data: data_spans(connection, id, now_ms)?,
    }))
}
