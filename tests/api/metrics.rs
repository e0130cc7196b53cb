//! `/metrics`, `/readyz` and what the status tells.

#![allow(clippy::float_cmp, clippy::cast_precision_loss, reason = "counts are whole numbers")]

use std::collections::BTreeMap;

use crate::client::{Connection, Request};
use crate::installation::Hearth;
use crate::payload::{THEN_MS, batch, click};

const DAY_MS: i64 = 86_400_000;

/// Names with labels, each with its value; also checks that the text is in the format.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    let mut described: Option<(String, String)> = None;
    let mut seen = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            let kind = lines.next().unwrap().strip_prefix(&format!("# TYPE {name} ")).unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind) && words.ends_with('.'), "{line}");
            assert!(!seen.contains(&name.to_owned()), "{name} is described twice");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
            seen.push(name.to_owned());
            described = Some((name.to_owned(), kind.to_owned()));
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let name = sample.split('{').next().unwrap();
        let (of, kind) = described.as_ref().unwrap();
        let suffix = name.strip_prefix(of.as_str()).unwrap_or_else(|| panic!("{line} is not of {of}"));
        assert_eq!(kind == "histogram", ["_bucket", "_sum", "_count"].contains(&suffix), "{line}");
        assert!(samples.insert(sample.to_owned(), value.parse().unwrap()).is_none(), "{sample} is there twice");
    }
    samples
}

fn metrics(hearth: &Hearth) -> BTreeMap<String, f64> {
    let answer = hearth.send(&Request::get("/metrics").bearer("secret-of-monitoring")).ok();
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    samples(&answer.text())
}

#[test]
fn the_figures_are_those_of_what_has_happened() {
    let hearth = Hearth::with(&["metrics.token=secret-of-monitoring"]);
    let before = metrics(&hearth);
    hearth.ingest(&batch("s", &[click("a", 0), click("b", 1)])).ok();
    hearth.ingest(&batch("s", &[click("b", 1), click("c", 2)])).ok();
    hearth.send(&Request::ingest("hk_unknown", "{}"));
    hearth.send(&Request::get("/no/such/path"));
    let after = metrics(&hearth);
    let grown = |name: &str| after[name] - before.get(name).copied().unwrap_or(0.0);
    assert_eq!(grown("hearth_ingest_events_total{source=\"heat\",type=\"click\"}"), 3.0);
    assert_eq!(grown("hearth_ingest_duplicates_total{source=\"heat\"}"), 1.0);
    assert_eq!(grown("hearth_ingest_rejected_total{source=\"heat\",reason=\"unknown_project_key\"}"), 1.0);
    assert_eq!(grown("hearth_ingest_batch_events_count"), 2.0);
    assert_eq!(grown("hearth_ingest_batch_events_sum"), 3.0);
    assert_eq!(grown("hearth_db_commit_duration_seconds_count"), 2.0);
    assert_eq!(grown("hearth_ingest_lag_seconds_count"), 2.0);
    let requests = |route: &str, status: u16| {
        let method = if route == "/ingest" { "POST" } else { "GET" };
        let labels =
            format!("http_request_method=\"{method}\",http_route=\"{route}\",http_response_status_code=\"{status}\"");
        grown(&format!("http_server_request_duration_seconds_count{{{labels}}}"))
    };
    assert_eq!((requests("/ingest", 200), requests("/ingest", 401)), (2.0, 1.0));
    assert_eq!(requests("unmatched", 404), 1.0);
    assert_eq!((after["hearth_ready"], after["hearth_ingest_queue_batches"]), (1.0, 0.0));
    let last = after["hearth_last_event_timestamp_seconds{source=\"heat\"}"];
    assert_eq!(last, (THEN_MS + 2) as f64 / 1000.0);
    for (name, value) in &before {
        let is_counted =
            ["_total", "_bucket", "_count", "_sum"].iter().any(|end| name.split('{').next().unwrap().ends_with(end));
        assert!(!is_counted || after[name] >= *value, "{name} went back from {value} to {}", after[name]);
    }
    for (name, count) in after.iter().filter(|(name, _)| name.contains("le=\"+Inf\"")) {
        let whole = name.replace("_bucket{", "_count{").replace(",le=\"+Inf\"", "").replace("{le=\"+Inf\"}", "");
        assert_eq!(after[&whole], *count, "{name}");
    }
    assert!(after["process_resident_memory_bytes"] > 1e6 && after["process_open_fds"] > 3.0);
}

#[test]
fn no_label_tells_who_or_where() {
    let hearth = Hearth::with(&["metrics.token=secret-of-monitoring"]);
    hearth.get_own("totals").ok();
    hearth.get(format!("/api/v1/projects/{}/persons/user:canary", hearth.project.id));
    hearth.send(&Request::get("/canary/path?canary=1"));
    let text = hearth.send(&Request::get("/metrics").bearer("secret-of-monitoring")).ok().text();
    assert!(text.contains("http_route=\"/api/v1/projects/{project}/totals\""), "{text}");
    assert!(!text.contains("canary") && !text.contains(&hearth.project.id), "{text}");
}

#[test]
fn monitoring_shows_its_token_or_has_a_listener_of_its_own() {
    let hearth = Hearth::start();
    assert_eq!(hearth.send(&Request::get("/metrics")).status, 404, "nobody asked for it");
    let hearth = Hearth::with(&["metrics.token=secret-of-monitoring", "metrics.listen=127.0.0.1:0"]);
    for request in [
        Request::get("/metrics"),
        Request::get("/metrics?token=secret-of-monitoring"),
        Request::get("/metrics").bearer("secret-of-monitorinG"),
        Request::get("/metrics").bearer(&hearth.project.token),
    ] {
        let refused = hearth.send(&request);
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer realm=\"metrics\"")));
    }
    let own = |target: &str| Connection::open(hearth.metrics_address()).send(&Request::get(target));
    assert!(own("/metrics").ok().text().contains("hearth_build_info{version="));
    let statuses = ["/healthz", "/readyz", "/version", "/ingest"].map(|target| own(target).status);
    assert_eq!(statuses, [200, 200, 404, 404]);
}

#[test]
fn who_did_send_and_does_no_more_is_told() {
    let hearth = Hearth::with(&["metrics.token=secret-of-monitoring", "metrics.no_data_after=1h"]);
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    let last = |hearth: &Hearth| hearth.get("/api/v1/status").ok().json()["last_events"].clone();
    assert_eq!((&last(&hearth)[0]["source"], &last(&hearth)[0]["is_silent"]), (&"heat".into(), &false.into()));
    assert_eq!(metrics(&hearth)["hearth_silent_projects{source=\"heat\"}"], 0.0);
    let overview = format!("/p/{}", hearth.project.id);
    assert!(!hearth.page(&overview).text().contains("No events from browsers for"));
    hearth.clock.advance_ms(DAY_MS);
    assert_eq!(last(&hearth)[0]["is_silent"], true);
    assert_eq!(last(&hearth).as_array().unwrap().len(), 1, "who never sent is not missed");
    assert_eq!(metrics(&hearth)["hearth_silent_projects{source=\"heat\"}"], 1.0);
    assert!(hearth.page(&overview).text().contains("No events from browsers for 1 d."));
    assert!(hearth.page("/admin/status").text().contains("no events from browsers for 1 d."));
}

#[test]
fn a_token_is_told_of_its_own_project_only() {
    let hearth = Hearth::start();
    let other = hearth.add_project("Other");
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    hearth.ingest_to(&other, &batch("t", &[click("b", 0)])).ok();
    let status = hearth.get("/api/v1/status").ok().json();
    let told: Vec<_> = status["last_events"].as_array().unwrap().iter().map(|one| one["project_id"].clone()).collect();
    assert_eq!(told, [hearth.project.id.as_str()]);
}

#[test]
fn readiness_has_an_entry_for_each_check() {
    let hearth = Hearth::start();
    let ready = hearth.send(&Request::get("/readyz")).ok();
    assert_eq!(ready.header("content-type"), Some("application/health+json"));
    let ready = ready.json();
    assert_eq!(ready["status"], "pass");
    for check in
        ["writer:heartbeat", "writer:commit", "database:lock", "database:integrity", "queue:utilization", "disk:free"]
    {
        assert_eq!(ready["checks"][check][0]["status"], "pass", "{check}");
    }
    // A clock that jumps is no reason to believe that the writer is silent.
    hearth.clock.advance_ms(DAY_MS);
    hearth.send(&Request::get("/readyz")).ok();
    hearth.clock.advance_ms(-10 * DAY_MS);
    hearth.send(&Request::get("/readyz")).ok();
}

#[test]
fn every_metric_is_in_the_documentation_and_the_alerts_ask_for_none_that_is_not() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (documentation, rules) = (read("docs/metrics.md"), read("packaging/prometheus/hearth.rules.yml"));
    let hearth = Hearth::with(&["metrics.token=secret-of-monitoring"]);
    let text = hearth.send(&Request::get("/metrics").bearer("secret-of-monitoring")).ok().text();
    let told: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(told.len() > 40, "{told:?}");
    for name in told {
        assert!(documentation.contains(&format!("`{name}`")), "{name}");
    }
    for name in names_asked_for(&rules) {
        let whole = name.trim_end_matches("_bucket");
        assert!(documentation.contains(&format!("`{whole}`")), "{name}");
    }
}

/// Words of a text that look like names of metrics.
fn names_asked_for(text: &str) -> impl Iterator<Item = &str> {
    let words = text.lines().filter(|line| line.trim_start().starts_with("expr:"));
    let words = words.flat_map(|line| line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_'));
    words.filter(|word| word.starts_with("hearth_"))
}
