//! `POST /account/security/password`: another password. Every session ends, and this browser gets a new one.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::security::{Errors, write};
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::sign_in::refusal::Shown;
use crate::dashboard::signed_in::{SignedIn, go_to};
use crate::http::accounts::login::begin_session;
use crate::http::accounts::password_rules;
use crate::http::accounts::passwords::Busy;
use crate::http::accounts::service::Accounts;
use crate::http::problem::Problem;
use crate::http::viewer::Account;
use crate::store::accounts::account;

/// What a form says whose password is not the account's.
pub(super) const WRONG: &str = "The current password is wrong.";

/// `POST /account/security/password`
pub async fn submit(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(&body);
    match new_hash(&request, &account, &fields, &accounts).await? {
        Err(shown) => {
            let errors = Errors { password: Some(shown.text.clone()), ..Errors::default() };
            shown.page(&write(&request, &account, &accounts, errors, Vec::new()).await?)
        }
        Ok(hash) => {
            let (id, visitor) = (account.id, accounts.visitor(&request));
            let begun = accounts.change(move |file, now_ms| {
                account::set_password(file, id, &hash)?;
                begin_session(file, id, &visitor, now_ms)
            });
            let secret = begun.await.map_err(Problem::from)?;
            let mut answer = go_to("/account/security?done=password");
            answer.headers_mut().append(header::SET_COOKIE, accounts.session_cookie(&request, &secret));
            Ok(answer)
        }
    }
}

/// The hash of the new password, or what is wrong with the form.
async fn new_hash(
    request: &HttpRequest,
    account: &Account,
    fields: &Fields,
    accounts: &Accounts,
) -> Result<Result<String, Shown>, PageError> {
    let (new, repeated) = (fields.as_sent("password"), fields.as_sent("repeated"));
    if new != repeated {
        return Ok(Err(Shown::wrong("The two new passwords differ.")));
    }
    if let Err(weak) = password_rules::judge(new, &account.name) {
        return Ok(Err(Shown::wrong(weak.message())));
    }
    let address = accounts.proxies.client_address(request);
    if let Err(refusal) = accounts.check_password(&account.name, fields.as_sent("current"), address).await {
        return Ok(Err(Shown::of_login(refusal, WRONG)?));
    }
    Ok(accounts.passwords.hash(new.to_owned()).await.map_err(|Busy| Shown::busy()))
}
