//! Another configuration while it runs: what counts at once, what waits for a restart, and that mistakes change nothing.

use hearth::config::{AllowedOrigins, Config};

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{batch, click};

fn statuses(hearth: &Hearth, count: usize) -> Vec<u16> {
    let body = batch("s", &[click("e", 0)]).to_string();
    (0..count).map(|_| hearth.send(&Request::ingest(&hearth.project.key, body.clone())).status).collect()
}

#[test]
fn limits_count_at_once() {
    let hearth = Hearth::start();
    assert_eq!(statuses(&hearth, 3), [200; 3]);
    let reloaded = hearth.reload(|config| config.heat.rate_limit.max = 4).unwrap();
    assert_eq!(reloaded.applied, ["heat.rate_limit.max"]);
    assert!(reloaded.needs_restart.is_empty());
    assert_eq!(statuses(&hearth, 3), [200, 429, 429]);
    hearth.reload(|config| config.heat.max_body_bytes = 10).unwrap();
    assert_eq!(statuses(&hearth, 1), [413]);
}

#[test]
fn who_is_believed_can_be_changed() {
    let hearth = Hearth::with(&["heat.rate_limit.unknown_key_max=1", "server.trusted_proxies="]);
    let guess =
        |address: &str| hearth.send(&Request::ingest("hk_nobody", "{}").header("x-forwarded-for", address)).status;
    assert_eq!([guess("203.0.113.1"), guess("203.0.113.2")], [401, 429], "one address to us");
    hearth.clock.advance_ms(60_000);
    hearth.reload(|config| config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
    assert_eq!([guess("203.0.113.1"), guess("203.0.113.2"), guess("203.0.113.1")], [401, 401, 429]);
    assert_eq!(
        [guess("2001:db8::1"), guess("2001:db8::2"), guess("2001:db8:0:1::1")],
        [401, 429, 401],
        "a /64 of IPv6 is one"
    );
}

#[test]
fn origins_go_from_a_list_to_a_list() {
    let mut hearth = Hearth::with(&["heat.allowed_origins=https://a.test"]);
    let allows = |hearth: &Hearth, origin: &str| {
        let preflight = Request::new("OPTIONS", "/ingest").header("origin", origin);
        let answer = hearth.send(&preflight.header("access-control-request-method", "POST"));
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(allows(&hearth, "https://a.test").as_deref(), Some("https://a.test"));
    assert_eq!(allows(&hearth, "https://b.test"), None);
    let only = |origin: &str| AllowedOrigins::Only(vec![origin.to_owned()]);
    hearth.reload(|config| config.heat.allowed_origins = only("https://b.test")).unwrap();
    assert_eq!(allows(&hearth, "https://a.test"), None);
    assert_eq!(allows(&hearth, "https://b.test").as_deref(), Some("https://b.test"));
    let any = hearth.reload(|config| config.heat.allowed_origins = AllowedOrigins::Any).unwrap();
    assert_eq!(any.needs_restart, ["heat.allowed_origins"]);
    hearth.restart_with(|config| config.heat.allowed_origins = AllowedOrigins::Any);
    assert_eq!(allows(&hearth, "https://c.test").as_deref(), Some("*"));
}

#[test]
fn what_needs_a_restart_is_told_and_mistakes_change_nothing() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let change = |config: &mut Config| {
        config.heat.rate_limit.max = 1;
        config.storage.readers = 7;
        config.traffic.dashboard.password = "not-to-be-shown".into();
    };
    let reloaded = hearth.reload(change).unwrap();
    assert_eq!(reloaded.needs_restart, ["storage.readers", "traffic.dashboard.password"]);
    let text = hearth.page_as(&admin, "/admin/config").ok().text();
    assert!(text.contains("<code>storage.readers</code>") && text.contains("after a restart"));
    assert!(!text.contains("not-to-be-shown"));

    let refused = hearth.reload(|config| {
        config.heat.rate_limit.max = 1_000;
        config.geo.database = Some("/nowhere/<b>.mmdb".into());
    });
    let mistakes = refused.unwrap_err();
    assert!(mistakes[0].starts_with("geo.database: cannot read /nowhere/<b>.mmdb"), "{mistakes:?}");
    assert_eq!(statuses(&hearth, 2), [200, 429], "the limit of before");
    let text = hearth.page_as(&admin, "/admin/config").ok().text();
    assert!(text.contains("is refused") && text.contains("/nowhere/&#60;b&#62;.mmdb"));
}

#[test]
fn the_page_of_the_address_tells_what_it_sees_and_what_is_missing() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let page = |fields: &[(&str, &str)]| {
        let mut request = Request::get("/admin/address").header("cookie", admin.cookie.clone());
        for (name, value) in fields {
            request = request.header(name, *value);
        }
        hearth.send(&request).ok().text()
    };
    let alone = page(&[]);
    assert!(alone.contains("the address I see: <code>127.0.0.1</code>") && alone.contains("Nobody else is named"));
    let named = page(&[("x-forwarded-for", "203.0.113.7, <script>"), ("forwarded", "for=\"[2001:db8::1]\"")]);
    assert!(named.contains("trusted_proxies = [&#34;loopback&#34;]"), "{named}");
    assert!(named.contains("&#60;script&#62;") && !named.contains("<script>") && named.contains("for=&#34;["));
    hearth
        .reload(|config| {
            let loopback = ["127.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap());
            config.server.trusted_proxies = loopback.to_vec();
        })
        .unwrap();
    let trusted = page(&[("x-forwarded-for", "203.0.113.7")]);
    assert!(trusted.contains("the address I see: <code>203.0.113.7</code>") && !trusted.contains("trusted_proxies = "));
    assert!(trusted.contains("<dd>loopback</dd>"));
}
