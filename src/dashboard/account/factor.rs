//! Switching the second factor on and off, and new recovery codes.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::password::WRONG;
use super::security::{Errors, write};
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::screen::html;
use crate::dashboard::sign_in::refusal::Shown;
use crate::dashboard::signed_in::{SignedIn, go_to};
use crate::domain::id::SecretHash;
use crate::http::accounts::recovery_code;
use crate::http::accounts::service::Accounts;
use crate::http::accounts::totp;
use crate::http::problem::Problem;
use crate::http::viewer::Account;
use crate::store::StoreError;
use crate::store::accounts::{account, recovery_codes};

/// `POST /account/security/factor`: switches it on, if the code shows that the app has the secret.
pub async fn switch_on(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let now_ms = accounts.now_ms();
    let code = Fields::of(&body).text("code").to_owned();
    let offered = accounts.enrolments.get(&account.session, now_ms);
    let Some((secret, step)) =
        offered.and_then(|secret| totp::step_of(&secret, &code, now_ms).map(|step| (secret, step)))
    else {
        let shown = Shown::new(
            StatusCode::BAD_REQUEST,
            "The code is wrong. Wait for the next one, and look at the clock of the device.",
        );
        return again(&request, &account, &accounts, &shown).await;
    };
    let (codes, hashes) = new_codes()?;
    let id = account.id;
    let changed = accounts.change(move |file, _| {
        // Somebody with another session may have switched it on with another secret.
        if account::by_id(file, id)?.is_some_and(|found| found.totp_secret.is_some()) {
            return Ok(false);
        }
        account::set_totp(file, id, Some(&secret), step)?;
        recovery_codes::replace(file, id, &hashes)?;
        Ok(true)
    });
    accounts.enrolments.remove(&account.session);
    if !changed.await.map_err(Problem::from)? {
        return again(&request, &account, &accounts, &Shown::new(StatusCode::CONFLICT, "It is on already.")).await;
    }
    html(&write(&request, &account, &accounts, Errors::default(), codes).await?)
}

/// `POST /account/security/factor/off`: switches it off, for whoever knows the password.
pub async fn switch_off(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    if let Some(shown) = wrong_password(&request, &account, &body, &accounts).await? {
        return again(&request, &account, &accounts, &shown).await;
    }
    let id = account.id;
    let changed = accounts.change(move |file, _| {
        account::set_totp(file, id, None, 0)?;
        Ok(recovery_codes::replace(file, id, &[])?)
    });
    changed.await.map_err(Problem::from)?;
    Ok(go_to("/account/security?done=factor_off"))
}

/// `POST /account/security/recovery`: other recovery codes, for whoever knows the password; the old ones are void.
pub async fn renew_codes(
    request: HttpRequest,
    SignedIn(account): SignedIn,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    if let Some(shown) = wrong_password(&request, &account, &body, &accounts).await? {
        return again(&request, &account, &accounts, &shown).await;
    }
    let (codes, hashes) = new_codes()?;
    let id = account.id;
    let changed = accounts.change(move |file, _| {
        let has_factor = account::by_id(file, id)?.is_some_and(|found| found.totp_secret.is_some());
        if has_factor {
            recovery_codes::replace(file, id, &hashes)?;
        }
        Ok(has_factor)
    });
    let codes = if changed.await.map_err(Problem::from)? { codes } else { Vec::new() };
    html(&write(&request, &account, &accounts, Errors::default(), codes).await?)
}

async fn wrong_password(
    request: &HttpRequest,
    account: &Account,
    body: &[u8],
    accounts: &Accounts,
) -> Result<Option<Shown>, PageError> {
    let fields = Fields::of(body);
    let address = accounts.proxies.client_address(request);
    match accounts.check_password(&account.name, fields.as_sent("current"), address).await {
        Ok(_) => Ok(None),
        Err(refusal) => Ok(Some(Shown::of_login(refusal, WRONG)?)),
    }
}

async fn again(
    request: &HttpRequest,
    account: &Account,
    accounts: &Accounts,
    shown: &Shown,
) -> Result<HttpResponse, PageError> {
    let errors = Errors { factor: Some(shown.text.clone()), ..Errors::default() };
    shown.page(&write(request, account, accounts, errors, Vec::new()).await?)
}

fn new_codes() -> Result<(Vec<String>, Vec<SecretHash>), PageError> {
    let codes = recovery_code::new_codes().ok_or(Problem::from(StoreError::Unavailable))?;
    let hashes = codes.iter().filter_map(|code| recovery_code::hash(code)).collect();
    Ok((codes, hashes))
}
