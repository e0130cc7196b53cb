//! A Hearth of a test's own: its directory, its clock, its first project.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use hearth::app::{self, Reloaded, Running};
use hearth::config::{self, Config, Loaded, Overrides, Surroundings};
use hearth::domain::ManualClock;
use hearth::store::registry::{self, Secret};
use hearth::store::{Store, connection};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::client::{Answer, Connection, Request};
use crate::payload::NOW_MS;

/// A running Hearth; dropping it stops it and removes its files.
pub struct Hearth {
    pub clock: Arc<ManualClock>,
    pub config: Config,
    pub project: Project,
    pub runtime: Runtime,
    running: Option<Running>,
    _directory: TempDir,
}

/// A project and the secrets that open it.
#[derive(Debug, Clone)]
pub struct Project {
    /// Public id.
    pub id: String,
    pub key: String,
    pub token: String,
}

impl Hearth {
    /// Starts with the defaults.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts with settings of the form `section.key=value`.
    pub fn with(settings: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = configure(&directory, settings);
        let clock = Arc::new(ManualClock::at(NOW_MS));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let running = runtime.block_on(async { app::start_at(&config, clock.clone()).unwrap() });
        let first = running.first_project.clone().unwrap();
        let id = running.store.read(|file| Ok(registry::projects(file)?[0].uuid.to_string())).unwrap();
        let project = Project { id, key: first.project_key, token: first.read_token };
        Self { clock, config, project, runtime, running: Some(running), _directory: directory }
    }

    /// Stops in order and starts again on the same file, with the settings changed.
    pub fn restart_with(&mut self, change: impl FnOnce(&mut Config)) {
        self.stop();
        change(&mut self.config);
        let (config, clock) = (&self.config, self.clock.clone());
        self.running = Some(self.runtime.block_on(async { app::start_at(config, clock).unwrap() }));
    }

    pub fn restart(&mut self) {
        self.restart_with(|_| {});
    }

    /// Reads another configuration while it runs, as SIGHUP does.
    pub fn reload(&self, change: impl FnOnce(&mut Config)) -> Result<Reloaded, Vec<String>> {
        let mut config = self.config.clone();
        change(&mut config);
        let loaded = Loaded { config, origins: BTreeMap::new(), file: None };
        self.running.as_ref().unwrap().reload(&loaded)
    }

    /// Stops in order.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop()).unwrap();
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().address
    }

    /// Where monitoring systems ask.
    pub fn metrics_address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().metrics_address.unwrap()
    }

    /// Where the first administrator is made, while there is none.
    pub fn setup_url(&self) -> Option<&str> {
        self.running.as_ref().unwrap().setup_url.as_deref()
    }

    pub fn store(&self) -> &Store {
        &self.running.as_ref().unwrap().store
    }

    pub fn connect(&self) -> Connection {
        Connection::open(self.address())
    }

    /// Sends a request on a connection of its own.
    pub fn send(&self, request: &Request) -> Answer {
        self.connect().send(request)
    }

    /// Reads with the first project's token.
    pub fn get(&self, target: impl Into<String>) -> Answer {
        self.send(&Request::get(target).bearer(&self.project.token))
    }

    /// Reads a path of the first project in heat-collector's API.
    pub fn get_heat(&self, rest: &str) -> Answer {
        self.get(format!("/api/projects/{}/{rest}", self.project.id))
    }

    /// Reads a path of the first project in Hearth's own API.
    pub fn get_own(&self, rest: &str) -> Answer {
        self.get(format!("/api/v1/projects/{}/{rest}", self.project.id))
    }

    /// Sends a batch with the first project's key.
    pub fn ingest(&self, batch: &Value) -> Answer {
        self.ingest_to(&self.project, batch)
    }

    pub fn ingest_to(&self, project: &Project, batch: &Value) -> Answer {
        self.send(&Request::ingest(&project.key, batch.to_string()))
    }

    /// Another connection to the file, as a command beside the server has one.
    pub fn file(&self) -> rusqlite::Connection {
        connection::open_writer(&self.config.storage).unwrap()
    }

    /// Adds a project as `hearth project add` and the commands after it do.
    pub fn add_project(&self, name: &str) -> Project {
        let file = self.file();
        let added = registry::add_project(&file, name, NOW_MS).unwrap();
        let secret = |kind| registry::create_secret(&file, kind, added.project, NOW_MS).unwrap();
        Project {
            id: added.project_uuid.to_string(),
            key: secret(Secret::ProjectKey),
            token: secret(Secret::ReadToken),
        }
    }

    /// How many rows a table has.
    pub fn count_rows(&self, table: &str) -> i64 {
        self.file().query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }
}

impl Drop for Hearth {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            // A test that has closed the store, or broken it, has seen the reason itself.
            let _ = self.runtime.block_on(running.stop());
        }
    }
}

/// A configuration on a file in `directory`, for one small server on a free port.
pub fn configure(directory: &TempDir, settings: &[&str]) -> Config {
    let small = [
        "server.workers=1",
        "storage.readers=2",
        "server.shutdown_timeout=1s",
        "heat.rate_limit.max=1000000",
        "backup.every=0s",
    ];
    let overrides = Overrides {
        listen: Some("127.0.0.1:0".to_owned()),
        data: Some(directory.path().join("data/hearth.db").display().to_string()),
        set: small.iter().chain(settings).map(ToString::to_string).collect(),
        ..Overrides::default()
    };
    config::load_from(&overrides, &Surroundings::default()).map_err(|problems| problems.to_string()).unwrap().config
}
