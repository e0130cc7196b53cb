//! The first set-up: one link, once, for a day, and no default password.

use std::os::unix::fs::PermissionsExt;

use hearth::store::accounts::account;
use hearth::store::connection::with_suffix;

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::signing_in::{cookie_of, form};

const PASSWORD: &str = "tuba-gletscher-07";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn token(hearth: &Hearth) -> String {
    hearth.setup_url().unwrap().split_once("/setup?token=").unwrap().1.to_owned()
}

fn submit(hearth: &Hearth, token: &str) -> Answer {
    let fields = [("token", token), ("username", "Ada"), ("password", PASSWORD), ("repeated", PASSWORD)];
    hearth.send(&form("/setup", &fields))
}

fn open(hearth: &Hearth, token: &str) -> u16 {
    hearth.send(&Request::get(format!("/setup?token={token}"))).status
}

#[test]
fn the_link_makes_the_first_administrator_once() {
    let hearth = Hearth::start();
    let token = token(&hearth);
    assert_eq!(token.len(), 32, "128 bits");
    assert_eq!((open(&hearth, &token), open(&hearth, "made-up"), open(&hearth, "")), (200, 403, 403));
    let fields = [("token", token.as_str()), ("username", "Ada"), ("password", "short"), ("repeated", "short")];
    assert_eq!(hearth.send(&form("/setup", &fields)).status, 400);
    assert_eq!(submit(&hearth, "made-up").status, 403);
    let made = submit(&hearth, &token);
    assert_eq!((made.status, made.header("location")), (303, Some("/setup/project")));
    let cookie = cookie_of(&made);
    let next = hearth.send(&Request::get("/setup/project").header("cookie", cookie.as_str())).ok();
    assert!(next.text().contains("Europe/Berlin"));
    // Used up.
    assert_eq!((open(&hearth, &token), submit(&hearth, &token).status), (403, 403));
    assert_eq!(hearth.count_rows("account"), 1);
    assert!(!with_suffix(&hearth.config.storage.path, ".setup-url").exists());
}

#[test]
fn the_first_project_gets_a_name_and_a_zone() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let send =
        |name: &str, zone: &str| hearth.post_as(&admin, "/setup/project", &[("name", name), ("time_zone", zone)]);
    assert_eq!(send("", "UTC").status, 400);
    assert_eq!(send("Shop", "Europe/Atlantis").status, 400);
    let answer = send("Shop", "Europe/Berlin");
    let install = format!("/p/{}/settings/install", hearth.project.id);
    assert_eq!((answer.status, answer.header("location")), (303, Some(install.as_str())));
    let sql = "SELECT name || ' ' || time_zone FROM project";
    assert_eq!(hearth.file().query_row(sql, [], |row| row.get::<_, String>(0)).unwrap(), "Shop Europe/Berlin");
}

#[test]
fn the_link_is_valid_for_a_day_and_until_the_next_start() {
    let mut hearth = Hearth::start();
    let first = token(&hearth);
    hearth.clock.advance_ms(DAY_MS - 1);
    assert_eq!(open(&hearth, &first), 200);
    hearth.clock.advance_ms(1);
    assert_eq!((open(&hearth, &first), submit(&hearth, &first).status), (403, 403));
    hearth.restart();
    let second = token(&hearth);
    assert_ne!(first, second);
    hearth.restart();
    let third = token(&hearth);
    assert_eq!([&first, &second, &third].map(|token| open(&hearth, token)), [403, 403, 200]);
}

#[test]
fn the_link_is_in_a_file_that_only_the_owner_can_read() {
    let mut hearth = Hearth::start();
    let file = with_suffix(&hearth.config.storage.path, ".setup-url");
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim_end(), hearth.setup_url().unwrap());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // A command beside the server makes an administrator: the next start has no link.
    hearth.store().administer(|file, now_ms| Ok(account::add(file, "Ada", "x", true, now_ms)?)).unwrap();
    let made_before = token(&hearth);
    assert_eq!(open(&hearth, &made_before), 403);
    hearth.restart();
    assert_eq!(hearth.setup_url(), None);
    assert!(!file.exists());
}

#[test]
fn an_account_that_is_no_administrator_does_not_end_the_set_up() {
    let hearth = Hearth::start();
    let viewer = hearth.person("viewer", false, &[]);
    assert_eq!(hearth.page_as(&viewer, "/account/profile").status, 403);
    assert_eq!(open(&hearth, &token(&hearth)), 200);
}
