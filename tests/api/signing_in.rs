//! People who are signed in, without going through the sign-in: their rows are written as it would write them.

use hearth::domain::id::ProjectId;
use hearth::domain::role::Role;
use hearth::http::accounts::password_hash;
use hearth::http::accounts::sessions::{Shown, new_secret};
use hearth::store::accounts::share_links::{self, NewShareLink};
use hearth::store::accounts::{account, roles, sessions};
use hearth::store::registry;

use crate::client::{Answer, Request};
use crate::installation::Hearth;

/// Somebody with a session.
#[derive(Debug, Clone)]
pub struct Person {
    pub account: i64,
    pub session: i64,
    /// What the browser sends as `Cookie`.
    pub cookie: String,
    /// What its forms send as `form_token`.
    pub form_token: String,
}

impl Hearth {
    /// An administrator of the installation, who may see and change everything.
    pub fn admin(&self) -> Person {
        self.person("admin", true, &[])
    }

    /// Somebody with roles, by the public ids of projects.
    pub fn person(&self, name: &str, is_admin: bool, has: &[(&str, Role)]) -> Person {
        let now_ms = hearth::domain::clock::Clock::now_ms(self.clock.as_ref());
        let secret = new_secret().unwrap();
        let Shown::Session { hash, form_token } = Shown::session(&secret) else { unreachable!() };
        let (account, session) = self
            .store()
            .administer(|file, _| {
                let known = account::find(file, name)?.map(|known| known.id);
                let account = match known {
                    Some(known) => known,
                    None => account::add(file, name, "no password", is_admin, now_ms)?.unwrap(),
                };
                for (project, role) in has {
                    roles::set(file, account, project_id(file, project), Some(*role))?;
                }
                Ok((account, sessions::begin(file, account, &hash, "test", now_ms)?))
            })
            .unwrap();
        Person { account, session, cookie: format!("hearth={secret}"), form_token }
    }

    /// A page as the administrator sees it.
    pub fn page(&self, path: impl Into<String>) -> Answer {
        self.page_as(&self.admin(), path)
    }

    /// A page as somebody sees it.
    pub fn page_as(&self, person: &Person, path: impl Into<String>) -> Answer {
        self.send(&Request::get(path).header("cookie", person.cookie.clone()))
    }

    /// Sends a form as somebody does, with the form token.
    pub fn post_as(&self, person: &Person, path: impl Into<String>, fields: &[(&str, &str)]) -> Answer {
        let fields = [fields, &[("form_token", &person.form_token)]].concat();
        self.send(&form(path, &fields).header("cookie", person.cookie.clone()))
    }
}

/// A form without cookies and tokens.
pub fn form(path: impl Into<String>, fields: &[(&str, &str)]) -> Request {
    let body = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&");
    Request::new("POST", path).header("content-type", "application/x-www-form-urlencoded").body(body)
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The row id of a project.
pub fn project_id(file: &rusqlite::Connection, public_id: &str) -> ProjectId {
    registry::find_project(file, public_id.parse().unwrap()).unwrap().unwrap()
}

impl Hearth {
    /// The secret of a new share link of a project.
    pub fn share(&self, project: &str, password: Option<&str>, expires_at_ms: Option<i64>) -> String {
        let secret = registry::new_secret("hs_").unwrap();
        let password_hash = password.map(|password| password_hash::hash(password).unwrap());
        self.store()
            .administer(|file, now_ms| {
                let link = NewShareLink {
                    project: project_id(file, project),
                    hash: registry::hash_secret(&secret),
                    prefix: &registry::secret_prefix(&secret),
                    name: "",
                    password_hash: password_hash.as_deref(),
                    created_by: account::list(file)?[0].id,
                    expires_at_ms,
                };
                Ok(share_links::add(file, &link, now_ms)?)
            })
            .unwrap();
        secret
    }

    /// What a browser keeps of a share link without a password.
    pub fn open_share(&self, secret: &str) -> String {
        let answer = self.send(&Request::get(format!("/share/{secret}")));
        assert_eq!(answer.status, 303, "{}", answer.text());
        cookie_of(&answer)
    }
}

/// The cookie that an answer sets, as the browser sends it back.
#[track_caller]
pub fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}
