//! The house as `src/lib.rs` draws it: who may import whom, where SQL may be, what the API's description must name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hearth::api::openapi::ApiDocument;
use hearth::dashboard::access::rules::RULES;
use hearth::intake::traffic::read::openapi::DashboardDocument;
use utoipa::OpenApi;

/// The floors from the ground up: a room imports itself and rooms of floors below, never a neighbour.
const FLOORS: [&[&str]; 12] = [
    &["js"],
    &["domain"],
    &["config"],
    &["identity"],
    &["telemetry"],
    &["store"],
    &["query", "backup"],
    &["http", "export"],
    &["intake", "api", "dashboard", "live"],
    &["proxy", "routes", "import"],
    &["app", "demo"],
    &["cli"],
];

/// Longest `main.rs`, in lines: arguments in, exit code out.
const MAX_MAIN_LINES: usize = 30;

/// What may know SQL.
const SQL_ROOMS: [&str; 2] = ["store", "query"];

/// A source file: its path below `src`, and its text without comments.
struct Source {
    path: PathBuf,
    code: String,
}

impl Source {
    /// The room the file is in: the module right below the crate.
    fn room(&self) -> String {
        let first = self.path.components().next().unwrap().as_os_str().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
    }

    /// How many modules the file's code is inside of, the crate not counted.
    fn depth(&self) -> usize {
        let names = self.path.with_extension("");
        names.components().filter(|name| name.as_os_str() != "mod").count()
    }

    /// The rooms the code names by `crate::` or by climbing to the crate with `super::`.
    fn imports(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for after in self.code.split("crate::").skip(1) {
            match after.strip_prefix('{') {
                Some(group) => {
                    let group = group.split_once('}').map_or(group, |(group, _)| group);
                    found.extend(group.split(',').map(|item| first_word(item.trim())));
                }
                None => {
                    found.insert(first_word(after));
                }
            }
        }
        let climb = "super::".repeat(self.depth());
        found.extend(self.code.split(&climb).skip(1).map(first_word).filter(|name| floor_of(name).is_some()));
        found
    }
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&room))
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file below `src`.
fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![src()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    assert!(found.len() > 100, "these are not the sources");
    found
}

/// Every Rust file of a room; `lib.rs` and `main.rs` are the door, not a room.
fn sources() -> Vec<Source> {
    let is_room = |path: &&PathBuf| path.extension().is_some_and(|end| end == "rs") && !is_door(path);
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        Source { path: path.strip_prefix(src()).unwrap().to_owned(), code }
    };
    files().iter().filter(is_room).map(read).collect()
}

fn is_door(path: &Path) -> bool {
    [src().join("lib.rs"), src().join("main.rs")].contains(&path.to_owned())
}

#[test]
fn every_room_has_a_floor() {
    let lib = std::fs::read_to_string(src().join("lib.rs")).unwrap();
    let rooms: BTreeSet<_> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(rooms, FLOORS.iter().flat_map(|floor| floor.iter().copied()).collect());
    for room in rooms {
        assert!(lib.lines().any(|line| line.starts_with("//! *") && line.contains(&format!("`{room}`"))), "{room}");
    }
}

#[test]
fn imports_go_only_downwards() {
    let mut wrong = Vec::new();
    for source in sources() {
        let room = source.room();
        let floor = floor_of(&room).unwrap();
        for import in source.imports().into_iter().filter(|import| *import != room) {
            if floor_of(&import).is_none_or(|below| below >= floor) {
                wrong.push(format!("{} imports {import}", source.path.display()));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn only_the_command_line_starts_the_log() {
    let readers: BTreeSet<_> =
        sources().iter().filter(|source| source.imports().contains("telemetry")).map(Source::room).collect();
    assert_eq!(readers, BTreeSet::from(["cli".to_owned()]));
}

#[test]
fn sql_is_only_where_it_belongs() {
    const WORDS: [&str; 8] =
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM", "CREATE TABLE", "PRAGMA ", "BEGIN IMMEDIATE", "VACUUM"];
    let knows_sql = |room: &str| SQL_ROOMS.contains(&room);
    for source in sources().iter().filter(|source| !knows_sql(&source.room())) {
        for line in source.code.lines().filter(|line| line.contains('"')) {
            assert!(!WORDS.iter().any(|word| line.contains(word)), "{}: {line}", source.path.display());
        }
    }
    for path in files().iter().filter(|path| path.extension().is_some_and(|end| end == "sql")) {
        let room = path.strip_prefix(src()).unwrap().components().next().unwrap();
        assert!(knows_sql(room.as_os_str().to_str().unwrap()), "{}", path.display());
    }
}

#[test]
fn there_is_no_room_for_odds_and_ends() {
    for path in files() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(!["util", "utils", "helper", "helpers", "common", "misc"].contains(&name), "{}", path.display());
    }
}

#[test]
fn main_is_a_page() {
    let main = std::fs::read_to_string(src().join("main.rs")).unwrap();
    assert!(main.lines().count() <= MAX_MAIN_LINES);
}

/// The paths of `text` that are given to `.route(`.
fn routes(text: &str) -> impl Iterator<Item = &str> {
    text.split(".route(\"").skip(1).filter_map(|after| Some(after.split_once('"')?.0))
}

#[test]
fn the_api_is_described_as_it_is_routed() {
    let text = std::fs::read_to_string(src().join("routes.rs")).unwrap();
    let (before, scope) = text.split_once("web::scope(\"/api/v1\")").unwrap();
    let (scope, after) = scope.split_once(".default_service(").unwrap();
    let own = routes(scope).map(|path| format!("/api/v1{path}"));
    let health = routes(before)
        .chain(routes(after))
        .filter(|path| path.ends_with('z') || *path == "/version")
        .map(str::to_owned);
    let routed: BTreeSet<_> = own.chain(health).collect();
    let described: BTreeSet<_> = ApiDocument::openapi().paths.paths.into_keys().collect();
    assert!(routed.len() >= 9, "{routed:?}");
    assert_eq!(routed, described);
}

/// The description has one place for a name: of two types with the same one, the first would describe both.
#[test]
fn no_two_described_types_have_the_same_name() {
    let mut names = BTreeSet::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let described = text.split("#[derive(").skip(1).filter_map(|after| {
            let (derived, after) = after.split_once(")]")?;
            let (others, declaration) = after.split_once("struct ").or_else(|| after.split_once("enum "))?;
            let rest = others.split_once("schema(as = ").map_or(declaration, |(_, rest)| rest);
            let name = rest.split(|letter: char| !letter.is_alphanumeric()).next()?;
            derived.contains("ToSchema").then_some(name)
        });
        let mine: BTreeSet<_> = described.map(str::to_owned).collect();
        for name in mine {
            assert!(names.insert(name.clone()), "{name}, in {}", path.display());
        }
    }
    assert!(names.len() > 50, "{names:?}");
}

#[test]
fn the_traffic_dashboard_is_described_as_it_is_routed() {
    let text = std::fs::read_to_string(src().join("routes.rs")).unwrap();
    let (_, scope) = text.split_once("web::scope(&format!(\"{mount_path}/api\"))").unwrap();
    let (scope, _) = scope.split_once(".default_service(").unwrap();
    let routed: BTreeSet<_> = routes(scope).map(|path| format!("/api{path}")).collect();
    let described: BTreeSet<_> = DashboardDocument::openapi().paths.paths.into_keys().collect();
    assert_eq!(routed.len(), 7, "traffic.md 3");
    assert_eq!(routed, described);
}

/// Method and whole pattern of every page: what is routed in each guarded scope, and in the functions that configure it.
fn pages() -> BTreeSet<(String, String)> {
    let text = std::fs::read_to_string(src().join("routes.rs")).unwrap();
    let (_, text) = text.split_once("fn pages(").unwrap();
    let (text, _) = text.split_once("fn traffic_dashboard(").unwrap();
    // However it is laid out: a space or a line end between two calls is none.
    let text = format!("pages({text}");
    let functions: Vec<(&str, String)> = text
        .split("\nfn ")
        .map(|function| function.split_once('(').unwrap())
        .map(|(name, rest)| (name, rest.split_whitespace().collect()))
        .collect();
    let mut found = BTreeSet::new();
    for (name, text) in &functions {
        let has_scope = text.contains("web::scope(") && *name != "guarded";
        assert!(!has_scope, "{name} routes pages that the guard does not stand before");
        for resource in text.split("web::resource(\"").skip(1) {
            let (path, routed) = resource.split_once('"').unwrap();
            let (before, route) = routed.split_once(".route(").unwrap();
            assert!(before.contains(".wrap(from_fn(access::guard::guard))"), "nothing stands before {path}");
            assert!(route.starts_with("get()"), "{path}");
            found.insert(("GET".to_owned(), path.to_owned()));
        }
        for scope in text.split("guarded(\"").skip(1) {
            let (prefix, routed) = scope.split_once('"').unwrap();
            let configured = routed.split(".configure(").skip(1).map(|after| after.split_once(')').unwrap().0);
            let within = configured.map(|name| functions.iter().find(|(known, _)| *known == name).unwrap().1.as_str());
            for routed in std::iter::once(routed).chain(within) {
                let own = routed.split("guarded(\"").next().unwrap();
                for route in own.split(".route(\"").skip(1) {
                    let (path, handler) = route.split_once("\",").unwrap();
                    let is = |method: &&str| handler.starts_with(&format!("{method}()"));
                    let method = ["get", "post"].into_iter().find(is).unwrap_or_else(|| panic!("{path}: {handler}"));
                    found.insert((method.to_uppercase(), format!("{prefix}{path}")));
                }
            }
        }
    }
    found
}

#[test]
fn every_page_has_a_rule_and_every_rule_a_page() {
    let ruled: BTreeSet<_> = RULES.iter().map(|rule| (rule.method.to_owned(), rule.pattern.to_owned())).collect();
    let routed = pages();
    assert!(routed.len() > 30, "{routed:?}");
    assert_eq!(ruled.difference(&routed).collect::<Vec<_>>(), Vec::<&(String, String)>::new(), "no page has this rule");
    assert_eq!(routed.difference(&ruled).collect::<Vec<_>>(), Vec::<&(String, String)>::new(), "no rule has this page");
}

#[test]
fn every_described_question_names_its_refusals() {
    let own = serde_json::to_value(ApiDocument::openapi()).unwrap();
    let token = serde_json::json!([{"read_token": []}]);
    check_questions(&own, "/api/v1", &token);
    let dashboard = serde_json::to_value(DashboardDocument::openapi()).unwrap();
    check_questions(&dashboard, "/api", &serde_json::json!([{"dashboard": []}, {"read_token": []}]));
}

fn check_questions(document: &serde_json::Value, below: &str, security: &serde_json::Value) {
    for (path, item) in document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with(below)) {
        let question = &item["get"];
        assert!(question["responses"]["401"].is_object(), "{path}");
        assert_eq!(question["security"], *security, "{path}");
        let parameters: Vec<_> =
            question["parameters"].as_array().into_iter().flatten().map(|parameter| &parameter["name"]).collect();
        for segment in path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')) {
            assert!(parameters.iter().any(|name| *name == segment), "{path} does not describe {segment}");
        }
    }
}
