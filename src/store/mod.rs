//! SQLite: the only room, with `query`, that knows SQL.
//!
//! ```text
//! submit -> queue (bounded) -> writer thread: savepoint per batch, one commit -> receipt
//!                                             `-> feed of what was committed
//! read   -> pool of readers, one snapshot each
//! ```

pub mod accounts;
mod administration;
pub mod checkpoint;
pub mod connection;
pub mod copying;
pub mod dictionary;
mod erase;
pub mod error;
pub mod feed;
pub mod file_sizes;
pub mod goals;
pub mod health;
pub mod heat;
pub mod import_sources;
pub mod integrity;
pub mod migrate;
pub mod pack;
pub mod project_keys;
pub mod project_settings;
pub mod put_aside;
mod queue;
pub mod registry;
pub mod retention;
mod room;
pub mod saved_filters;
pub mod self_check;
pub mod sequence;
pub mod track;
pub mod traffic;
pub mod value;
pub mod visits;
pub mod workspaces;
mod writer;
pub mod written;

use std::cmp::Ordering;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{Mutex, watch};

use self::administration::Administration;
use self::checkpoint::Checkpointer;
use self::connection::{Ownership, ReaderManager};
use self::dictionary::{Dictionary, TextHash};
pub use self::error::StoreError;
use self::feed::Feed;
use self::health::Health;
use self::heat::insert::HeatWriter;
use self::integrity::Look;
use self::queue::Queue;
use self::retention::pruner::Pruner;
use self::retention::{Progress, Rules, SharedRules};
pub use self::room::Room;
use self::room::Rooms;
use self::track::insert::TrackWriter;
use self::traffic::insert::TrafficWriter;
use self::visits::making::VisitMaker;
use self::writer::{Outside, Writer};
use crate::config::Storage;
use crate::domain::clock::SharedClock;
use crate::domain::id::ProjectId;
use crate::domain::{Batch, Receipt, StoredProject};

/// How long a query waits for a free reader.
const READER_WAIT: Duration = Duration::from_secs(2);

/// How often the writer looks after itself.
const TICK: Duration = Duration::from_millis(500);

/// One open database: its queue, its readers, its feed.
///
/// Cheap to clone; all clones share the writer. [`Store::close`] ends it for all of them.
#[derive(Clone)]
pub struct Store {
    queue: Queue,
    rooms: Rooms,
    readers: r2d2::Pool<ReaderManager>,
    feed: Feed,
    health: Arc<Health>,
    text_hash: TextHash,
    install_secret: [u8; 32],
    queue_limits: (usize, u64),
    query_timeout: Duration,
    discard: bool,
    administration: Administration,
    retention: SharedRules,
    /// Becomes `Some` when the writer's thread has ended; the text says why if it was not asked to.
    ended: watch::Receiver<Option<Result<(), String>>>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// As what a store writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Server,
    /// A command, perhaps while a server runs; whether the file is sound is the server's to look.
    Beside,
}

impl Store {
    /// Opens the file, brings it to the newest schema and starts the writer. Blocks.
    ///
    /// Must be called inside a Tokio runtime, which reminds the writer to look after itself.
    pub fn open(config: &Storage, clock: SharedClock) -> Result<Self, StoreError> {
        connection::check_sqlite_version()?;
        connection::prepare_file(&config.path)?;
        let ownership = Ownership::take(&config.path)?;
        let found = migrate::schema_of(&connection::open_to_look(&config.path)?)?;
        let known = migrate::newest_known();
        if found > known {
            return Err(StoreError::NewerFile { found, known });
        }
        let mut connection = connection::open_writer(config)?;
        // A command beside the server does not expect the schema to change under it.
        let beside = if found < known { Some(Ownership::take_beside(&config.path)?) } else { None };
        migrate::migrate(&mut connection, clock.now_ms())?;
        drop(beside);
        connection::sync_directory(&config.path)?;
        Self::start(config, clock, connection, ownership, Place::Server)
    }

    /// Opens a file that a server may have open as well, to write much into it. Blocks.
    ///
    /// Both writers see each other's commits before they write; see `Writer::begin`. What is written here is not in the
    /// server's feed. There is one such place beside a server; who comes second is told that the file is in use.
    /// A file that is not there is not made.
    pub fn open_beside(config: &Storage, clock: SharedClock) -> Result<Self, StoreError> {
        connection::check_sqlite_version()?;
        if !config.path.is_file() {
            return Err(StoreError::NoFile(config.path.display().to_string()));
        }
        let ownership = Ownership::take_beside(&config.path)?;
        let (found, known) = (migrate::schema_of(&connection::open_reader(config)?)?, migrate::newest_known());
        match found.cmp(&known) {
            Ordering::Less => return Err(StoreError::OlderFile { found, known }),
            Ordering::Greater => return Err(StoreError::NewerFile { found, known }),
            Ordering::Equal => {}
        }
        Self::start(config, clock, connection::open_writer(config)?, ownership, Place::Beside)
    }

    /// Starts the writer, and what it needs, on a file that is as it should be.
    fn start(
        config: &Storage,
        clock: SharedClock,
        connection: rusqlite::Connection,
        ownership: Ownership,
        place: Place,
    ) -> Result<Self, StoreError> {
        let install_secret = migrate::install_secret(&connection)?;
        let text_hash = TextHash::new(&install_secret);

        let health = Arc::new(Health::default());
        let is_sound = ownership.begin() || place == Place::Beside;
        let look =
            if is_sound { None } else { Some(Look::begin(connection::open_reader(config)?, Arc::clone(&health))?) };
        let feed = Feed::default();
        let (queue, receiver) = Queue::new(config.queue_batches, config.queue_bytes, Arc::clone(&health));
        let heat = HeatWriter::new(&connection, Dictionary::new(text_hash))?;
        let traffic = TrafficWriter::new(&connection, Dictionary::new(text_hash))?;
        let track = TrackWriter::new(text_hash, install_secret);
        let administration = Administration::new(config.clone(), Arc::clone(&clock));
        let visits = VisitMaker::new(text_hash);
        let checkpointer = Checkpointer::start(connection::open_writer(config)?)?;
        let retention = SharedRules::default();
        let outside =
            Outside { health: Arc::clone(&health), feed: feed.clone(), clock, look, retention: retention.clone() };
        let writers = (heat, traffic, track, visits);
        let pruner = Pruner::new(text_hash);
        let writer = Writer::new(connection, writers, pruner, checkpointer, config, outside, ownership)?;
        let readers = r2d2::Pool::builder()
            .max_size(config.readers)
            .min_idle(Some(1))
            .max_lifetime(None)
            .idle_timeout(None)
            .test_on_check_out(false)
            .connection_timeout(READER_WAIT)
            .build(ReaderManager::new(config.clone()))
            .map_err(|_| StoreError::ReadersBusy)?;

        let (ended_sender, ended) = watch::channel(None);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                // A panic of the writer must end the process as a failed fsync does.
                let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| writer.run(receiver)));
                ended_sender.send_replace(Some(match result {
                    Ok(result) => result.map_err(|error| error.to_string()),
                    Err(_) => Err("the writer panicked".to_owned()),
                }));
            })
            .map_err(|source| StoreError::Directory { path: "writer thread".to_owned(), source })?;
        tokio::spawn(remind(queue.clone(), ended.clone()));

        Ok(Self {
            queue,
            rooms: Rooms::default(),
            readers,
            feed,
            health,
            text_hash,
            install_secret,
            queue_limits: (config.queue_batches, config.queue_bytes),
            query_timeout: config.query_timeout,
            discard: config.discard,
            administration,
            retention,
            ended,
            thread: Arc::new(Mutex::new(Some(thread))),
        })
    }

    /// Takes room for a batch that is to be understood and then stored, or says that too many are under way. To be held until
    /// the batch is stored.
    pub fn make_room(&self) -> Result<Room, StoreError> {
        self.rooms.take()
    }

    /// Stores a batch; returns after the commit has reached the disk.
    pub async fn submit(&self, batch: Batch) -> Result<Receipt, StoreError> {
        if self.discard {
            return Ok(discarded(&batch));
        }
        self.queue.submit(batch).await
    }

    /// Runs `read` on one snapshot. Blocks: to be called where blocking is allowed.
    pub fn read<T>(&self, read: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut reader = self.readers.get().map_err(|_| StoreError::ReadersBusy)?;
        connection::read_snapshot(&mut reader, self.query_timeout, read)
    }

    /// Changes what people set: accounts, roles, keys, settings of projects. `change` is given the time and runs in a
    /// transaction of its own, which is committed if it succeeds. Blocks: to be called where blocking is allowed.
    pub fn administer<T>(
        &self,
        change: impl FnOnce(&rusqlite::Transaction<'_>, i64) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.administration.run(change)
    }

    /// How long data are kept from now on. Until this is called, for ever.
    pub fn keep(&self, rules: Rules) {
        self.retention.set(rules);
    }

    /// How long data are kept, and how far deleting is. Blocks: to be called where blocking is allowed.
    pub fn retention(&self, now_ms: i64) -> Result<Progress, StoreError> {
        let rules = self.retention.rules();
        self.read(|connection| retention::progress::progress(connection, rules, now_ms))
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        self.administration.path()
    }

    #[must_use]
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// How texts of this file are looked up.
    #[must_use]
    pub fn text_hash(&self) -> TextHash {
        self.text_hash
    }

    /// How full the queue is, in percent of the limit that is nearer.
    #[must_use]
    pub fn queue_percent(&self) -> u64 {
        let percent = |number: u64, max: u64| number.saturating_mul(100) / max.max(1);
        let (max_batches, max_bytes) = self.queue_limits;
        let health = &self.health;
        percent(health.queued_batches(), max_batches as u64).max(percent(health.queued_bytes(), max_bytes))
    }

    /// What may wait for the writer: batches and bytes.
    #[must_use]
    pub fn queue_limits(&self) -> (usize, u64) {
        self.queue_limits
    }

    /// The installation's secret, from which public ids are derived.
    #[must_use]
    pub fn install_secret(&self) -> &[u8; 32] {
        &self.install_secret
    }

    /// Waits until the writer has ended; an error says why it gave up.
    pub async fn ended(&self) -> Result<(), String> {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(result) => result.clone().unwrap_or(Ok(())),
            Err(_) => Ok(()),
        }
    }

    /// Writes what waits, tidies the file, and ends the writer.
    pub async fn close(&self) -> Result<(), String> {
        self.queue.close().await;
        self.administration.close();
        let result = self.ended().await;
        if let Some(thread) = self.thread.lock().await.take() {
            // It has ended already or is about to; its panics were caught.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        result
    }
}

/// The receipt of a batch that nobody stores.
fn discarded(batch: &Batch) -> Receipt {
    let nowhere = StoredProject { id: ProjectId(0), uuid: uuid::Uuid::nil() };
    Receipt { project: matches!(batch, Batch::Heat(_)).then_some(nowhere), ..Receipt::default() }
}

/// Reminds the writer of its upkeep until it has ended.
async fn remind(queue: Queue, mut ended: watch::Receiver<Option<Result<(), String>>>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = interval.tick() => queue.tick(),
            _ = ended.wait_for(Option::is_some) => return,
        }
    }
}
