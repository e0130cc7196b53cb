//! Signing in and out: passwords, throttles, second factors, sessions that end.

use hearth::http::accounts::totp;
use hearth::http::accounts::{password_hash, recovery_code};
use hearth::store::accounts::{account, recovery_codes};

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::signing_in::{Person, cookie_of, form};

const PASSWORD: &str = "tuba-gletscher-07";
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A Hearth with one account, `ada`, an administrator.
fn with_ada() -> (Hearth, i64) {
    let hearth = Hearth::start();
    let hash = password_hash::hash(PASSWORD).unwrap();
    let ada = hearth.store().administer(|file, now_ms| Ok(account::add(file, "Ada", &hash, true, now_ms)?)).unwrap();
    (hearth, ada.unwrap())
}

fn sign_in(hearth: &Hearth, name: &str, password: &str) -> Answer {
    hearth.send(&form("/login", &[("username", name), ("password", password), ("next", "/account/profile")]))
}

fn is_signed_in(hearth: &Hearth, cookie: &str) -> bool {
    hearth.send(&Request::get("/account/profile").header("cookie", cookie)).status == 200
}

fn person(account: i64, cookie: String) -> Person {
    let secret = cookie.split_once('=').unwrap().1.to_owned();
    let hearth::http::accounts::sessions::Shown::Session { form_token, .. } =
        hearth::http::accounts::sessions::Shown::session(&secret)
    else {
        unreachable!()
    };
    Person { account, session: 0, cookie, form_token }
}

#[test]
fn the_right_password_opens_a_new_session_and_goes_on() {
    let (hearth, _) = with_ada();
    let answer = sign_in(&hearth, " aDA ", PASSWORD);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/profile")));
    let field = answer.header("set-cookie").unwrap();
    assert!(
        field.starts_with("hearth=") && field.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"),
        "{field}"
    );
    let cookie = cookie_of(&answer);
    assert!(is_signed_in(&hearth, &cookie));
    // What a browser had before is not what it has afterwards, and is worth nothing.
    let again =
        hearth.send(&form("/login", &[("username", "ada"), ("password", PASSWORD)]).header("cookie", cookie.as_str()));
    assert_ne!(cookie_of(&again), cookie);
    assert!(is_signed_in(&hearth, &cookie_of(&again)) && !is_signed_in(&hearth, &cookie));
    assert_eq!(hearth.count_rows("account_session"), 1);
}

#[test]
fn behind_https_the_cookie_is_bound_to_the_host() {
    let hearth = Hearth::with(&["server.public_url=https://stats.example.org"]);
    let hash = password_hash::hash(PASSWORD).unwrap();
    hearth.store().administer(|file, now_ms| Ok(account::add(file, "Ada", &hash, true, now_ms)?)).unwrap();
    let answer = sign_in(&hearth, "ada", PASSWORD);
    let field = answer.header("set-cookie").unwrap();
    assert!(field.starts_with("__Host-hearth=") && field.ends_with("; Secure"), "{field}");
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    let secret = cookie_of(&answer).replace("__Host-hearth=", "hearth=");
    assert!(!is_signed_in(&hearth, &secret), "only under its own name");
}

#[test]
fn a_wrong_name_and_a_wrong_password_look_the_same_and_cost_the_same() {
    let (hearth, _) = with_ada();
    let wrong_password = sign_in(&hearth, "ada", "tuba-gletscher-08");
    let wrong_name = sign_in(&hearth, "bob", "tuba-gletscher-08");
    assert_eq!((wrong_password.status, wrong_name.status), (401, 401));
    assert_eq!(wrong_password.text().replace("ada", "bob"), wrong_name.text());
    // That the dummy is computed, `Passwords` tests; here that it is what a locked out account gets, too.
    hearth.file().execute("UPDATE account SET disabled_at_ms = 1", []).unwrap();
    hearth.admin();
    assert_eq!(sign_in(&hearth, "ada", PASSWORD).text().replace("ada", "bob"), wrong_name.text());
}

#[test]
fn an_address_may_be_wrong_five_times_a_minute() {
    let (hearth, _) = with_ada();
    for _ in 0..5 {
        assert_eq!(sign_in(&hearth, "ada", "wrong-wrong-wrong").status, 401);
    }
    let refused = sign_in(&hearth, "ada", PASSWORD);
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("60")));
    hearth.clock.advance_ms(MINUTE_MS + 1);
    assert_eq!(sign_in(&hearth, "ada", PASSWORD).status, 303);
}

#[test]
fn a_name_may_be_wrong_twenty_times_an_hour() {
    let (hearth, _) = with_ada();
    for _ in 0..4 {
        for _ in 0..5 {
            // Too long to be anybody's: it counts, and costs no hashing.
            assert_eq!(sign_in(&hearth, "ada", &"x".repeat(129)).status, 401);
        }
        hearth.clock.advance_ms(MINUTE_MS + 1);
    }
    assert_eq!(sign_in(&hearth, "ada", PASSWORD).status, 429);
    assert_eq!(sign_in(&hearth, "bob", PASSWORD).status, 401, "others are not held up");
    hearth.clock.advance_ms(HOUR_MS);
    assert_eq!(sign_in(&hearth, "ada", PASSWORD).status, 303);
}

#[test]
fn nobody_is_sent_to_another_server() {
    let (hearth, _) = with_ada();
    for next in ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/\r\nSet-Cookie: x=1", ""]
    {
        let answer = hearth.send(&form("/login", &[("username", "ada"), ("password", PASSWORD), ("next", next)]));
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{next:?}");
    }
}

#[test]
fn sessions_end_when_idle_when_old_and_when_signed_out() {
    let (hearth, ada) = with_ada();
    let cookie = cookie_of(&sign_in(&hearth, "ada", PASSWORD));
    for _ in 0..13 {
        hearth.clock.advance_ms(11 * HOUR_MS);
        assert!(is_signed_in(&hearth, &cookie), "used every eleven hours");
    }
    assert!(hearth.send(&Request::get("/api/v1/projects").header("cookie", cookie.as_str())).status == 200);
    hearth.clock.advance_ms(11 * HOUR_MS);
    assert!(is_signed_in(&hearth, &cookie));
    hearth.clock.advance_ms(11 * HOUR_MS);
    assert!(is_signed_in(&hearth, &cookie), "165 of 168 hours");
    hearth.clock.advance_ms(4 * HOUR_MS);
    assert!(!is_signed_in(&hearth, &cookie), "a week is over");

    let cookie = cookie_of(&sign_in(&hearth, "ada", PASSWORD));
    hearth.clock.advance_ms(12 * HOUR_MS + MINUTE_MS);
    assert!(!is_signed_in(&hearth, &cookie), "not used for twelve hours");

    let cookie = cookie_of(&sign_in(&hearth, "ada", PASSWORD));
    let answer = hearth.post_as(&person(ada, cookie.clone()), "/logout", &[]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert!(answer.header("set-cookie").unwrap().starts_with("hearth=; Path=/; Max-Age=0"));
    assert!(!is_signed_in(&hearth, &cookie));
    let reused = hearth.send(&Request::get("/api/v1/projects").header("cookie", cookie.as_str()));
    reused.refused(401, "missing_read_token");
}

#[test]
fn a_changed_password_ends_every_session_but_gives_this_browser_a_new_one() {
    let (hearth, ada) = with_ada();
    let other = cookie_of(&sign_in(&hearth, "ada", PASSWORD));
    let mine = cookie_of(&sign_in(&hearth, "ada", PASSWORD));
    let change = |current: &str, new: &str, repeated: &str| {
        let fields = [("current", current), ("password", new), ("repeated", repeated)];
        hearth.post_as(&person(ada, mine.clone()), "/account/security/password", &fields)
    };
    let new = "zwölf-boxer-jagen";
    assert_eq!(change("wrong-wrong-wrong", new, new).status, 401);
    assert_eq!(change(PASSWORD, new, "something-else-7").status, 400);
    assert_eq!(change(PASSWORD, "password1234", "password1234").status, 400);
    assert!(is_signed_in(&hearth, &other));
    let answer = change(PASSWORD, new, new);
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(!is_signed_in(&hearth, &other) && !is_signed_in(&hearth, &mine));
    assert!(is_signed_in(&hearth, &cookie_of(&answer)));
    assert_eq!(sign_in(&hearth, "ada", PASSWORD).status, 401);
    assert_eq!(sign_in(&hearth, "ada", new).status, 303);
}

#[test]
fn sessions_are_listed_and_revoked() {
    let (hearth, ada) = with_ada();
    let other = cookie_of(&hearth.send(
        &form("/login", &[("username", "ada"), ("password", PASSWORD)]).header("user-agent", "Other <b>Browser</b>"),
    ));
    let mine = person(ada, cookie_of(&sign_in(&hearth, "ada", PASSWORD)));
    let page = hearth.page_as(&mine, "/account/security").ok().text();
    assert!(page.contains("Other &#60;b&#62;Browser") || page.contains("Other &lt;b&gt;Browser"), "{page}");
    let sql = "SELECT id FROM account_session WHERE user_agent LIKE 'Other%'";
    let id: i64 = hearth.file().query_row(sql, [], |row| row.get(0)).unwrap();
    let stranger = hearth.person("stranger", false, &[]);
    let end =
        |person: &Person, id: &str| hearth.post_as(person, "/account/security/sessions", &[("session", id)]).status;
    assert_eq!(end(&stranger, &id.to_string()), 404, "somebody else's");
    assert!(is_signed_in(&hearth, &other));
    assert_eq!(end(&mine, &id.to_string()), 303);
    assert!(!is_signed_in(&hearth, &other));
    let other = cookie_of(&sign_in(&hearth, "ada", PASSWORD));
    assert_eq!(end(&mine, "others"), 303);
    assert!(!is_signed_in(&hearth, &other) && is_signed_in(&hearth, &mine.cookie));
    assert!(is_signed_in(&hearth, &stranger.cookie));
}

/// Gives the account a second factor.
fn with_factor(hearth: &Hearth, account: i64) -> Vec<u8> {
    let secret = totp::new_secret().unwrap();
    hearth.store().administer(|file, _| Ok(account::set_totp(file, account, Some(&secret), 0)?)).unwrap();
    secret
}

/// The first step; gives what the browser has then.
fn first_step(hearth: &Hearth) -> String {
    let answer = sign_in(hearth, "ada", PASSWORD);
    assert_eq!(answer.header("location"), Some("/login/code?next=%2Faccount%2Fprofile"));
    let cookie = cookie_of(&answer);
    assert!(cookie.starts_with("hearth_pending="));
    assert!(!is_signed_in(hearth, &cookie.replace("hearth_pending", "hearth")));
    cookie
}

fn second_step(hearth: &Hearth, pending: &str, code: &str) -> Answer {
    hearth.send(&form("/login/code", &[("code", code), ("next", "/account/profile")]).header("cookie", pending))
}

#[test]
fn a_second_factor_is_needed_and_no_code_counts_twice() {
    let (hearth, ada) = with_ada();
    let secret = with_factor(&hearth, ada);
    let code = totp::code(&secret, NOW_MS / 30_000);
    let pending = first_step(&hearth);
    assert_eq!(second_step(&hearth, &pending, "000000").status, 401);
    assert_eq!(second_step(&hearth, "hearth_pending=made-up", &code).header("location"), Some("/login"));
    let answer = second_step(&hearth, &pending, &code);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/profile")));
    assert!(is_signed_in(&hearth, &cookie_of(&answer)));

    hearth.clock.advance_ms(MINUTE_MS / 4);
    let pending = first_step(&hearth);
    assert_eq!(second_step(&hearth, &pending, &code).status, 401, "used already");
    let earlier = totp::code(&secret, NOW_MS / 30_000 - 1);
    assert_eq!(second_step(&hearth, &pending, &earlier).status, 401, "an older one than the one that was used");
    hearth.clock.advance_ms(2 * MINUTE_MS);
    let now = totp::code(&secret, (NOW_MS + 2 * MINUTE_MS + MINUTE_MS / 4) / 30_000);
    assert_eq!(second_step(&hearth, &pending, &now).status, 303);
    assert_eq!(second_step(&hearth, &pending, &now).header("location"), Some("/login"), "the sign-in is over");
}

#[test]
fn a_sign_in_does_not_wait_for_its_code_for_ever_nor_through_a_new_password() {
    let (hearth, ada) = with_ada();
    let secret = with_factor(&hearth, ada);
    let pending = first_step(&hearth);
    hearth.clock.advance_ms(10 * MINUTE_MS);
    let code = totp::code(&secret, (NOW_MS + 10 * MINUTE_MS) / 30_000);
    assert_eq!(second_step(&hearth, &pending, &code).header("location"), Some("/login"));
    let pending = first_step(&hearth);
    hearth.store().administer(|file, _| Ok(account::set_password(file, ada, "another")?)).unwrap();
    assert_eq!(second_step(&hearth, &pending, &code).header("location"), Some("/login"));
}

#[test]
fn codes_are_throttled_as_passwords_are() {
    let (hearth, ada) = with_ada();
    let secret = with_factor(&hearth, ada);
    let pending = first_step(&hearth);
    for _ in 0..5 {
        assert_eq!(second_step(&hearth, &pending, "000000").status, 401);
    }
    let code = totp::code(&secret, NOW_MS / 30_000);
    assert_eq!(second_step(&hearth, &pending, &code).status, 429);
}

#[test]
fn a_recovery_code_counts_once() {
    let (hearth, ada) = with_ada();
    with_factor(&hearth, ada);
    let codes = recovery_code::new_codes().unwrap();
    let hashes: Vec<_> = codes.iter().map(|code| recovery_code::hash(code).unwrap()).collect();
    hearth.store().administer(|file, _| Ok(recovery_codes::replace(file, ada, &hashes)?)).unwrap();
    let answer = second_step(&hearth, &first_step(&hearth), &codes[3].to_uppercase());
    assert!(is_signed_in(&hearth, &cookie_of(&answer)));
    assert_eq!(second_step(&hearth, &first_step(&hearth), &codes[3]).status, 401);
    assert_eq!(hearth.count_rows("recovery_code"), 9);
}

#[test]
fn a_second_factor_is_switched_on_by_a_code_and_off_by_the_password() {
    let (hearth, ada) = with_ada();
    let mine = person(ada, cookie_of(&sign_in(&hearth, "ada", PASSWORD)));
    let page = hearth.page_as(&mine, "/account/security").ok().text();
    let (_, after) = page.split_once("<p class=\"secret\"><code>").unwrap();
    let secret = from_base32(after.split_once('<').unwrap().0);
    let switch_on = |code: &str| hearth.post_as(&mine, "/account/security/factor", &[("code", code)]);
    assert_eq!(switch_on("000000").status, 400);
    let code = totp::code(&secret, NOW_MS / 30_000);
    let page = switch_on(&code).ok().text();
    assert!(page.contains("10 recovery codes are left"), "{page}");
    assert_eq!(hearth.count_rows("recovery_code"), 10);
    let pending = first_step(&hearth);
    assert_eq!(second_step(&hearth, &pending, &code).status, 401, "it was used to switch it on");
    let off = |password: &str| hearth.post_as(&mine, "/account/security/factor/off", &[("current", password)]).status;
    assert_eq!(off("wrong-wrong-wrong"), 401);
    assert_eq!(off(PASSWORD), 303);
    assert_eq!(sign_in(&hearth, "ada", PASSWORD).header("location"), Some("/account/profile"));
    assert_eq!(hearth.count_rows("recovery_code"), 0);
}

fn from_base32(text: &str) -> Vec<u8> {
    let mut bits = 0_u64;
    let (mut count, mut bytes) = (0, Vec::new());
    for letter in text.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        bits = bits << 5 | value as u64;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 255) as u8);
        }
    }
    bytes
}

#[test]
fn a_huge_password_and_a_huge_cookie_are_refused_before_they_cost_anything() {
    let (hearth, _) = with_ada();
    let huge = sign_in(&hearth, "ada", &"p".repeat(1_000_000));
    assert!((400..500).contains(&huge.status), "{}", huge.status);
    let cookie = hearth.send(&Request::get("/login").header("cookie", format!("hearth={}", "a".repeat(65_536))));
    assert!((400..500).contains(&cookie.status), "{}", cookie.status);
}
