//! `hearth demo` from outside: it starts, the shop answers through the proxy, what its pages send is stored, and what was
//! there is taken up again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "api/client.rs"]
#[allow(dead_code, reason = "shared with the tests of the API")]
mod client;

use std::io::{BufRead, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use client::{Connection, Request};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// A running demo; killed when dropped.
struct Demo {
    child: Child,
    said: String,
    _out: BufReader<ChildStdout>,
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearth"));
    command.env_clear().env("HOME", directory).current_dir(directory).args(arguments);
    command
}

impl Demo {
    fn start(directory: &Path, more: &[&str]) -> Self {
        let ports = ["demo", "--listen", "127.0.0.1:0", "--shop-listen", "127.0.0.1:0", "--set", "storage.min_free=0"];
        let mut command = command(directory, &[&ports, more].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("Ctrl-C") {
            assert!(out.read_line(&mut said).unwrap() > 0, "it ended: {said}");
        }
        Self { child, said, _out: out }
    }

    fn address(&self, label: &str) -> SocketAddr {
        let line = self.said.lines().find(|line| line.trim_start().starts_with(label)).unwrap();
        line.split_once("http://").unwrap().1.split('/').next().unwrap().parse().unwrap()
    }

    fn shop(&self, request: &Request) -> client::Answer {
        Connection::open(self.address("shop:")).send(request)
    }

    fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the API says with a token of its own.
struct Reader {
    address: SocketAddr,
    token: String,
    project: String,
}

impl Reader {
    fn new(demo: &Demo, directory: &Path) -> Self {
        let arguments = ["token", "create", "--project", "Ember & Oak", "--data", "hearth-demo/hearth.db", "--json"];
        let output = command(directory, &arguments).output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let token = told["read_token"].as_str().unwrap().to_owned();
        let address = demo.address("dashboard:");
        let projects = Connection::open(address).send(&Request::get("/api/v1/projects").bearer(&token)).ok().json();
        let project = projects["projects"][0]["id"].as_str().unwrap().to_owned();
        Self { address, token, project }
    }

    fn get(&self, path: &str) -> Value {
        let target = format!("/api/v1/projects/{}{path}", self.project);
        Connection::open(self.address).send(&Request::get(target).bearer(&self.token)).ok().json()
    }
}

#[test]
fn the_shop_answers_through_the_proxy_and_everything_about_it_is_stored() {
    let directory = tempfile::tempdir().unwrap();
    let demo = Demo::start(directory.path(), &["--days", "3"]);
    let home = demo.shop(&Request::get("/")).ok().text();
    assert!(home.contains("Ember &amp; Oak"), "{home}");
    demo.shop(&Request::get("/_hearth/hearth.js")).ok();
    let (_, after) = home.split_once("data-key=\"").unwrap();
    let key = after.split('"').next().unwrap();

    let reader = Reader::new(&demo, directory.path());
    let before = reader.get("/totals");
    assert!(
        before["rows"]["click"].as_u64().unwrap() > 50 && before["rows"]["pageview"].as_u64().unwrap() > 100,
        "{before}"
    );
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let click = json!({"session": {"id": "of-the-test"}, "events": [{
        "type": "click", "eventId": "1", "sessionId": "of-the-test", "ts": now_ms, "path": "/", "selector": "a#hero-button",
        "viewport": {"w": 1280, "h": 720}, "device": {}, "x": 300, "y": 500,
    }]});
    let sent = Request::new("POST", "/_hearth/ingest").header("content-type", "application/json");
    demo.shop(&sent.header("x-project-key", key).body(click.to_string())).ok();
    let timeline = reader.get("/sessions/of-the-test/timeline");
    assert_eq!(timeline["events"][0]["selector"], "a#hero-button");

    // An order: the shop's own server tells of it before it answers.
    let form = |target: &str, body: &str| {
        let cookies = "account=c-1002; cart=camp-kettle.2; hearth_sid=00000000-0000-4000-8000-000000000001";
        Request::new("POST", target)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", cookies)
            .body(body)
    };
    let revenue = || reader.get("/track/totals")["revenue"].clone();
    let earlier = revenue();
    let ordered = demo.shop(&form("/checkout", "delivery=post"));
    assert_eq!((ordered.status, ordered.header("location")), (303, Some("/thank-you")));
    assert!(ordered.header("x-hearth-user-id").is_none(), "it is for the proxy only");
    assert_ne!(revenue(), earlier);
    assert_eq!(demo.shop(&Request::get("/nothing-here")).status, 404);
    demo.stop();
}

#[test]
fn a_second_start_takes_up_what_is_there_and_a_fresh_one_does_not() {
    let directory = tempfile::tempdir().unwrap();
    Demo::start(directory.path(), &["--days", "1"]).stop();
    let demo = Demo::start(directory.path(), &["--days", "1"]);
    let reader = Reader::new(&demo, directory.path());
    let first = reader.get("/totals");
    demo.stop();
    let demo = Demo::start(directory.path(), &["--days", "2", "--fresh"]);
    let reader = Reader::new(&demo, directory.path());
    let fresh = reader.get("/totals");
    assert!(fresh["sessions"].as_u64() > first["sessions"].as_u64(), "{fresh} {first}");
    demo.stop();
}

#[test]
fn a_database_of_somebody_s_own_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file: PathBuf = directory.path().join("mine.db");
    std::fs::write(&file, "precious").unwrap();
    let mut child =
        command(directory.path(), &["demo", "--fresh", "--data", "mine.db", "--shop-listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_ne!(child.wait().unwrap().code(), Some(0));
    assert!(said.contains("no demo's database"), "{said}");
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
}
