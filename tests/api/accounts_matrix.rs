//! Everybody at every page: what `rules` says, and nothing else, decides who is let in.

use hearth::dashboard::access::rules::{Need, RULES, Rule};
use hearth::domain::role::Role;
use hearth::store::accounts::{account, sessions};

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::signing_in::{Person, form};

/// Longer than any session may be idle, in milliseconds.
const TWO_DAYS_MS: i64 = 2 * 24 * 60 * 60 * 1000;

/// Somebody who asks.
struct Persona {
    name: &'static str,
    cookie: Option<String>,
    form_token: String,
    /// Whether this is an account that is signed in.
    is_signed_in: bool,
    is_admin: bool,
    role: Option<Role>,
}

impl Persona {
    fn account(name: &'static str, person: Person, is_admin: bool, role: Option<Role>) -> Self {
        let Person { cookie, form_token, .. } = person;
        Self { name, cookie: Some(cookie), form_token, is_signed_in: true, is_admin, role }
    }

    fn nobody(name: &'static str, cookie: Option<String>) -> Self {
        Self { name, cookie, form_token: String::new(), is_signed_in: false, is_admin: false, role: None }
    }

    fn is_allowed(&self, rule: &Rule) -> bool {
        match rule.need {
            Need::Anyone | Need::SetUp => true,
            Need::SignedIn => self.is_signed_in,
            Need::Installation => self.is_admin,
            // Whoever came by a share link has no form token, and changes nothing.
            Need::Project(least) => self.role >= Some(least) && (rule.method == "GET" || self.is_signed_in),
        }
    }
}

fn personas(hearth: &Hearth) -> Vec<Persona> {
    let project = hearth.project.id.as_str();
    let other = hearth.add_project("Other").id;
    let member = |name: &'static str, role: Role| {
        Persona::account(name, hearth.person(name, false, &[(project, role)]), false, Some(role))
    };
    let expired = hearth.person("expired", true, &[]);
    hearth.clock.advance_ms(TWO_DAYS_MS);
    let revoked = hearth.person("revoked", true, &[]);
    hearth.store().administer(|file, _| Ok(sessions::end(file, revoked.account, revoked.session)?)).unwrap();
    let locked_out = hearth.person("locked out", true, &[]);
    // Not by `disable`, which would end the session as well.
    let sql = "UPDATE account SET disabled_at_ms = 1 WHERE id = ?1";
    hearth.file().execute(sql, [locked_out.account]).unwrap();
    let shared = hearth.share(project, None, None);
    let shared_elsewhere = hearth.share(&other, None, None);
    vec![
        Persona::nobody("nobody", None),
        Persona::nobody("made up", Some("hearth=made-up".to_owned())),
        Persona::nobody("expired session", Some(expired.cookie)),
        Persona::nobody("revoked session", Some(revoked.cookie)),
        Persona::nobody("locked out", Some(locked_out.cookie)),
        Persona::account("no role", hearth.person("no role", false, &[]), false, None),
        Persona::account("wrong project", hearth.person("wrong", false, &[(&other, Role::Owner)]), false, None),
        member("viewer", Role::Viewer),
        member("editor", Role::Editor),
        member("project admin", Role::Admin),
        member("owner", Role::Owner),
        Persona::account("administrator", hearth.person("root", true, &[]), true, Some(Role::Owner)),
        Persona { role: Some(Role::Viewer), ..Persona::nobody("share link", Some(hearth.open_share(&shared))) },
        Persona::nobody("other share link", Some(hearth.open_share(&shared_elsewhere))),
    ]
}

/// The path of a rule, with things that are there or are not.
fn path(hearth: &Hearth, rule: &Rule) -> String {
    rule.pattern
        .split('/')
        .map(|part| match part {
            "{project}" => hearth.project.id.as_str(),
            "{choice}" => "dark",
            part if part.starts_with('{') => "999999",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

fn ask(hearth: &Hearth, persona: &Persona, rule: &Rule) -> Answer {
    let path = path(hearth, rule);
    let request = match rule.method {
        "GET" => Request::get(path),
        _ => form(path, &[("form_token", &persona.form_token), ("expires", "never")]),
    };
    hearth.send(&match &persona.cookie {
        Some(cookie) => request.header("cookie", cookie.as_str()),
        None => request,
    })
}

/// Whether the guard has refused, whatever a handler would have said.
fn is_refused(answer: &Answer) -> bool {
    let is_sent_to_the_sign_in = answer.header("location").is_some_and(|to| to.starts_with("/login?next="));
    let codes = ["not_allowed", "signed_out", "foreign_form", "project_not_found", "not_set_up"];
    is_sent_to_the_sign_in || codes.iter().any(|code| answer.text().contains(&format!("<code>{code}</code>")))
}

#[test]
fn everybody_is_let_in_exactly_where_the_rules_say() {
    let hearth = Hearth::start();
    hearth.admin();
    let personas = personas(&hearth);
    for rule in RULES.iter().filter(|rule| rule.pattern != "/logout") {
        for persona in &personas {
            let answer = ask(&hearth, persona, rule);
            let what = format!("{} at {} {}: {}", persona.name, rule.method, rule.pattern, answer.status);
            if persona.is_allowed(rule) {
                assert!(!is_refused(&answer), "{what}\n{}", answer.text());
                assert!(answer.status < 500, "{what}\n{}", answer.text());
            } else {
                assert!(is_refused(&answer), "{what}\n{}", answer.text());
                assert!([303, 401, 403, 404].contains(&answer.status), "{what}");
            }
        }
    }
}

#[test]
fn the_matrix_covers_what_it_should() {
    let hearth = Hearth::start();
    hearth.admin();
    let personas = personas(&hearth);
    let allowed = |rule: &Rule| personas.iter().filter(|persona| persona.is_allowed(rule)).count();
    for rule in RULES {
        let everybody = personas.len();
        match rule.need {
            Need::Anyone | Need::SetUp => assert_eq!(allowed(rule), everybody),
            Need::Installation => assert_eq!(allowed(rule), 1, "{}", rule.pattern),
            Need::SignedIn => assert_eq!(allowed(rule), 7, "{}", rule.pattern),
            Need::Project(_) => assert!((1..=6).contains(&allowed(rule)), "{}", rule.pattern),
        }
    }
    let names = hearth.store().read(|file| Ok(account::list(file)?.len())).unwrap();
    assert_eq!(names, 11);
}
