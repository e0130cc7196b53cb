//! Every URL.

use std::future::{Ready, ready};

use actix_cors::Cors;
use actix_web::dev::HttpServiceFactory;
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Compress, DefaultHeaders, from_fn};
use actix_web::web::{self, ServiceConfig, post};
use actix_web::{HttpResponse, Resource, Route, Scope, guard};
use utoipa::OpenApi;

use crate::api;
use crate::api::metrics::MetricsToken;
use crate::api::openapi::ApiDocument;
use crate::config::TrafficDashboard;
use crate::dashboard::assets;
use crate::http::request_id::X_REQUEST_ID;
use crate::http::shared_origins::SharedOrigins;
use crate::intake::datalyr;
use crate::intake::heat::{answer, ingest, read};
use crate::intake::tracker;
use crate::intake::traffic::read as traffic;
use crate::intake::traffic::read::openapi::DashboardDocument;
use crate::live::services::Live;
use crate::live::socket_io::endpoint;
use crate::live::socket_io::service::SocketIoService;
use crate::live::websocket;

const X_HEAT_COLLECTOR: HeaderName = HeaderName::from_static("x-heat-collector");

/// How long a browser may remember the answer to a preflight, in seconds.
const PREFLIGHT_AGE_S: usize = 86_400;

/// Registers every route.
pub fn configure(config: &mut ServiceConfig, origins: &SharedOrigins, dashboard: &TrafficDashboard, live: &Live) {
    if dashboard.enabled {
        config.service(traffic_dashboard(&dashboard.mount_path));
    }
    if let Some(service) = &live.socket_io {
        config.service(socket_io(&dashboard.mount_path, service.clone()));
    }
    configure_datalyr(config);
    config
        .route("/hearth.js", get().to(tracker::script))
        .route("/static/{file:.*}", get().to(assets::asset))
        .route("/healthz", get().to(api::health::healthz))
        .route("/live", get().to(websocket::service::live))
        .app_data(live.websocket.clone())
        .route("/readyz", get().to(api::health::readyz))
        .route("/version", get().to(api::health::version))
        .route("/api/openapi.json", get().to(api::openapi::document))
        .service(
            web::scope("/api/v1")
                .wrap(read_cors(origins))
                .route("/status", get().to(api::status::status))
                .route("/projects", get().to(api::projects::list))
                .route("/projects/{project}/totals", get().to(api::totals::totals))
                .route("/projects/{project}/events", get().to(api::events::list))
                .route("/projects/{project}/live", get().to(api::live::moment))
                .route("/projects/{project}/sessions", get().to(api::sessions::list))
                .route("/projects/{project}/sessions/{session}", get().to(api::sessions::detail))
                .route("/projects/{project}/sessions/{session}/timeline", get().to(api::sessions::timeline))
                .route("/projects/{project}/sessions/{session}/moments", get().to(api::session_moments::list))
                .route("/projects/{project}/sessions/{session}/replay", get().to(api::session_replay::play))
                .route("/projects/{project}/heatmaps", get().to(api::heatmaps::pages::list))
                .route("/projects/{project}/heatmaps/map", get().to(api::heatmaps::map::draw))
                .route("/projects/{project}/heatmaps/page", get().to(api::heatmaps::page::detail))
                .route("/projects/{project}/track/events", get().to(api::track::events::list))
                .route("/projects/{project}/track/totals", get().to(api::track::totals::totals))
                .route("/projects/{project}/track/sessions", get().to(api::track::sessions::list))
                .route("/projects/{project}/track/sessions/{session}", get().to(api::track::sessions::detail))
                .route("/projects/{project}/track/quarantine", get().to(api::track::quarantine::list))
                .route("/projects/{project}/track/pairings", get().to(api::track::pairings::list))
                .route("/projects/{project}/persons", get().to(api::track::persons::list))
                .route("/projects/{project}/persons/{person}", get().to(api::track::person::detail))
                .route("/projects/{project}/persons/{person}/events", get().to(api::track::person::events))
                .route("/projects/{project}/persons/{person}/timeline", get().to(api::track::person_timeline::timeline))
                .route("/projects/{project}/traffic", get().to(api::traffic::overview::overview))
                .route("/projects/{project}/traffic/timeline", get().to(api::traffic::timeline::timeline))
                .route("/projects/{project}/traffic/series", get().to(api::traffic::series::list))
                .route("/projects/{project}/traffic/routes", get().to(api::traffic::routes::list))
                .route("/projects/{project}/traffic/route", get().to(api::traffic::route::detail))
                .route("/projects/{project}/traffic/requests", get().to(api::traffic::requests::list))
                .route("/projects/{project}/traffic/requests/open", get().to(api::traffic::open::list))
                .route("/projects/{project}/traffic/requests/{request}", get().to(api::traffic::requests::detail))
                .route("/projects/{project}/traffic/users", get().to(api::traffic::users::list))
                .route("/projects/{project}/traffic/users/{user}", get().to(api::traffic::user::detail))
                .route("/projects/{project}/traffic/errors", get().to(api::traffic::errors::list))
                .route("/projects/{project}/visits", get().to(api::visits::list::list))
                .route("/projects/{project}/visits/totals", get().to(api::visits::totals::totals))
                .route("/projects/{project}/visits/breakdown", get().to(api::visits::breakdown::list))
                .route("/projects/{project}/visits/now", get().to(api::visits::now::now))
                .route("/projects/{project}/visits/occurrences", get().to(api::visits::occurrences::list))
                .route("/projects/{project}/visits/page", get().to(api::visits::page::page))
                .route("/projects/{project}/export/{kind}", get().to(api::export::rows))
                .route("/projects/{project}/goals", get().to(api::visits::goals::list))
                .route("/projects/{project}/conversions/series", get().to(api::track::conversion_series::series))
                .route("/projects/{project}/traffic/errors/groups", get().to(api::traffic::error_groups::list))
                .route("/projects/{project}/conversions", get().to(api::track::conversions::list))
                .route("/projects/{project}/revenue", get().to(api::track::revenue::report))
                .route("/projects/{project}/attribution", get().to(api::track::attribution::report))
                .route("/projects/{project}/persons/{person}/touches", get().to(api::track::touches::list))
                .route("/projects/{project}/persons/{person}", web::delete().to(api::track::erase::erase))
                .route("/projects/{project}/persons/{person}/export", get().to(api::track::export::document))
                .route("/projects/{project}/persons/{person}/journey", get().to(api::track::journey::detail))
                .default_service(web::to(api::not_found)),
        );
    pages(config);
    config.service(heat(origins));
}

/// `/metrics` for whoever shows `metrics.token`.
pub fn configure_metrics(config: &mut ServiceConfig, token: MetricsToken) {
    config.app_data(web::Data::new(token)).route("/metrics", get().to(api::metrics::guarded));
}

/// What the listener of `metrics.listen` answers, to everybody who reaches it.
pub fn configure_monitoring(config: &mut ServiceConfig) {
    config
        .route("/metrics", get().to(api::metrics::open))
        .route("/healthz", get().to(api::health::healthz))
        .route("/readyz", get().to(api::health::readyz));
}

/// The pages. Who may see which is in `dashboard::access::rules`; a page without a row there is refused.
fn pages(config: &mut ServiceConfig) {
    use crate::dashboard::{access, account, admin, help, projects, theme, users};
    config
        .service(
            web::resource("/")
                .guard(guard::fn_guard(accepts_html))
                .guard(guard::Any(guard::Get()).or(guard::Head()))
                .wrap(Compress::default())
                .wrap(from_fn(access::guard::guard))
                .route(get().to(projects::page)),
        )
        .service(guarded("/theme").route("/{choice}", get().to(theme::choose)))
        .configure(sign_in_pages)
        .service(
            guarded("/account")
                .route("", get().to(account::profile::first))
                .route("/profile", get().to(account::profile::page))
                .route("/profile", post().to(account::profile::submit))
                .route("/security", get().to(account::security::page))
                .route("/security/password", post().to(account::password::submit))
                .route("/security/factor", post().to(account::factor::switch_on))
                .route("/security/factor/off", post().to(account::factor::switch_off))
                .route("/security/recovery", post().to(account::factor::renew_codes))
                .route("/security/sessions", post().to(account::sessions::end))
                .route("/tokens", get().to(account::tokens::page))
                .route("/tokens", post().to(account::tokens::create))
                .route("/tokens/revoke", post().to(account::tokens::revoke)),
        )
        .service(
            guarded("/admin")
                .route("/status", get().to(admin::status))
                .route("/users", get().to(users::list::page))
                .route("/users", post().to(users::list::create))
                .route("/users/{account}", get().to(users::one::page))
                .route("/users/{account}", post().to(users::one::submit))
                .route("/projects", get().to(admin::projects))
                .route("/projects", post().to(admin::add_project))
                .route("/projects/rename", post().to(admin::rename_project))
                .route("/proxy", get().to(admin::proxy))
                .route("/storage", get().to(admin::storage))
                .route("/backups", get().to(admin::backups))
                .route("/backups", post().to(admin::make_backup))
                .route("/address", get().to(admin::address))
                .route("/config", get().to(admin::config)),
        )
        .service(guarded("/help").route("", get().to(help::index)).route("/{topic}", get().to(help::topic)))
        .service(guarded("/settings"))
        .service(
            guarded("/p/{project}")
                .configure(screens)
                .configure(behaviour_pages)
                .configure(traffic_pages)
                .configure(settings_pages),
        );
}

/// Pages that are behind the guard; what is not there is told as pages tell it.
fn guarded(
    path: &str,
) -> Scope<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    use crate::dashboard::access::guard;
    web::scope(path).default_service(web::to(guard::nothing)).wrap(Compress::default()).wrap(from_fn(guard::guard))
}

/// Setting up, signing in and out, share links.
fn sign_in_pages(config: &mut ServiceConfig) {
    use crate::dashboard::sign_in::{code, login, setup, setup_project, share};
    config
        .service(
            guarded("/setup")
                .route("", get().to(setup::page))
                .route("", post().to(setup::submit))
                .route("/project", get().to(setup_project::page))
                .route("/project", post().to(setup_project::submit)),
        )
        .service(
            guarded("/login")
                .route("", get().to(login::page))
                .route("", post().to(login::submit))
                .route("/link", get().to(login::link))
                .route("/code", get().to(code::page))
                .route("/code", post().to(code::submit)),
        )
        .service(guarded("/logout").route("", post().to(login::logout)))
        .service(
            guarded("/share").route("/{token}", get().to(share::page)).route("/{token}", post().to(share::submit)),
        );
}

/// The screens of a project, but for traffic.
fn screens(config: &mut ServiceConfig) {
    use crate::dashboard::{attribution, audience, events, overview, pages, people, sources};
    config
        .route("", get().to(overview::page))
        .route("/pages", get().to(pages::page))
        .route("/pages/page", get().to(pages::one::page))
        .route("/events", get().to(events::page))
        .route("/events/event", get().to(events::one::page))
        .route("/sources", get().to(sources::page))
        .route("/audience", get().to(audience::page))
        .route("/attribution", get().to(attribution::page))
        .route("/people", get().to(people::list))
        .route("/people/person", get().to(people::person))
        .route("/people/erase", get().to(people::erase_form))
        .route("/people/erase", post().to(people::erase));
}

/// What visitors did on pages.
fn behaviour_pages(config: &mut ServiceConfig) {
    use crate::dashboard::{heatmaps, sessions};
    config
        .route("/heatmaps", get().to(heatmaps::list::page))
        .route("/heatmaps/viewer", get().to(heatmaps::viewer::page))
        .route("/sessions", get().to(sessions::list::page))
        .route("/sessions/session", get().to(sessions::session::page));
}

/// What happens now, and the pages about proxied requests.
fn traffic_pages(config: &mut ServiceConfig) {
    use crate::dashboard::{live, traffic};
    config
        .route("/live", get().to(live::page))
        .route("/traffic", get().to(traffic::overview::page))
        .route("/traffic/routes", get().to(traffic::routes::page))
        .route("/traffic/route", get().to(traffic::route::page))
        .route("/traffic/slow", get().to(traffic::slow::page))
        .route("/traffic/errors", get().to(traffic::errors::page))
        .route("/traffic/users", get().to(traffic::users::page))
        .route("/traffic/user", get().to(traffic::user::page))
        .route("/traffic/requests", get().to(traffic::requests::page))
        .route("/traffic/requests/request", get().to(traffic::request::page));
}

/// The settings of a project.
fn settings_pages(config: &mut ServiceConfig) {
    use crate::dashboard::{settings, sharing};
    config
        .route("/settings/general", get().to(settings::general))
        .route("/settings/general", post().to(settings::save_general))
        .route("/settings/keys", get().to(settings::keys))
        .route("/settings/keys", post().to(settings::create_key))
        .route("/settings/keys/revoke", post().to(settings::revoke_key))
        .route("/settings/keys/pages", post().to(settings::save_pages))
        .route("/settings/install", get().to(settings::install))
        .route("/settings/install", post().to(settings::install_with_key))
        .route("/settings/install/listening", get().to(settings::listening))
        .route("/settings/filters", get().to(settings::filters))
        .route("/settings/filters", post().to(settings::save_filter))
        .route("/settings/filters/rename", post().to(settings::rename_filter))
        .route("/settings/filters/delete", post().to(settings::remove_filter))
        .route("/settings/goals", get().to(settings::goals))
        .route("/settings/goals", post().to(settings::add_goal))
        .route("/settings/goals/delete", post().to(settings::remove_goal))
        .route("/settings/sharing", get().to(sharing::page::page))
        .route("/settings/sharing/links", post().to(sharing::links::create))
        .route("/settings/sharing/links/revoke", post().to(sharing::links::revoke))
        .route("/settings/sharing/members", post().to(sharing::members::submit))
        .route("/settings/retention", get().to(settings::retention))
        .route("/settings/danger", get().to(settings::danger))
        .route("/settings/danger/delete", post().to(settings::delete_project));
}

/// The API of express-sequelize-traffic. It has no business with other origins, and so no CORS.
fn traffic_dashboard(mount_path: &str) -> Scope {
    web::scope(&format!("{mount_path}/api"))
        .route("/config", get().to(traffic::config::config))
        .route("/overview", get().to(traffic::overview::overview))
        .route("/live", get().to(traffic::live::live))
        .route("/routes", get().to(traffic::routes::list))
        .route("/users", get().to(traffic::users::list))
        .route("/users/{userId}", get().to(traffic::user::detail))
        .route("/errors", get().to(traffic::errors::list))
        .default_service(web::to(traffic::answer::not_found))
}

/// The live events of express-sequelize-traffic. Requests with a foreign `Origin` are refused, so no CORS here, too.
fn socket_io(mount_path: &str, service: web::Data<SocketIoService>) -> Resource {
    web::resource([format!("{mount_path}/socket.io/"), format!("{mount_path}/socket.io")])
        .app_data(service)
        .to(endpoint::serve)
}

/// The description of every route that has one.
#[must_use]
pub fn document(dashboard: &TrafficDashboard) -> utoipa::openapi::OpenApi {
    let mut document = ApiDocument::openapi();
    if dashboard.enabled {
        document = document.nest(&dashboard.mount_path, DashboardDocument::openapi());
    }
    for (path, item) in &mut document.paths.paths {
        // The names of handlers, which would be taken otherwise, occur more than once.
        if let Some(operation) = &mut item.get {
            operation.operation_id = Some(operation_id(path));
        }
    }
    document
}

/// A name for a question that client generators can use (OpenAPI 3.1, section 4.8.10).
fn operation_id(path: &str) -> String {
    let words = path.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold("get".to_owned(), |id, word| id + "_" + word)
}

/// What Hearth answers on the app's own origin, below `/_hearth/` of the proxy: what its pages send, nothing else.
pub fn configure_reserved(config: &mut ServiceConfig, origins: &SharedOrigins) {
    config
        .route("/_hearth/hearth.js", get().to(tracker::script))
        .service(events("/_hearth{end:/*}", "/_hearth").guard(is_sent()).wrap(from_fn(datalyr::cors::share)))
        .service(events("/_hearth/{base:/*}track{end:/*}", "/_hearth/track").wrap(from_fn(datalyr::cors::share)))
        .service(container("/_hearth/"))
        .service(consent_policy("/_hearth/"));
    config.service(
        web::scope("/_hearth")
            .wrap(read_cors(origins))
            .wrap(DefaultHeaders::new().add((X_HEAT_COLLECTOR, HeaderValue::from_static("heat-collector"))))
            .service(resource("/ingest", "POST").route(post().to(ingest::ingest)))
            .default_service(web::to(read::not_found)),
    );
}

/// The paths of the Datalyr protocol (datalyr.md 1). Web pages put theirs behind whatever they take for the server's
/// address, with a slash too many or behind `/track`.
fn configure_datalyr(config: &mut ServiceConfig) {
    use datalyr::{cors, ingest, lookup};
    let lookup = |path: &'static str| door(format!("/{{base:/*}}{path}{{end:/*}}"), path);
    config
        .service(events("/", "/").guard(is_sent()).wrap(from_fn(cors::share)))
        .service(events("/{base:/*}track{end:/*}", "/track").wrap(from_fn(cors::share)))
        .service(events("/{base:/*}batch{end:/*}", "/batch").wrap(from_fn(cors::share)))
        .service(events("/api/ingest{end:/*}", "/api/ingest").wrap(from_fn(cors::share)))
        .service(container("/"))
        .service(consent_policy("/"))
        .service(lookup("attribution/lookup").route(post().to(lookup::by_email)).wrap(from_fn(cors::share)))
        .service(
            lookup("attribution/deferred-lookup").route(post().to(lookup::by_download)).wrap(from_fn(cors::share)),
        );
    for below in ["/track/{rest:.+}", "/batch/{rest:.+}", "/attribution{rest:(?:/.*)?}"] {
        config.service(web::resource(below).to(ingest::not_found).wrap(from_fn(cors::share)));
    }
}

/// A path of the Datalyr protocol; its name, for the log, is the plain path.
fn door(pattern: impl Into<String>, name: &'static str) -> Resource {
    web::resource(pattern.into()).name(name).default_service(web::to(datalyr::ingest::wrong_method))
}

fn events(pattern: &'static str, name: &'static str) -> Resource {
    door(pattern, name).route(post().to(datalyr::ingest::ingest))
}

fn container(below: &'static str) -> impl HttpServiceFactory + use<> {
    door(format!("{below}{{base:/*(?:track/+)?}}container-scripts{{end:/*}}"), "/container-scripts")
        .route(post().to(datalyr::container::scripts))
        .wrap(from_fn(datalyr::cors::share))
}

fn consent_policy(below: &'static str) -> impl HttpServiceFactory + use<> {
    door(format!("{below}{{base:/*(?:track/+)?}}sdk-consent-policy{{end:/*}}"), "/sdk-consent-policy")
        .route(get().to(datalyr::container::consent_policy))
        .wrap(from_fn(datalyr::cors::share))
}

/// Whether somebody sends, or asks whether they may; what else there is at the path is no concern of this protocol.
fn is_sent() -> impl guard::Guard {
    guard::Any(guard::Post()).or(guard::Options())
}

/// heat-collector's paths, at the root as in the original.
fn heat(origins: &SharedOrigins) -> impl HttpServiceFactory + use<> {
    let read = |path: &'static str| resource(path, "GET,HEAD");
    web::scope("")
        .wrap(read_cors(origins))
        .wrap(DefaultHeaders::new().add((X_HEAT_COLLECTOR, HeaderValue::from_static("heat-collector"))))
        .service(resource("/ingest", "POST").route(post().to(ingest::ingest)))
        .service(read("/api/projects/{project}/heatmap").route(get().to(read::project_heatmap)))
        .service(read("/api/projects/{project}/events").route(get().to(read::project_events)))
        .service(read("/api/projects/{project}/sessions").route(get().to(read::project_sessions)))
        .service(read("/api/sessions/{session}").route(get().to(read::session)))
        .service(read("/api/metrics").route(get().to(read::metrics)))
        .default_service(web::to(read::not_found))
}

/// A path of the heat protocol: letter case and one trailing slash do not matter, `OPTIONS` tells the methods
/// (heat-collector.md 1). Its name, for the log, is the plain path.
fn resource(path: &'static str, methods: &'static str) -> Resource {
    let segments = path.split('/').skip(1).enumerate().map(|(at, segment)| {
        if segment.starts_with('{') { format!("/{segment}") } else { format!("/{{s{at}:(?i:{segment})}}") }
    });
    let pattern = segments.collect::<String>() + "{slash:/?}";
    web::resource(pattern)
        .name(path)
        .route(web::method(Method::OPTIONS).to(move || allow(methods)))
        .default_service(web::to(read::not_found))
}

/// `GET`, and `HEAD` by the same handler.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Whether the client would take a page; to others there is nothing at `/`, as in the original.
fn accepts_html(context: &guard::GuardContext<'_>) -> bool {
    let accept = context.head().headers().get(actix_web::http::header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"))
}

/// An `OPTIONS` that is no preflight.
fn allow(methods: &'static str) -> Ready<HttpResponse> {
    ready(HttpResponse::Ok().insert_header((actix_web::http::header::ALLOW, methods)).finish())
}

/// Pages of other origins may send and read, as far as the owner allows; never with cookies.
fn read_cors(origins: &SharedOrigins) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "OPTIONS"])
        .allow_any_header()
        .expose_headers(answer::EXPOSED.iter().copied().chain([X_REQUEST_ID.as_str(), "link"]))
        .max_age(PREFLIGHT_AGE_S);
    if origins.are_any() {
        return cors.allow_any_origin().send_wildcard();
    }
    let origins = origins.clone();
    cors.allowed_origin_fn(move |origin, _| origins.allow(origin))
}
