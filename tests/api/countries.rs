//! Where visitors are: decided when something arrives, kept as two letters, asked for like anything else.

use std::path::PathBuf;

use hearth::store::visits::sealing;
use serde_json::{Value, json};

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{NOW_MS, batch, event, with};
use crate::track_payload::{post, web};

const DAY_MS: i64 = 86_400_000;

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/geo").join(name);
    format!("geo.database={}", path.display())
}

/// A Hearth behind a trusted proxy, with the database of the fixtures.
fn start() -> Hearth {
    let header = "geo.country_header=CF-IPCountry";
    let attribution = "geo.attribution=Places by <b>Test</b>";
    Hearth::with(&[&fixture("countries.mmdb"), "server.trusted_proxies=loopback", header, attribution])
}

fn view(id: &str) -> Value {
    with(event("pageview", id, 0, &json!({"from": "", "to": "/", "path": "/"})), &json!({"ts": NOW_MS - 60_000}))
}

/// A browser at an address, behind the proxy.
fn visit(hearth: &Hearth, session: &str, address: &str, country: Option<&str>) {
    let body = batch(session, &[view(session)]).to_string();
    let mut request = Request::ingest(&hearth.project.key, body).header("x-forwarded-for", address);
    if let Some(country) = country {
        request = request.header("cf-ipcountry", country);
    }
    hearth.send(&request).ok();
}

fn entries(hearth: &Hearth, query: &str) -> Vec<(String, u64)> {
    let list = hearth.get_own(&format!("visits/breakdown?by=country&sort=value&{query}")).ok().json();
    let entries = list["entries"].as_array().unwrap().iter();
    entries.map(|entry| (entry["value"].as_str().unwrap().to_owned(), entry["visits"].as_u64().unwrap())).collect()
}

fn counted(list: &[(&str, u64)]) -> Vec<(String, u64)> {
    list.iter().map(|(code, visits)| ((*code).to_owned(), *visits)).collect()
}

#[test]
fn visits_are_counted_by_country() {
    let mut hearth = start();
    visit(&hearth, "s-1", "203.0.113.7", None);
    visit(&hearth, "s-2", "203.0.113.8", None);
    visit(&hearth, "s-3", "2001:db8::7", None);
    visit(&hearth, "s-4", "203.0.113.9", Some("at"));
    visit(&hearth, "s-5", "10.1.2.3", Some("T1"));
    hearth.restart();
    let all = counted(&[("", 1), ("AT", 1), ("DE", 2), ("JP", 1)]);
    assert_eq!(entries(&hearth, "period=today"), all);
    assert_eq!(entries(&hearth, "period=today&f=country:is:DE"), counted(&[("DE", 2)]));
    assert_eq!(entries(&hearth, "period=today&f=country:is:de"), counted(&[("DE", 2)]));
    assert_eq!(entries(&hearth, "period=today&f=country:is:"), counted(&[("", 1)]));
    assert_eq!(entries(&hearth, "period=today&f=country:is:ZZ"), counted(&[]));
    assert_eq!(entries(&hearth, "period=today&f=country:is_not:DE"), counted(&[("", 1), ("AT", 1), ("JP", 1)]));
    let addresses: i64 = hearth
        .file()
        .query_row("SELECT COUNT(*) FROM dictionary WHERE text LIKE '%203.0.113%'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(addresses, 0, "the address is not kept");
}

#[test]
fn an_app_has_the_country_of_its_device_and_a_server_has_none() {
    let mut hearth = start();
    let workspace = hearth.workspace();
    hearth.send(&post("/track", &web(&workspace, &["e-1"])).header("x-forwarded-for", "203.0.113.7")).ok();
    let told = json!({
        "event": "purchase", "eventId": "e-2", "userId": "carl", "properties": {},
        "context": {"library": "@datalyr/api", "version": "1.3.1", "source": "api"}, "timestamp": "2026-11-20T09:40:00.000Z",
    });
    let server = crate::track_payload::keyed("/track", &hearth.project.key, &told);
    hearth.send(&server.header("x-forwarded-for", "203.0.113.7")).ok();
    hearth.restart();
    let numbers: Vec<i64> = hearth
        .file()
        .prepare("SELECT country FROM track_event ORDER BY seq")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(numbers.iter().map(|number| *number != 0).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn days_that_were_sealed_before_there_were_countries_are_unknown() {
    let mut hearth = start();
    visit(&hearth, "s-1", "203.0.113.7", None);
    hearth.restart();
    let file = hearth.file();
    let (project, day) = sealing::next(&file, NOW_MS + 2 * DAY_MS).unwrap().unwrap();
    sealing::seal(&file, project, day).unwrap();
    let all = "from=2026-11-01&to=2026-12-01";
    assert_eq!(entries(&hearth, all).iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), ["DE"]);
    hearth.file().execute("DELETE FROM visit_chunk WHERE part = 25", []).unwrap();
    assert_eq!(entries(&hearth, all).first().map(|(code, _)| code.clone()), Some(String::new()));
}

#[test]
fn pages_name_countries_and_what_the_licence_wants_to_have_said() {
    let mut hearth = start();
    visit(&hearth, "s-1", "203.0.113.7", None);
    visit(&hearth, "s-2", "10.1.2.3", None);
    hearth.restart();
    let admin = hearth.admin();
    for rest in ["?period=today", "/audience?period=today"] {
        let text = hearth.page_as(&admin, format!("/p/{}{rest}", hearth.project.id)).ok().text();
        assert!(text.contains("Germany") && text.contains("Unknown"), "{rest}");
        assert!(text.contains("Places by &#60;b&#62;Test&#60;/b&#62;"), "{rest}");
    }
    let filtered = format!("/p/{}/audience?period=today&f=country:is:DE&by=device", hearth.project.id);
    let text = hearth.page_as(&admin, filtered).ok().text();
    assert!(text.contains("Country is Germany") && !text.contains("Places by"));
    hearth.restart_with(|config| {
        config.geo.database = None;
        config.geo.country_header.clear();
    });
    let text = hearth.page_as(&admin, format!("/p/{}/audience?period=today", hearth.project.id)).ok().text();
    assert!(text.contains("/help/countries"), "how to");
}
