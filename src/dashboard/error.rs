//! A page that cannot be shown says why, with the same codes as the API.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use super::layout::Layout;
use crate::http::problem::Problem;

/// Why there is no page.
#[derive(Debug)]
pub enum PageError {
    /// For the same reason the API would refuse.
    Problem(Problem),
    /// Signed in, but not for this.
    NotAllowed,
    /// Not signed in, and nobody who could be sent to the sign-in.
    SignedOut,
    /// Until somebody has used the set-up link there is nothing else.
    NotSetUp,
    /// The set-up link has done its work.
    SetUpAlready,
    /// A form that no page of this session wrote.
    ForeignForm,
    /// A form that is larger than any of ours.
    TooLarge,
    /// A form whose end did not come.
    Incomplete,
    /// There is no such thing, in words: "There is no such event".
    Missing(&'static str),
    /// The template failed.
    Template(askama::Error),
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    status: u16,
    title: String,
    detail: String,
    code: &'static str,
}

impl PageError {
    fn code(&self) -> &'static str {
        match self {
            Self::Problem(problem) => problem.code(),
            Self::NotAllowed => "not_allowed",
            Self::SignedOut => "signed_out",
            Self::NotSetUp => "not_set_up",
            Self::SetUpAlready => "set_up_already",
            Self::ForeignForm => "foreign_form",
            Self::TooLarge => "too_large",
            Self::Incomplete => "incomplete",
            Self::Missing(_) => "not_found",
            Self::Template(_) => "internal",
        }
    }

    fn words(&self) -> (String, String) {
        match self {
            Self::Problem(problem) => (problem.title().to_owned(), problem.detail()),
            Self::NotAllowed => {
                ("You may not do this".into(), "Ask an administrator of the project for another role.".into())
            }
            Self::SignedOut => ("You are not signed in".into(), "Sign in, and try again.".into()),
            Self::NotSetUp => (
                "Hearth is not set up yet".into(),
                "Open the set-up link that hearth serve has printed. It is also in the file beside the database whose name ends \
                 in .setup-url. A restart makes a new link."
                    .into(),
            ),
            Self::SetUpAlready => (
                "Hearth is set up already".into(),
                "This link was used, and works only once. Sign in instead.".into(),
            ),
            Self::ForeignForm => (
                "The form is out of date".into(),
                "Nothing was changed. Go back, reload the page, and send the form again.".into(),
            ),
            Self::TooLarge => ("The form is too large".into(), "Nothing was changed. Shorten what you entered.".into()),
            Self::Incomplete => ("The form did not arrive whole".into(), "Nothing was changed. Send it again.".into()),
            Self::Missing(what) => ((*what).to_owned(), "It may have been removed, or the address is wrong.".into()),
            Self::Template(_) => {
                ("Something went wrong".into(), "The page could not be written; the log says more.".into())
            }
        }
    }
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Template(error)
    }
}

impl std::fmt::Display for PageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Problem(problem) => problem.status(),
            Self::NotAllowed | Self::NotSetUp | Self::SetUpAlready | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Incomplete => StatusCode::REQUEST_TIMEOUT,
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Template(error) = self {
            tracing::error!(error = %error, "a page could not be written");
        }
        let (title, detail) = self.words();
        let status = self.status_code();
        let page =
            ErrorPage { layout: Layout::alone(&title), status: status.as_u16(), title, detail, code: self.code() };
        let mut answer = HttpResponse::build(status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((header::RETRY_AFTER, HeaderValue::from_static("2")));
        }
        answer.content_type("text/html; charset=utf-8").body(page.render().unwrap_or_default())
    }
}
