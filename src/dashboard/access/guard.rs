//! Stands before every page: finds the page's rule and who asks, and lets in or refuses.
//!
//! The order is part of it. Forms of other origins are refused before anything else; a page without a rule does not exist;
//! before the set-up there is nothing but the set-up; who is not signed in learns nothing of projects, and who has no role
//! in one is told that there is none.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use uuid::Uuid;

use super::form::Fields;
use super::headers;
use super::rules::{self, Need};
use crate::dashboard::error::PageError;
use crate::domain::role::Role;
use crate::http::accounts::service::Accounts;
use crate::http::path::segment;
use crate::http::problem::Problem;
use crate::http::viewer::Viewer;
use crate::store::registry::find_project;

/// Position of the project's id in the paths.
const PROJECT_SEGMENT: usize = 1;

/// Where scripts put the form token.
const FORM_TOKEN_HEADER: &str = "x-hearth-form-token";

/// The field in which forms send it back.
const FORM_TOKEN_FIELD: &str = "form_token";

/// Largest form, in bytes.
const MAX_FORM_BYTES: usize = 256 * 1024;

/// Longest time to receive a form.
const FORM_TIME: Duration = Duration::from_secs(30);

/// Why somebody is not let in.
enum Refusal {
    Page(PageError),
    /// To the sign-in, and back to this path afterwards.
    SignIn(String),
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Page(problem.into())
    }
}

impl Refusal {
    fn answer(&self) -> HttpResponse {
        match self {
            Self::Page(error) => error.error_response(),
            Self::SignIn(here) => {
                let next: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
                HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/login?next={next}"))).finish()
            }
        }
    }
}

/// The middleware.
pub async fn guard(
    accounts: web::Data<Accounts>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let is_https = accounts.sessions.cookies.is_https(request.request());
    let mut response = match admit(&accounts, &mut request).await {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(refusal) => request.into_response(refusal.answer()),
    };
    headers::add(response.headers_mut(), is_https);
    Ok(response)
}

/// Answers what is nowhere below the dashboard's paths; the guard never lets anybody come here.
pub async fn nothing() -> Result<HttpResponse, PageError> {
    Err(PageError::Missing("There is no such page"))
}

/// Lets a request in, with its [`Viewer`] among its extensions if there is one.
async fn admit(accounts: &Accounts, request: &mut ServiceRequest) -> Result<(), Refusal> {
    let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
    if !is_read && !accounts.sessions.origin.is_same_origin(request.request()) {
        return Err(PageError::ForeignForm.into());
    }
    let need = request.match_pattern().and_then(|pattern| rules::need(request.method(), &pattern));
    let is_set_up = accounts.is_set_up().await.map_err(Problem::from)?;
    if !is_set_up && need != Some(Need::SetUp) {
        return Err(PageError::NotSetUp.into());
    }
    let need = need.ok_or(PageError::Missing("There is no such page"))?;
    let viewers = accounts.sessions.viewers(request.request()).await.map_err(Problem::from)?;
    let viewer = choose(accounts, request.request(), need, viewers).await?;
    if !is_read && !matches!(need, Need::Anyone | Need::SetUp) {
        check_form_token(request, viewer.as_ref()).await?;
    }
    if let Some(viewer) = viewer {
        request.extensions_mut().insert(viewer);
    }
    Ok(())
}

/// As whom the request is let in.
async fn choose(
    accounts: &Accounts,
    request: &HttpRequest,
    need: Need,
    viewers: Vec<Viewer>,
) -> Result<Option<Viewer>, Refusal> {
    let account = || viewers.iter().find(|viewer| viewer.account().is_some()).cloned();
    match need {
        Need::Anyone | Need::SetUp => Ok(account()),
        Need::SignedIn => account().map(Some).ok_or_else(|| sign_in(request)),
        Need::Installation => {
            let viewer = account().ok_or_else(|| sign_in(request))?;
            let is_admin = viewer.account().is_some_and(|account| account.is_admin);
            if is_admin { Ok(Some(viewer)) } else { Err(PageError::NotAllowed.into()) }
        }
        Need::Project(least) => {
            if viewers.is_empty() {
                return Err(sign_in(request));
            }
            let (viewer, role) = in_project(accounts, request, viewers).await?;
            if role >= least { Ok(Some(viewer)) } else { Err(PageError::NotAllowed.into()) }
        }
    }
}

/// The viewer who has a role in the project of the path; of two, the one who may more.
async fn in_project(
    accounts: &Accounts,
    request: &HttpRequest,
    viewers: Vec<Viewer>,
) -> Result<(Viewer, Role), Refusal> {
    let uuid = segment(request.uri().path(), PROJECT_SEGMENT).and_then(|text| Uuid::try_parse(&text).ok());
    let uuid = uuid.ok_or(Problem::ProjectNotFound)?;
    let project = accounts.ask(move |file| Ok(find_project(file, uuid)?)).await.map_err(Problem::from)?;
    let project = project.ok_or(Problem::ProjectNotFound)?;
    let with_role = viewers.into_iter().filter_map(|viewer| viewer.role_in(project).map(|role| (viewer, role)));
    // The first of equals: the account, which comes before the share link.
    let best = with_role.reduce(|best, other| if other.1 > best.1 { other } else { best });
    Ok(best.ok_or(Problem::ProjectNotFound)?)
}

/// People are sent to the sign-in; what is sent without a session, or asked by a script, is refused.
fn sign_in(request: &HttpRequest) -> Refusal {
    let accepts = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let takes_pages = accepts.is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"));
    let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
    if !is_read || !takes_pages {
        return PageError::SignedOut.into();
    }
    Refusal::SignIn(request.uri().path_and_query().map_or("/", |here| here.as_str()).to_owned())
}

/// Whether the form was written for this session. The body is read for it and put back for the handler.
async fn check_form_token(request: &mut ServiceRequest, viewer: Option<&Viewer>) -> Result<(), Refusal> {
    let expected = viewer.and_then(Viewer::account).map(|account| account.form_token.clone());
    let expected = expected.ok_or(PageError::ForeignForm)?;
    let is_expected = |sent: &str| verify_slices_are_equal(sent.as_bytes(), expected.as_bytes()).is_ok();
    if let Some(sent) = request.headers().get(FORM_TOKEN_HEADER) {
        return if sent.to_str().is_ok_and(is_expected) { Ok(()) } else { Err(PageError::ForeignForm.into()) };
    }
    let body = read_form(request).await?;
    let is_right = is_expected(Fields::of(&body).text(FORM_TOKEN_FIELD));
    let (_, mut payload) = actix_http::h1::Payload::create(true);
    payload.unread_data(body);
    request.set_payload(Payload::from(payload));
    if is_right { Ok(()) } else { Err(PageError::ForeignForm.into()) }
}

async fn read_form(request: &mut ServiceRequest) -> Result<Bytes, Refusal> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Err(PageError::ForeignForm.into());
    }
    let body = request.extract::<web::Payload>().await.map_err(|_| PageError::TooLarge)?;
    match tokio::time::timeout(FORM_TIME, body.to_bytes_limited(MAX_FORM_BYTES)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Err(_)) => Err(PageError::TooLarge.into()),
        Ok(Ok(Err(_))) | Err(_) => Err(PageError::Incomplete.into()),
    }
}
