//! The API under the mount path described, for the one OpenAPI document of the installation.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{config, errors, live, overview, routes, user, users};

/// The description; its paths begin behind the mount path.
#[derive(OpenApi)]
#[openapi(
    paths(
        config::config,
        overview::overview,
        live::live,
        routes::list,
        users::list,
        user::detail,
        errors::list
    ),
    modifiers(&Basic)
)]
pub struct DashboardDocument;

struct Basic;

impl Modify for Basic {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Basic)
            .description(Some("`traffic.dashboard.username` and `password`, if they are set; else a read token."))
            .build();
        document.components.get_or_insert_default().add_security_scheme("dashboard", SecurityScheme::Http(scheme));
    }
}
