//! A Hearth of a test's own, in front of an upstream of the test's own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hearth::app::{self, Running};
use hearth::config::{self, Config, Overrides, Surroundings};
use hearth::domain::traffic::{Failure, Protocol};
use hearth::store::connection;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::client::{PATIENCE, Wire};
use crate::upstream::Upstream;

/// How often the file is asked for records that are on their way.
const POLLING: Duration = Duration::from_millis(5);

/// A running Hearth with a proxy; dropping it stops it and removes its files.
pub struct Hearth {
    pub config: Config,
    pub project_key: String,
    running: Option<Running>,
    runtime: Runtime,
    _directory: TempDir,
}

/// What was recorded of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub status: u16,
    pub failure: Option<Failure>,
    pub protocol: Protocol,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub duration_us: u64,
}

impl Hearth {
    /// In front of an upstream, with settings of the form `section.key=value`.
    pub fn before(upstream: &Upstream, settings: &[&str]) -> Self {
        Self::before_address(upstream.address, settings)
    }

    pub fn before_address(upstream: SocketAddr, settings: &[&str]) -> Self {
        let one = format!("proxy.upstream=http://{upstream}");
        Self::with(&[&[one.as_str()], settings].concat(), |_| {})
    }

    /// With settings, and what only a file could set.
    pub fn with(settings: &[&str], change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let small = ["server.workers=1", "storage.readers=2", "server.shutdown_timeout=1s", "proxy.listen=127.0.0.1:0"];
        let overrides = Overrides {
            listen: Some("127.0.0.1:0".to_owned()),
            data: Some(directory.path().join("hearth.db").display().to_string()),
            set: small.iter().chain(settings).map(ToString::to_string).collect(),
            ..Overrides::default()
        };
        let loaded = config::load_from(&overrides, &Surroundings::default());
        let mut config = loaded.map_err(|problems| problems.to_string()).unwrap().config;
        change(&mut config);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let running = runtime.block_on(async { app::start(&config).unwrap() });
        let project_key = running.first_project.clone().unwrap().project_key;
        Self { config, project_key, running: Some(running), runtime, _directory: directory }
    }

    pub fn connect(&self) -> Wire {
        Wire::open(self.running.as_ref().unwrap().proxy_address.unwrap())
    }

    /// Stops in order, as a signal does.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop()).unwrap();
        }
    }

    /// The first `count` records, once there are as many.
    #[track_caller]
    pub fn records(&self, count: usize) -> Vec<Recorded> {
        let file = connection::open_writer(&self.config.storage).unwrap();
        let mut statement = file
            .prepare(
                "SELECT status, failure, protocol, bytes_in, bytes_out, duration_us FROM traffic_request ORDER BY id",
            )
            .unwrap();
        let begin = Instant::now();
        loop {
            let rows = statement.query_map([], |row| {
                Ok(Recorded {
                    status: row.get(0)?,
                    failure: row.get::<_, Option<i64>>(1)?.map(|code| Failure::from_code(code).unwrap()),
                    protocol: Protocol::from_code(row.get(2)?).unwrap(),
                    bytes_in: row.get(3)?,
                    bytes_out: row.get(4)?,
                    duration_us: row.get(5)?,
                })
            });
            let records: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
            if records.len() >= count {
                return records;
            }
            assert!(begin.elapsed() < PATIENCE, "only {records:?}");
            std::thread::sleep(POLLING);
        }
    }

    /// The only record.
    #[track_caller]
    pub fn record(&self) -> Recorded {
        let records = self.records(1);
        assert_eq!(records.len(), 1, "{records:?}");
        records[0].clone()
    }
}

impl Drop for Hearth {
    fn drop(&mut self) {
        self.stop();
    }
}
