//! The command line from outside: the binary, its output, its exit codes, its end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "api/client.rs"]
#[allow(dead_code, reason = "shared with the tests of the API")]
mod client;
#[path = "api/payload.rs"]
#[allow(dead_code, reason = "shared with the tests of the API")]
mod payload;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use client::{Connection, Request};
use payload::{batch, click, with};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A directory in which commands run, with nothing of the surroundings.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data/hearth.db")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hearth"));
        command.env_clear().env("HOME", self.0.path()).current_dir(self.0.path()).args(arguments);
        command
    }

    /// Runs a command to its end, with `input` on stdin.
    fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that does not read its input may have ended before it gets it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, "")
    }

    /// Starts a server on a free port and reads what it says until it says no more.
    fn serve(&self, settings: &[&str]) -> Serving {
        self.serve_in(&[], settings)
    }

    /// The same with variables of the environment.
    fn serve_in(&self, environment: &[(&str, &str)], settings: &[&str]) -> Serving {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(environment.iter().copied());
        for setting in settings {
            command.args(["--set", setting]);
        }
        Serving::begin(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }
}

/// A running server; killed when dropped.
struct Serving {
    child: Child,
    said: String,
    _out: BufReader<ChildStdout>,
}

impl Serving {
    /// Reads what a server says until it says no more.
    fn begin(mut child: Child) -> Self {
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("/api/v1/projects") && !said.contains("  keys:") {
            assert!(out.read_line(&mut said).unwrap() > 0, "it ended: {said}");
        }
        Self { child, said, _out: out }
    }

    /// What it said after `label`.
    fn told(&self, label: &str) -> Option<&str> {
        self.said.lines().find_map(|line| line.trim_start().strip_prefix(label)).map(str::trim)
    }

    fn address(&self) -> SocketAddr {
        self.said.lines().next().unwrap().rsplit_once("http://").unwrap().1.parse().unwrap()
    }

    fn send(&self, request: &Request) -> client::Answer {
        Connection::open(self.address()).send(request)
    }

    fn ask_to_stop(&self) {
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end; the exit code.
    fn end(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    fn stop(&mut self) -> Option<i32> {
        self.ask_to_stop();
        self.end()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn failed(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_good_configuration_is_checked_and_nothing_is_touched() {
    let place = Place::new();
    let checked = place.run(&["check", "--listen", "127.0.0.1:0"]);
    assert_eq!(succeeded(&checked), "");
    assert!(String::from_utf8_lossy(&checked.stderr).starts_with("configuration ok"));
    assert_eq!(std::fs::read_dir(place.0.path()).unwrap().count(), 0);
}

#[test]
fn an_upstream_on_the_command_line_starts_the_proxy_and_the_greeting_tells() {
    let app = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let app_url = format!("http://{}", app.local_addr().unwrap());
    let place = Place::new();
    let free = ["--listen", "127.0.0.1:0", "--set", "proxy.listen=127.0.0.1:0"];
    let checked = place.run(&[&["check", "--upstream", &app_url][..], &free].concat());
    succeeded(&checked);
    assert!(!String::from_utf8_lossy(&checked.stderr).contains("warning"), "the app answers and the port is free");
    let mut serving = place.serve(&[&format!("proxy.upstream={app_url}"), "proxy.listen=127.0.0.1:0"]);
    let told = serving.told("proxy:").unwrap().to_owned();
    let (proxy, upstream) = told.split_once(" -> ").unwrap();
    assert_eq!(upstream, app_url);
    let address: SocketAddr = proxy.strip_prefix("http://").unwrap().parse().unwrap();
    assert_ne!((address, address.port()), (serving.address(), 0));
    assert!(std::net::TcpStream::connect(address).is_ok());
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn a_wrong_configuration_is_told_whole_with_file_and_line() {
    let place = Place::new();
    std::fs::write(place.0.path().join("hearth.toml"), "[server]\nlisten = \"x\"\n\n[heat]\nmax_evens = 1\n").unwrap();
    let mut command = place.command(&["check", "--set", "log.format=loud"]);
    let err = failed(&command.env("HEARTH_STORAGE__READERS", "0").output().unwrap(), 78);
    for hint in ["hearth.toml:2", "hearth.toml:5", "max_events", "HEARTH_STORAGE__READERS", "log.format", "4 problems"]
    {
        assert!(err.contains(hint), "{hint}: {err}");
    }
    failed(&place.run(&["serve"]), 78);
    failed(&place.run(&["token", "list"]), 78);
    let report = place.run(&["--json", "check"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!((&report["ok"], report["problems"].as_array().unwrap().len()), (&false.into(), 2));
}

#[test]
fn the_shown_configuration_is_a_configuration() {
    let place = Place::new();
    let shown = succeeded(&place.run(&["config", "show", "--set", "heat.rate_limit.max=7"]));
    std::fs::write(place.0.path().join("hearth.toml"), &shown).unwrap();
    assert_eq!(succeeded(&place.run(&["config", "show"])), shown);
    let origins = succeeded(&place.run(&["config", "show", "--origin", "--set", "server.workers=3"]));
    let line = |key: &str| origins.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(line("workers = 3").ends_with("# flag --set server.workers"));
    assert!(line("max = 7").contains("hearth.toml"));
}

#[test]
fn a_beginning_is_written_once_and_needs_no_good_configuration() {
    let place = Place::new();
    std::fs::write(place.0.path().join("hearth.toml"), "nonsense = 1\n").unwrap();
    let made = place.run(&["init", "--dir", "new", "--listen", "127.0.0.1:0", "--json"]);
    let told: Value = serde_json::from_str(&succeeded(&made)).unwrap();
    let file = told["configuration"].as_str().unwrap();
    assert!(file.ends_with("/new/hearth.toml") && told["next"][1].as_str().unwrap().contains(file), "{told}");
    succeeded(&place.run(&["check", "--config", file]));
    let shown = succeeded(&place.run(&["config", "show", "--config", file]));
    assert!(shown.contains("listen = \"127.0.0.1:0\"") && shown.contains("/new/data/hearth.db\""), "{shown}");
    assert!(failed(&place.run(&["init", "--dir", "new"]), 73).contains("--force"));
    succeeded(&place.run(&["init", "--dir", "new", "--force"]));
    let printed = succeeded(&place.run(&["init", "--print", "--data", "/elsewhere/hearth.db"]));
    assert!(printed.contains("\npath = \"/elsewhere/hearth.db\"\n"), "{printed}");
}

#[test]
fn a_start_that_would_fail_is_told_by_check_and_doctor() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    for command in ["check", "doctor"] {
        failed(&place.run(&[command, "--listen", &listen]), 3);
    }
    let report = place.run(&["check", "--listen", &listen, "--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!((&report["ok"], report["errors"].as_array().unwrap().len()), (&false.into(), 1));
    failed(&place.run(&["doctor", "--set", "nonsense=1"]), 78);
    assert_eq!(std::fs::read_dir(place.0.path()).unwrap().count(), 0, "looking makes nothing");
}

#[test]
fn a_running_server_is_examined_and_asked() {
    let place = Place::new();
    let mut serving = place.serve(&[]);
    let address = serving.address().to_string();
    let doctor = place.run(&["doctor", "--thorough", "--listen", &address, "--json"]);
    let report: Value = serde_json::from_str(&succeeded(&doctor)).unwrap();
    let check = |name: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name}: {report:#}")).clone()
    };
    for name in
        ["configuration", "server", "server.listen", "database", "integrity", "durability", "file modes", "keys"]
    {
        assert_eq!(check(name)["status"], "pass", "{}", check(name));
    }
    assert_eq!((&check("accounts")["status"], &report["failed"]), (&"warn".into(), &0.into()), "{report:#}");
    assert!(check("accounts")["advice"].as_str().unwrap().contains("hearth user add"));
    let table = succeeded(&place.run(&["doctor", "--listen", &address]));
    assert!(table.lines().any(|line| line.starts_with("pass  quick check ")), "{table}");

    let asked = place.run(&["healthcheck", "--listen", &address, "--json"]);
    let told: Value = serde_json::from_str(&succeeded(&asked)).unwrap();
    assert_eq!((&told["ready"], &told["status"]), (&true.into(), &200.into()));
    let url = format!("http://{address}/healthz");
    assert_eq!(succeeded(&place.run(&["healthcheck", "--url", &url])), format!("ready: {url}\n"));
    assert_eq!(serving.stop(), Some(0));
    assert!(failed(&place.run(&["healthcheck", "--listen", &address]), 1).contains("does not answer"));
}

#[test]
fn shells_and_readers_get_their_files() {
    let place = Place::new();
    assert!(succeeded(&place.run(&["completions", "bash"])).contains("healthcheck"));
    failed(&place.run(&["completions", "cmd"]), 2);
    assert!(succeeded(&place.run(&["man"])).contains(".TH HEARTH 1"));
    succeeded(&place.run(&["man", "--dir", "man"]));
    assert!(place.0.path().join("man/hearth-key-rotate.1").exists());
    let schema: Value = serde_json::from_str(&succeeded(&place.run(&["config", "schema"]))).unwrap();
    assert!(schema["keys"].as_array().unwrap().len() > 150);
    assert!(succeeded(&place.run(&["help", "configuration"])).contains("heat.rate_limit.max"));
}

#[test]
fn versions_are_told_to_people_and_programs() {
    let place = Place::new();
    let version: Value = serde_json::from_str(&succeeded(&place.run(&["version", "--json"]))).unwrap();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(version["sqlite"], rusqlite::version());
    let told = succeeded(&place.run(&["version"]));
    assert!(told.starts_with(&format!("hearth {}", env!("CARGO_PKG_VERSION"))), "{told}");
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let place = Place::new();
    for arguments in [&["--nonsense"][..], &["nonsense"], &["key"], &["key", "create"], &["check", "--format", "loud"]]
    {
        let err = failed(&place.run(arguments), 2);
        assert!(err.contains("--help"), "{err}");
    }
}

#[test]
fn projects_and_secrets_are_made_listed_and_revoked() {
    let place = Place::new();
    let serving = place.serve(&[]);
    let added = succeeded(&place.run(&["project", "add", "shop"]));
    let told = |label: &str| added.lines().find_map(|line| line.strip_prefix(label)).unwrap().trim().to_owned();
    failed(&place.run(&["project", "add", "shop"]), 1);
    let projects: Value = serde_json::from_str(&succeeded(&place.run(&["project", "list", "--json"]))).unwrap();
    let shop = projects[1]["id"].as_str().unwrap();
    assert_eq!(told("id:"), shop);
    assert_eq!((&projects[0]["name"], &projects[1]["name"]), (&"Default".into(), &"shop".into()));

    let kept = succeeded(&place.run_with(&["key", "create", "--project", "shop", "--value-stdin"], "old-key-in-use\n"));
    assert_eq!(kept, "old-key-in-use\n");
    failed(&place.run_with(&["key", "create", "--project", "Default", "--value-stdin"], "old-key-in-use"), 1);
    failed(&place.run_with(&["key", "create", "--project", "shop", "--value-stdin"], " \n"), 1);
    failed(&place.run(&["key", "create", "--project", "nobody"]), 1);
    let made = succeeded(&place.run(&["key", "create", "--project", shop]));
    let token = succeeded(&place.run(&["token", "create", "--project", "shop"])).trim().to_owned();
    assert!(made.starts_with("hk_") && token.starts_with("hr_"), "{made} {token}");

    let sent = batch("s", &[click("a", 0)]).to_string();
    for key in ["old-key-in-use", made.trim(), &told("project key:")] {
        let answer = serving.send(&Request::ingest(key, sent.clone())).ok();
        assert_eq!(answer.json()["projectId"], shop);
    }
    let ask = |token: &str| serving.send(&Request::get("/api/v1/projects").bearer(token));
    for token in [&token, &told("read token:")] {
        assert_eq!(ask(token).ok().json()["projects"][0]["name"], "shop");
    }

    let listed = succeeded(&place.run(&["token", "list"]));
    assert_eq!(
        (listed.lines().count(), listed.contains(&token)),
        (3, false),
        "of the first project, and two of the shop"
    );
    assert!(listed.contains(&token[..8]));
    succeeded(&place.run(&["token", "revoke", &token[..8]]));
    failed(&place.run(&["token", "revoke", &token[..8]]), 1);
    assert!(succeeded(&place.run(&["token", "list"])).contains("revoked"));
    ask(&token).refused(401, "invalid_read_token");
    succeeded(&place.run(&["key", "revoke", "old-key-"]));
    let keys: Value = serde_json::from_str(&succeeded(&place.run(&["key", "list", "--json"]))).unwrap();
    let revoked: Vec<_> = keys.as_array().unwrap().iter().filter(|key| !key["revoked_at"].is_null()).collect();
    assert_eq!((revoked.len(), &revoked[0]["prefix"]), (1, &"old-key-".into()));
}

#[test]
fn projects_have_a_workspace_and_origins() {
    let place = Place::new();
    let first = place.serve(&[]).told("workspace:").unwrap().to_owned();
    let add = ["project", "add", "shop", "--workspace", "ws_shop", "--origin", "HTTPS://Shop.example:443/", "--json"];
    let added: Value = serde_json::from_str(&succeeded(&place.run(&add))).unwrap();
    assert_eq!(added["workspace_id"], "ws_shop");
    assert_eq!(added["origins"], serde_json::json!(["https://shop.example"]));
    let made = succeeded(&place.run(&["project", "add", "app"]));
    assert!(made.contains("workspace id: ws_") && made.contains("origins:      any"), "{made}");

    let list = || -> Value { serde_json::from_str(&succeeded(&place.run(&["project", "list", "--json"]))).unwrap() };
    assert_eq!(list()[0]["workspace_id"], first.as_str());
    let set = ["project", "set", "shop", "--origin", "null", "--origin", "https://*.shop.example"];
    succeeded(&place.run(&set));
    let shop = &list()[1];
    assert_eq!(shop["origins"], serde_json::json!(["https://*.shop.example", "null"]));
    assert_eq!(shop["workspace_id"], "ws_shop", "it stays");
    succeeded(&place.run(&["project", "set", "shop", "--workspace", "acme:shop-1", "--any-origin"]));
    let shop = &list()[1];
    assert_eq!((&shop["workspace_id"], &shop["origins"]), (&"acme:shop-1".into(), &Value::Array(Vec::new())));
    assert!(succeeded(&place.run(&["project", "list"])).contains("acme:shop-1"));

    let id = shop["id"].as_str().unwrap().to_owned();
    for wrong in [
        &["set", "app", "--workspace", "acme:shop-1"][..],
        &["set", "app", "--workspace", &id],
        &["set", "app", "--workspace", "two words"],
        &["set", "app", "--workspace", ""],
        &["set", "app", "--origin", "shop.example"],
        &["set", "app", "--origin", "https://shop.example/path"],
        &["set", "nobody", "--any-origin"],
        &["add", "other", "--origin", "*"],
        &["add", "other", "--workspace", &"x".repeat(129)],
    ] {
        failed(&place.run(&[&["project"], wrong].concat()), 1);
    }
    failed(&place.run(&["project", "set", "app"]), 2);
    assert_eq!(list().as_array().unwrap().len(), 3, "what is refused leaves nothing behind");
    // Its own id is no other project's.
    succeeded(&place.run(&["project", "set", "shop", "--workspace", &id]));
}

#[test]
fn keys_are_rotated_and_projects_renamed() {
    let place = Place::new();
    let mut serving = place.serve(&[]);
    let old = serving.told("project key:").unwrap().to_owned();
    let sent = batch("s", &[click("a", 0)]).to_string();
    let beside = ["key", "rotate", &old[..8], "--keep-old", "--json"];
    let made: Value = serde_json::from_str(&succeeded(&place.run(&beside))).unwrap();
    let (new, project) = (made["project_key"].as_str().unwrap(), "Default");
    assert_eq!((&made["old_works"], new.starts_with("hk_")), (&true.into(), true));
    for key in [&old, new] {
        serving.send(&Request::ingest(key, sent.clone())).ok();
    }
    let last = succeeded(&place.run(&["key", "rotate", &new[..8]]));
    serving.send(&Request::ingest(last.trim(), sent)).ok();
    assert!(failed(&place.run(&["key", "rotate", &new[..8]]), 1).contains("key list"), "it is revoked");
    let revoked: Value = serde_json::from_str(&succeeded(&place.run(&["key", "revoke", &old[..8], "--json"]))).unwrap();
    assert_eq!(revoked["revoked"], 1);

    succeeded(&place.run(&["project", "add", "shop"]));
    assert!(failed(&place.run(&["project", "rename", project, "shop"]), 1).contains("already"));
    failed(&place.run(&["project", "rename", project, " "]), 1);
    let renamed = succeeded(&place.run(&["project", "rename", project, "Main", "--json"]));
    assert_eq!(serde_json::from_str::<Value>(&renamed).unwrap()["name"], "Main");
    failed(&place.run(&["project", "rename", project, "Other"]), 1);
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn users_are_signed_out_and_deleted() {
    const PASSWORD: &str = "tuba-gletscher-07\n";
    let place = Place::new();
    let mut serving = place.serve(&[]);
    for (name, right) in [("ada", "--admin"), ("bob", "--role=Default=viewer")] {
        succeeded(&place.run_with(&["user", "add", name, right, "--password-stdin"], PASSWORD));
    }
    let form = Request::new("POST", "/login").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(serving.send(&form.body("username=bob&password=tuba-gletscher-07".to_owned())).status, 303);
    let sessions =
        || -> Value { serde_json::from_str(&succeeded(&place.run(&["user", "sessions", "bob", "--json"]))).unwrap() };
    assert_eq!(sessions().as_array().unwrap().len(), 1);
    assert!(succeeded(&place.run(&["user", "sessions", "bob"])).starts_with("since "));
    succeeded(&place.run(&["user", "sessions", "bob", "--end"]));
    assert_eq!(sessions(), Value::Array(Vec::new()));
    assert!(failed(&place.run(&["user", "delete", "bob"]), 1).contains("--yes"));
    succeeded(&place.run(&["user", "delete", "bob", "--yes"]));
    failed(&place.run(&["user", "sessions", "bob"]), 1);
    assert!(failed(&place.run(&["user", "delete", "ada", "--yes"]), 1).contains("last administrator"));
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn keys_are_made_for_sdks_and_tokens_may_erase() {
    let place = Place::new();
    succeeded(&place.run(&["project", "add", "shop"]));
    let key = |sdk: &str| succeeded(&place.run(&["key", "create", "--project", "shop", "--sdk", sdk]));
    assert!(key("datalyr").starts_with("dk_") && key("heat").starts_with("hk_"));
    failed(&place.run(&["key", "create", "--project", "shop", "--sdk", "other"]), 2);
    let kept = place.run_with(&["key", "create", "--project", "shop", "--sdk", "datalyr", "--value-stdin"], "dk_old");
    assert_eq!(succeeded(&kept), "dk_old\n");

    let made = succeeded(&place.run(&["--json", "token", "create", "--project", "shop", "--may-erase"]));
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!((&made["may_erase"], made["read_token"].is_string()), (&true.into(), true));
    let tokens: Value = serde_json::from_str(&succeeded(&place.run(&["token", "list", "--json"]))).unwrap();
    let rights: Vec<_> = tokens.as_array().unwrap().iter().map(|token| &token["may_erase"]).collect();
    assert_eq!(rights, [false, true]);
    assert_eq!(succeeded(&place.run(&["token", "list"])).matches("(may erase)").count(), 1);
}

#[test]
fn users_are_made_changed_and_locked_out_beside_a_server() {
    const PASSWORD: &str = "tuba-gletscher-07\n";
    let place = Place::new();
    let mut server = place.serve(&[]);
    let link = std::fs::read_to_string(place.0.path().join("data/hearth.db.setup-url")).unwrap();
    assert!(link.contains("/setup?token="), "{link}");
    let add = |name: &str, more: &[&str], password: &str| {
        place.run_with(&[&["user", "add", name, "--password-stdin"], more].concat(), password)
    };
    assert!(failed(&add("ada", &["--admin"], "short"), 1).contains("12 characters"));
    succeeded(&add("ada", &["--admin"], PASSWORD));
    assert!(failed(&add("ADA", &[], PASSWORD), 1).contains("already"));
    succeeded(&add("bob", &["--role", "Default=viewer"], PASSWORD));
    assert!(failed(&add("carol", &["--role", "Default=king"], PASSWORD), 1).contains("no role"));
    failed(&place.run(&["user", "add", "carol"]), 2);

    let sign_in = |name: &str| {
        let body = format!("username={name}&password=tuba-gletscher-07");
        let form = Request::new("POST", "/login").header("content-type", "application/x-www-form-urlencoded");
        server.send(&form.body(body)).status
    };
    assert_eq!((sign_in("ada"), sign_in("bob"), sign_in("carol")), (303, 303, 401));
    succeeded(&place.run(&["user", "role", "bob", "Default", "none"]));
    succeeded(&place.run(&["user", "disable", "bob"]));
    assert!(failed(&place.run(&["user", "disable", "ada"]), 1).contains("last administrator"));
    assert_eq!(sign_in("bob"), 401);
    let listed: Value = serde_json::from_str(&succeeded(&place.run(&["user", "list", "--json"]))).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["is_admin"]), (&"ada".into(), &true.into()));
    assert_eq!((&listed[1]["roles"], listed[1]["disabled_at"].is_i64()), (&Value::Array(Vec::new()), true));
    succeeded(&place.run(&["user", "enable", "bob"]));
    succeeded(&place.run_with(&["user", "passwd", "bob", "--password-stdin"], "zwei-boxer-jagen-07\n"));
    assert_eq!(sign_in("bob"), 401, "it is another password");
    assert!(succeeded(&place.run(&["user", "list"])).contains("(administrator)"));
    server.stop();
}

#[test]
fn tokens_have_names_and_ends() {
    let place = Place::new();
    succeeded(&place.run(&["project", "add", "shop"]));
    let create =
        |expires: &str| place.run(&["token", "create", "--project", "shop", "--name", "report", "--expires", expires]);
    succeeded(&create("30d"));
    for wrong in ["soon", "1s", "100000d"] {
        failed(&create(wrong), 1);
    }
    let tokens: Value = serde_json::from_str(&succeeded(&place.run(&["token", "list", "--json"]))).unwrap();
    assert_eq!((&tokens[1]["name"], tokens[1]["expires_at"].is_i64()), (&"report".into(), true));
    assert!(succeeded(&place.run(&["token", "list"])).contains("valid until"));
}

#[test]
fn a_person_is_exported_and_erased_beside_a_server() {
    let place = Place::new();
    let mut serving = place.serve(&[]);
    let key = serving.told("project key:").unwrap().to_owned();
    let sent = with(batch("s", &[click("a", 0)]), &serde_json::json!({"user": {"id": "ada@x"}}));
    serving.send(&Request::ingest(&key, sent.to_string())).ok();
    let export = ["person", "export", "user:ada@x", "--project", "Default"];
    let document: Value = serde_json::from_str(&succeeded(&place.run(&export))).unwrap();
    assert_eq!(document["heat_sessions"][0]["events"][0]["event_id"], "a");
    assert!(failed(&place.run(&["person", "export", "nobody", "--project", "Default"]), 1).contains("nobody"));

    let erase = ["person", "erase", "ada@x", "--project", "Default", "--yes", "--json"];
    assert!(failed(&place.run(&erase[..5]), 1).contains("--yes"));
    let erased: Value = serde_json::from_str(&succeeded(&place.run(&erase))).unwrap();
    assert_eq!((&erased["erased"]["heat_rows"], &erased["erased"]["heat_sessions"]), (&1.into(), &1.into()));
    failed(&place.run(&erase), 1);
    failed(&place.run(&export), 1);

    // The server has forgotten the person, too: what comes now is a new session of a new user.
    serving.send(&Request::ingest(&key, sent.to_string())).ok();
    let document: Value = serde_json::from_str(&succeeded(&place.run(&export))).unwrap();
    assert_eq!(document["heat_sessions"][0]["events"].as_array().unwrap().len(), 1);
    assert_eq!(serving.stop(), Some(0));
    assert_eq!(succeeded(&place.run(&erase)), format!("{erased:#}\n"));
}

#[test]
fn the_first_start_alone_tells_the_secrets() {
    let place = Place::new();
    let mut first = place.serve(&[]);
    let (key, token) = (first.told("project key:").unwrap().to_owned(), first.told("read token:").unwrap().to_owned());
    assert!(first.said.contains(&place.data().strip_prefix(place.0.path()).unwrap().display().to_string()));
    first.send(&Request::ingest(&key, batch("s", &[click("a", 0)]).to_string())).ok();
    assert_eq!(first.stop(), Some(0));

    let mut second = place.serve(&[]);
    assert!(second.told("project key:").is_none() && !second.said.contains(&key) && !second.said.contains(&token));
    let listed = second.send(&Request::get("/api/sessions/s").bearer(&token)).ok();
    assert_eq!(listed.header("x-session-found"), Some("1"));
    assert_eq!(second.stop(), Some(0));
}

#[test]
fn a_second_server_on_the_same_file_or_port_ends_with_69() {
    let place = Place::new();
    let serving = place.serve(&[]);
    failed(&place.run(&["serve", "--listen", "127.0.0.1:0"]), 69);
    let address = serving.address().to_string();
    failed(&place.run(&["serve", "--listen", &address, "--data", "elsewhere.db"]), 69);
    serving.send(&Request::get("/readyz")).ok();
}

#[test]
fn a_directory_that_cannot_be_made_ends_with_73() {
    let place = Place::new();
    std::fs::write(place.0.path().join("file"), "").unwrap();
    failed(&place.run(&["serve", "--listen", "127.0.0.1:0", "--data", "file/hearth.db"]), 73);
}

#[test]
fn stopping_under_load_loses_nothing_that_was_acknowledged() {
    let place = Place::new();
    let mut serving = place.serve(&["heat.rate_limit.max=1000000", "server.shutdown_timeout=2s"]);
    let (address, key) = (serving.address(), serving.told("project key:").unwrap().to_owned());
    let count = AtomicUsize::new(0);
    // Each sender goes on until the server is gone.
    let send = |sender: usize| {
        let mut acknowledged = Vec::new();
        let Ok(mut connection) = Connection::try_open(address) else { return acknowledged };
        for n in 0.. {
            let id = format!("{sender}-{n}");
            let session = format!("s{}", n % 7);
            match connection.try_send(&Request::ingest(&key, batch(&session, &[click(&id, n)]).to_string())) {
                Ok(answer) if answer.status == 200 => acknowledged.push(id),
                Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.text()),
                Err(_) => break,
            }
            count.fetch_add(1, Ordering::Relaxed);
        }
        acknowledged
    };
    let acknowledged: Vec<String> = std::thread::scope(|scope| {
        let send = &send;
        let senders: Vec<_> = (0..4).map(|sender| scope.spawn(move || send(sender))).collect();
        while count.load(Ordering::Relaxed) < 200 {
            std::thread::yield_now();
        }
        serving.ask_to_stop();
        assert_eq!(serving.end(), Some(0));
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    assert!(acknowledged.len() >= 200);

    let file = rusqlite::Connection::open(place.data()).unwrap();
    let check: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let mut stored: HashMap<String, usize> = HashMap::new();
    let mut statement = file.prepare("SELECT event_id FROM heat_event").unwrap();
    for id in statement.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        *stored.entry(id.unwrap()).or_default() += 1;
    }
    for id in &acknowledged {
        assert_eq!(stored.get(id), Some(&1), "{id}");
    }
}

#[test]
fn an_idle_connection_does_not_hold_up_the_end() {
    let place = Place::new();
    let mut serving = place.serve(&["server.shutdown_timeout=1h", "server.keep_alive=1h"]);
    let mut idle = Connection::open(serving.address());
    idle.send(&Request::get("/healthz")).ok();
    assert_eq!(serving.stop(), Some(0));
}

/// What stands in for systemd: the socket on which it is told things.
struct Manager(UnixDatagram);

impl Manager {
    fn new(place: &Place) -> Self {
        Self(UnixDatagram::bind(place.0.path().join("notify")).unwrap())
    }

    /// The next message; nothing if there is none for so long.
    fn told(&self, patience: Duration) -> Option<String> {
        self.0.set_read_timeout(Some(patience)).unwrap();
        let mut bytes = [0; 1024];
        let length = self.0.recv(&mut bytes).ok()?;
        Some(String::from_utf8(bytes[..length].to_vec()).unwrap())
    }

    /// Waits for a message with this line.
    #[track_caller]
    fn hears(&self, line: &str) -> String {
        loop {
            let message = self.told(Duration::from_secs(20)).expect(line);
            if message.lines().any(|one| one.starts_with(line)) {
                return message;
            }
        }
    }
}

#[test]
fn the_service_manager_is_told_of_start_reload_and_stop() {
    let place = Place::new();
    let manager = Manager::new(&place);
    let socket = place.0.path().join("notify").display().to_string();
    let mut serving = place.serve_in(&[("NOTIFY_SOCKET", &socket)], &[]);
    let ready = manager.hears("READY=1");
    assert!(ready.contains(&format!("STATUS=Listening on {}", serving.address())), "{ready}");
    serving.send(&Request::get("/readyz")).ok();
    serving.signal(Signal::HUP);
    let reloading = manager.hears("RELOADING=1");
    let since = reloading.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).unwrap();
    assert!(since.parse::<u64>().unwrap() > 0);
    manager.hears("READY=1");
    serving.send(&Request::get("/readyz")).ok();
    serving.ask_to_stop();
    manager.hears("STOPPING=1");
    assert_eq!(serving.end(), Some(0));
}

#[test]
fn the_watchdog_hears_of_the_writer_and_not_of_a_timer() {
    let place = Place::new();
    let manager = Manager::new(&place);
    let socket = place.0.path().join("notify").display().to_string();
    let serving = place.serve_in(&[("NOTIFY_SOCKET", &socket), ("WATCHDOG_USEC", "1800000")], &[]);
    manager.hears("WATCHDOG=1");
    manager.hears("WATCHDOG=1");
    // The writer waits for the file, for up to five seconds, and does nothing else.
    let file = rusqlite::Connection::open(place.data()).unwrap();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let key = serving.told("project key:").unwrap();
    let mut sender = Connection::open(serving.address());
    let body = batch("s", &[click("a", 0)]).to_string();
    let whole = body.len();
    sender.send_part(&Request::ingest(key, body), whole);
    let mut signs = 0;
    while manager.told(Duration::from_millis(2_500)).is_some_and(|message| message.contains("WATCHDOG=1")) {
        signs += 1;
        assert!(signs < 5, "the watchdog hears of a writer that does nothing");
    }
    file.execute_batch("ROLLBACK").unwrap();
    manager.hears("WATCHDOG=1");
}

#[test]
fn a_second_signal_ends_at_once() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let place = Place::new();
        let manager = Manager::new(&place);
        let socket = place.0.path().join("notify").display().to_string();
        let settings = ["server.shutdown_timeout=1h", "server.body_timeout=1h", "server.min_body_rate=0"];
        let mut serving = place.serve_in(&[("NOTIFY_SOCKET", &socket)], &settings);
        let mut slow = Connection::open(serving.address());
        let request = Request::ingest(serving.told("project key:").unwrap(), "{}");
        slow.send_part(&request, 1);
        serving.send(&Request::get("/healthz")).ok();
        serving.ask_to_stop();
        manager.hears("STOPPING=1");
        serving.signal(signal);
        assert_eq!(serving.end(), Some(code));
    }
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_not_the_end() {
    let place = Place::new();
    // The schema fits; what comes then does not. Units of dash's ulimit are 512 bytes.
    assert_eq!(place.serve(&[]).stop(), Some(0));
    let size = std::fs::metadata(place.data()).unwrap().len();
    let mut command = Command::new("/bin/sh");
    let limited = format!(
        "ulimit -f {}; exec \"$0\" serve --listen 127.0.0.1:0 --set storage.min_free=0 --set heat.rate_limit.max=1000000",
        size / 512 + 64
    );
    command.env_clear().env("HOME", place.0.path()).current_dir(place.0.path());
    command.args(["-c", &limited, env!("CARGO_BIN_EXE_hearth")]).stdout(Stdio::piped()).stderr(Stdio::null());
    let key = succeeded(&place.run(&["key", "create", "--project", "Default"]));
    let key = key.split_whitespace().find(|word| word.starts_with("hk_")).unwrap().to_owned();
    let mut serving = Serving::begin(command.spawn().unwrap());
    let page = "x".repeat(2_000);
    let send = |n: i64| {
        let click = with(click(&format!("e{n}"), n), &serde_json::json!({ "path": format!("/{page}{n}") }));
        serving.send(&Request::ingest(&key, batch(&format!("s{n}"), &[click]).to_string())).status
    };
    let refused = (0..2_000).map(send).find(|status| *status != 200);
    assert_eq!(refused, Some(503));
    serving.send(&Request::get("/healthz")).ok();
    serving.ask_to_stop();
    assert!(serving.end().is_some(), "it was ended by a signal");
}
