//! A file with only the writer of app events on it, events to write, and its rows as text.

use hearth::domain::batch::Receipt;
use hearth::domain::id::ProjectId;
use hearth::domain::track::{EventKind, Identifier, IdentifierKind, Statement, Touch, TrackBatch, TrackEvent, Trait};
use hearth::store::dictionary::TextHash;
use hearth::store::track::insert::TrackWriter;
use hearth::store::{StoreError, connection, migrate};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::installation::configure;
use crate::payload::NOW_MS;

pub const PROJECT: ProjectId = ProjectId(1);

/// How long ids are remembered, in milliseconds.
pub const WINDOW_MS: i64 = 6 * 3_600_000;

/// A file and its writer.
pub struct TrackFile {
    pub connection: Connection,
    pub writer: TrackWriter,
    _directory: TempDir,
}

impl TrackFile {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = configure(&directory, &[]).storage;
        connection::prepare_file(&config.path).unwrap();
        let mut connection = connection::open_writer(&config).unwrap();
        migrate::migrate(&mut connection, NOW_MS).unwrap();
        let writer = writer_of(&connection);
        Self { connection, writer, _directory: directory }
    }

    /// A writer that remembers nothing, as after a restart.
    pub fn restart(&mut self) {
        self.writer = writer_of(&self.connection);
    }

    /// Writes a batch as the store's writer does.
    pub fn write(&mut self, batch: &mut TrackBatch) -> Receipt {
        self.connection.execute_batch("SAVEPOINT batch").unwrap();
        let receipt = self.writer.insert(&self.connection, batch).unwrap();
        self.connection.execute_batch("RELEASE batch").unwrap();
        receipt
    }

    /// Writes events that arrive now, and says how many were duplicates.
    pub fn write_events(&mut self, events: Vec<TrackEvent>) -> u64 {
        self.write(&mut batch(events)).duplicates
    }

    /// Takes as many steps of forgetting as there are, and says how many.
    pub fn forget_keys(&mut self, now_ms: i64) -> Result<usize, StoreError> {
        let mut steps = 0;
        while self.writer.may_forget_keys(&self.connection, now_ms)? {
            self.writer.forget_keys(&self.connection, now_ms)?;
            steps += 1;
        }
        Ok(steps)
    }

    pub fn count(&self, table: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {table}"))
    }

    pub fn number(&self, query: &str) -> i64 {
        self.connection.query_row(query, [], |row| row.get(0)).unwrap()
    }

    pub fn texts(&self, query: &str) -> Vec<String> {
        let mut statement = self.connection.prepare(query).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// Everything that follows from the events, with texts instead of row ids.
    pub fn rows(&self) -> Vec<String> {
        let id = |column: &str| format!("(SELECT kind || ':' || value FROM track_identifier WHERE id = {column})");
        let text = |column: &str| format!("(SELECT text FROM dictionary WHERE id = {column})");
        let session = |column: &str| format!("(SELECT external_id FROM track_session WHERE id = {column})");
        let event = "(SELECT event_id FROM track_event AS e WHERE e.seq = t.seq)";
        let tables = [
            (
                "track_identifier",
                "project_id, kind, value, is_proven, \
                 IIF(kind = 0, (SELECT SUM(o.is_person) FROM track_identifier AS o WHERE o.person_id = t.person_id), is_person), \
                 (SELECT GROUP_CONCAT(o.value ORDER BY o.value) FROM track_identifier AS o WHERE o.person_id = t.person_id)"
                    .to_owned(),
            ),
            ("track_tie", format!("{}, time_ms, {}", id("from_id"), id("to_id"))),
            ("track_tied", format!("{}, {}", id("from_id"), id("to_id"))),
            ("track_alias", format!("{}, {}, time_ms", id("absorbed_id"), id("survivor_id"))),
            ("track_web_match", format!("{}, {}, time_ms", id("subject_id"), id("anonymous_id"))),
            ("track_trait", format!("{}, key, value, time_ms", id("user_id"))),
            ("track_email", format!("project_id, email, {}", id("user_id"))),
            (
                "track_session",
                format!(
                    "project_id, external_id, started_ms, ended_ms, event_count, page_view_count, \
                     IIF(event_count > 0, {}, NULL)",
                    text("channel_id")
                ),
            ),
            (
                "track_touch",
                format!(
                    "{}, COALESCE({}, session_key), fingerprint, {}, first_ms, captured_ms, last_captured_ms, {}, {}, \
                     click_id, lyr, landing_page, referrer, detail",
                    id("subject_id"),
                    session("session_key"),
                    id("anonymous_id"),
                    text("source_id"),
                    text("click_key_id")
                ),
            ),
            (
                "track_conversion",
                format!(
                    "project_id, time_ms, {event}, {}, {}, {}, is_revenue, amount_micros, {}",
                    text("name_id"),
                    id("subject_id"),
                    session("session_id"),
                    text("currency_id")
                ),
            ),
            ("track_pairing", format!("project_id, kind, value, {}, {}, time_ms", id("subject_id"), id("anonymous_id"))),
            ("track_download_click", format!("project_id, HEX(address_hash), received_ms, {event}")),
            (
                "track_event",
                format!(
                    "project_id, time_ms, event_id, {}, kind, flags, {}, {}, {}, {}, {}, {}, client_time, properties, context",
                    text("name_id"),
                    id("subject_id"),
                    id("anonymous_id"),
                    id("device_id"),
                    session("session_id"),
                    text("channel_id"),
                    text("library_id")
                ),
            ),
            ("track_key", format!("project_id, hash, {event}, received_ms")),
        ];
        let rows = |(table, columns): &(&str, String)| {
            self.texts(&format!("SELECT '{table} ' || JSON_ARRAY({columns}) FROM {table} AS t ORDER BY 1"))
        };
        tables.iter().flat_map(rows).collect()
    }
}

fn writer_of(connection: &Connection) -> TrackWriter {
    let secret = migrate::install_secret(connection).unwrap();
    TrackWriter::new(TextHash::new(&secret), secret)
}

/// A batch of the first project that arrives now.
pub fn batch(events: Vec<TrackEvent>) -> TrackBatch {
    TrackBatch {
        project: PROJECT,
        received_at_ms: NOW_MS,
        remembered_for_ms: Some(WINDOW_MS),
        address_hash: Some([7; 16]),
        country: hearth::domain::country::Country::UNKNOWN,
        events,
        quarantined: Vec::new(),
        max_quarantined: 10,
    }
}

/// An event of nobody.
pub fn event(id: &str) -> TrackEvent {
    TrackEvent {
        seq: 0,
        id: Some(id.into()),
        name: "clicked".into(),
        kind: EventKind::Other,
        time_ms: NOW_MS,
        client_time: None,
        channel: "web".into(),
        library: Some("datalyr-web-sdk".into()),
        library_version: Some("1.7.12".into()),
        user: None,
        anonymous: None,
        device: None,
        session: None,
        may_advertise: true,
        is_hidden: false,
        properties: "{}".into(),
        context: None,
        touch: None,
        conversion: None,
        statements: Vec::new(),
        traits: Vec::new(),
        pairing: None,
    }
}

pub fn event_of_user(id: &str, user: &str) -> TrackEvent {
    TrackEvent { user: Some(user.into()), ..event(id) }
}

pub fn event_of_anonymous(id: &str, anonymous: &str) -> TrackEvent {
    TrackEvent { anonymous: Some(anonymous.into()), ..event(id) }
}

pub fn identifier(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier { kind, value: value.into() }
}

/// An anonymous id stands for a user.
pub fn tie(anonymous: &str, user: &str) -> Statement {
    Statement::Tie {
        from: identifier(IdentifierKind::Anonymous, anonymous),
        to: identifier(IdentifierKind::User, user),
    }
}

pub fn same(absorbed: &str, survivor: &str) -> Statement {
    Statement::Same { survivor: survivor.into(), absorbed: absorbed.into() }
}

pub fn fact(key: &str, value: &str) -> Trait {
    Trait { key: key.into(), value: value.into() }
}

pub fn touch(fingerprint: i64, captured_ms: i64) -> Touch {
    Touch {
        fingerprint,
        captured_ms,
        source: Some(format!("source {fingerprint}").into()),
        medium: None,
        campaign: None,
        term: None,
        content: None,
        click: Some(("fbclid", "FB123".into())),
        lyr: None,
        landing_page: None,
        referrer: None,
        detail: "{}".into(),
    }
}
