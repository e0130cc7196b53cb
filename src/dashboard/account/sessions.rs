//! `POST /account/security/sessions`: ends one session of the account, or all others.

use actix_web::{HttpResponse, web};

use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::signed_in::{SignedIn, go_to};
use crate::http::accounts::service::Accounts;
use crate::http::problem::Problem;
use crate::store::accounts::sessions;

/// `POST /account/security/sessions`
pub async fn end(
    SignedIn(account): SignedIn,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(&body);
    if fields.text("session") == "others" {
        let ended = accounts.change(move |file, _| Ok(sessions::end_others(file, account.id, account.session)?));
        ended.await.map_err(Problem::from)?;
        return Ok(go_to("/account/security?done=sessions"));
    }
    let session = fields.number("session").ok_or(PageError::Missing("There is no such session"))?;
    let ended = accounts.change(move |file, _| Ok(sessions::end(file, account.id, session)?));
    if ended.await.map_err(Problem::from)? {
        Ok(go_to("/account/security?done=session"))
    } else {
        Err(PageError::Missing("There is no such session"))
    }
}
