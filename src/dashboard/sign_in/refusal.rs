//! Why somebody is not let in, in words.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use askama::Template;

use crate::dashboard::error::PageError;
use crate::http::accounts::login::LoginRefusal;

/// A form that is shown again, with what was wrong.
#[derive(Debug, Clone)]
pub struct Shown {
    pub status: StatusCode,
    pub text: String,
    pub retry_after_s: Option<i64>,
}

impl Shown {
    #[must_use]
    pub fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), retry_after_s: None }
    }

    /// What a form says that was filled in wrongly.
    #[must_use]
    pub fn wrong(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    /// What a form says that could not be looked at.
    #[must_use]
    pub fn busy() -> Self {
        let text = "Too many people sign in at the moment. Try again in a few seconds.";
        Self { retry_after_s: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, text) }
    }

    /// What the sign-in says. `wrong` is for the case that name, password or code was wrong.
    pub fn of_login(refusal: LoginRefusal, wrong: &str) -> Result<Self, PageError> {
        Ok(match refusal {
            LoginRefusal::Wrong => Self::new(StatusCode::UNAUTHORIZED, wrong),
            LoginRefusal::TooMany { retry_after_s } => {
                let minutes = (retry_after_s + 59) / 60;
                let text = format!(
                    "Too many wrong tries. Wait {minutes} minute{}, then try again.",
                    if minutes == 1 { "" } else { "s" }
                );
                Self { retry_after_s: Some(retry_after_s), ..Self::new(StatusCode::TOO_MANY_REQUESTS, text) }
            }
            LoginRefusal::Expired => Self::new(StatusCode::UNAUTHORIZED, "That took too long. Sign in again."),
            LoginRefusal::Busy => Self::busy(),
            LoginRefusal::Store(error) => return Err(crate::http::problem::Problem::from(error).into()),
        })
    }

    /// The form again.
    pub fn page(&self, page: &impl Template) -> Result<HttpResponse, PageError> {
        let mut answer = HttpResponse::build(self.status);
        if let Some(retry_after_s) = self.retry_after_s {
            answer.insert_header((header::RETRY_AFTER, retry_after_s.to_string()));
        }
        Ok(answer.content_type("text/html; charset=utf-8").body(page.render()?))
    }
}
