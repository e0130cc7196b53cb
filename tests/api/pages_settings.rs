//! Settings, the installation's pages and help: what forms change, what they refuse, what pages say.

use hearth::domain::role::Role;
use serde_json::{Value, json};

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::NOW_MS;

/// What nobody may find unescaped on a page.
const HOSTILE: &str = "<img src=x onerror=alert(1)>";

fn settings(hearth: &Hearth, page: &str) -> String {
    format!("/p/{}/settings/{page}", hearth.project.id)
}

#[test]
fn a_project_gets_name_zone_and_source_of_visits() {
    let hearth = Hearth::start();
    hearth.add_project("Other");
    let admin = hearth.admin();
    let path = settings(&hearth, "general");
    let save = |name: &str, zone: &str| {
        hearth.post_as(&admin, &path, &[("name", name), ("zone", zone), ("visits_from", "browser")])
    };
    assert_eq!(save(HOSTILE, "Europe/Berlin").status, 303);
    let page = hearth.page(&path).text();
    assert!(page.contains("<option selected>Europe/Berlin</option>"));
    assert!(page.contains("value=\"browser\" checked") && !page.contains(HOSTILE));
    for (name, zone, error) in [
        ("", "UTC", "Write 1 to 100 characters."),
        ("Shop", "Mars/Olympus", "There is no such time zone."),
        ("Other", "UTC", "Another project has this name."),
    ] {
        let refused = save(name, zone);
        assert_eq!(refused.status, 422, "{name} {zone}");
        assert!(refused.text().contains(error), "{error}");
    }
    let viewer = hearth.person("viewer", false, &[(&hearth.project.id, Role::Viewer)]);
    let page = hearth.page_as(&viewer, &path);
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("<form method=\"post\" action=\"/p/"), "viewers read");
}

#[test]
fn a_key_is_shown_once_works_and_is_revoked() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let path = settings(&hearth, "keys");
    let made = hearth.post_as(&admin, &path, &[("sdk", "datalyr")]).text();
    let key = made.split("<code id=\"new-key\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(key.starts_with("dk_"), "{key}");
    let page = hearth.page(&path).text();
    assert!(!page.contains(&key) && page.contains(&key[..8]));
    let install = hearth.post_as(&admin, settings(&hearth, "install"), &[("key", &key)]).text();
    assert!(install.contains(&format!("data-key=&#34;{key}&#34;")), "{install}");
    let wrong = hearth.post_as(&admin, settings(&hearth, "install"), &[("key", "hk_wrong")]);
    assert_eq!(wrong.status, 422);
    assert!(!hearth.page(settings(&hearth, "install")).text().contains(&key));

    let row = page.split(&format!("{}…", &key[..8])).nth(1).unwrap();
    let id = row.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(hearth.post_as(&admin, format!("{path}/revoke"), &[("id", id)]).status, 303);
    assert_eq!(hearth.post_as(&admin, format!("{path}/revoke"), &[("id", id)]).status, 404);
    assert!(hearth.page(&path).text().contains("revoked "));
}

#[test]
fn workspace_and_origins_are_judged() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let save = |workspace: &str, origins: &str| {
        let fields = [("workspace", workspace), ("origins", origins)];
        hearth.post_as(&admin, settings(&hearth, "keys/pages"), &fields)
    };
    assert_eq!(save("ws_shop", "https://a.example\r\nhttps://*.b.example").status, 303);
    let page = hearth.page(settings(&hearth, "keys")).text();
    assert!(page.contains("value=\"ws_shop\"") && page.contains("https://a.example"));
    let refused = save("no spaces", "");
    assert_eq!(refused.status, 422);
    let refused = save("ws_shop", HOSTILE);
    assert_eq!(refused.status, 422);
    assert!(!refused.text().contains(HOSTILE) && refused.text().contains("is no origin"));
}

#[test]
fn the_install_page_hears_the_first_event() {
    let hearth = Hearth::start();
    let listening =
        || -> Value { serde_json::from_str(&hearth.page(settings(&hearth, "install/listening")).text()).unwrap() };
    assert_eq!(listening(), json!({"browser": null, "track": null, "traffic": null}));
    let event = json!({"event": "signup", "eventId": "1", "userId": "u", "timestamp": NOW_MS, "properties": {}});
    let sent = hearth.send(
        &Request::new("POST", "/track")
            .header("content-type", "application/json")
            .header("x-api-key", hearth.project.key.clone())
            .body(event.to_string()),
    );
    assert_eq!(sent.status, 200);
    assert!(listening()["track"].is_i64(), "{}", listening());
    let page = hearth.page(settings(&hearth, "install")).text();
    assert!(page.contains("App events, last") && page.contains("ws_"));
}

#[test]
fn goals_are_added_judged_and_removed() {
    let hearth = Hearth::start();
    hearth.admin();
    let editor = hearth.person("editor", false, &[(&hearth.project.id, Role::Editor)]);
    let path = settings(&hearth, "goals");
    let add = |kind: &str, pattern: &str| {
        hearth.post_as(&editor, &path, &[("name", HOSTILE), ("kind", kind), ("pattern", pattern)])
    };
    assert_eq!(add("page", "thanks").status, 422);
    assert_eq!(add("event", "*done").status, 422);
    assert_eq!(add("page", "/thanks*").status, 303);
    let page = hearth.page_as(&editor, &path).text();
    assert!(page.contains("/thanks*") && page.contains("<td class=\"number\">0</td>") && !page.contains(HOSTILE));
    let id = page.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(hearth.post_as(&editor, format!("{path}/delete"), &[("id", id)]).status, 303);
    assert!(!hearth.page_as(&editor, &path).text().contains("/thanks*"));
}

#[test]
fn filters_are_saved_from_the_bar_renamed_and_removed() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let bar = hearth.page(format!("/p/{}?f=device:is:phone", hearth.project.id)).text();
    let query = bar.split("name=\"query\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(query, "f=device%3Ais%3Aphone");
    let path = settings(&hearth, "filters");
    assert_eq!(hearth.post_as(&admin, &path, &[("name", "Phones"), ("query", query)]).status, 303);
    assert_eq!(hearth.post_as(&admin, &path, &[("name", "Nothing"), ("query", "x=1")]).status, 422);
    let page = hearth.page(&path).text();
    assert!(page.contains("Phones") && page.contains("Device is phone") && page.contains("f=device%3Ais%3Aphone"));
    let id = page.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let renamed = hearth.post_as(&admin, format!("{path}/rename"), &[("id", id), ("name", HOSTILE)]);
    assert_eq!(renamed.status, 303);
    assert!(!hearth.page(&path).text().contains(HOSTILE));
    assert_eq!(hearth.post_as(&admin, format!("{path}/delete"), &[("id", id)]).status, 303);
    assert!(hearth.page(&path).text().contains("There are none yet"));
}

#[test]
fn the_status_page_says_what_the_api_says() {
    let hearth = Hearth::start();
    let sent = hearth.send(&Request::ingest("hk_unknown", "{}"));
    assert_eq!(sent.status, 401);
    let page = hearth.page("/admin/status").text();
    let api: Value = serde_json::from_str(&hearth.get("/api/v1/status").text()).unwrap();
    let refused = api["refusals"]["unknown_project_key"].as_u64().unwrap();
    assert!(
        page.contains(&format!("<code>unknown_project_key</code></dt><dd class=\"number\">{refused}</dd>")),
        "{page}"
    );
    assert!(page.contains("Everything that is accepted is written to the disk."));
    assert!(page.contains("<dt>Last backup</dt><dd>none yet</dd>"), "nothing is said of backups that is not so");
    assert!(page.contains("hearth 0.") && page.contains("refused heat unknown_project_key: 1"), "the diagnostics");
    assert!(api["database_bytes"].as_u64().unwrap() > 0 && api["proxy"]["upstreams"] == json!([]));
}

#[test]
fn the_configuration_is_shown_without_its_secrets() {
    let hearth = Hearth::with(&["traffic.dashboard.username=ops", "traffic.dashboard.password=hunter2hunter2"]);
    let page = hearth.page("/admin/config").text();
    assert!(page.contains("[traffic.dashboard]") && page.contains("(hidden)") && !page.contains("hunter2"));
    for path in ["storage", "proxy", "projects"] {
        assert_eq!(hearth.page(format!("/admin/{path}")).status, 200, "{path}");
    }
}

#[test]
fn projects_are_added_and_renamed() {
    let hearth = Hearth::start();
    let admin = hearth.admin();
    let add = |name: &str| hearth.post_as(&admin, "/admin/projects", &[("name", name), ("zone", "Asia/Tokyo")]);
    let added = add("Shop");
    assert_eq!(added.status, 303);
    assert!(added.header("location").unwrap().ends_with("/settings/install"));
    assert_eq!(add("Shop").status, 422);
    assert_eq!(add("").status, 422);
    let page = hearth.page("/admin/projects").text();
    assert!(page.contains("Asia/Tokyo"));
    let row = page.split(">Shop</a>").nth(1).unwrap();
    let id = row.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let rename = |name: &str| hearth.post_as(&admin, "/admin/projects/rename", &[("id", id), ("name", name)]);
    assert_eq!(rename("Default").status, 422);
    assert_eq!(rename(HOSTILE).status, 303);
    assert!(!hearth.page("/admin/projects").text().contains(HOSTILE));
}

#[test]
fn help_is_there_for_anyone() {
    let hearth = Hearth::start();
    hearth.admin();
    let list = hearth.send(&Request::get("/help")).text();
    for topic in hearth::dashboard::help::topics::TOPICS {
        let page = hearth.send(&Request::get(format!("/help/{}", topic.name)));
        assert_eq!(page.status, 200, "{}", topic.name);
        assert!(list.contains(&format!("/help/{}", topic.name)));
        assert!(!page.text().contains(".md\""), "{}", topic.name);
    }
    assert_eq!(hearth.send(&Request::get("/help/nothing")).status, 404);
}
