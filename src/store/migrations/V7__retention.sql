-- How long data are kept, and how projects go: by what is found what is too old, how far deleting is, and what time the file
-- believes in.

-- The day (UTC, counted from the epoch) on which the newest row of a session was received: by it whole sessions go. What
-- clients say of the time is not believed here: a wrong clock of theirs would keep data for ever, or lose them at once.
ALTER TABLE heat_session ADD COLUMN received_day INTEGER NOT NULL DEFAULT 0;
UPDATE heat_session SET received_day = received_at_ms / 86400000;
UPDATE heat_session
SET received_day = (heat_session.received_at_ms + latest.received_in_ms) / 86400000
FROM (SELECT session_id, MAX(received_in_ms) AS received_in_ms FROM heat_event GROUP BY session_id) AS latest
WHERE latest.session_id = heat_session.id;
CREATE INDEX heat_session_received ON heat_session (project_id, received_day);

ALTER TABLE track_session ADD COLUMN received_day INTEGER NOT NULL DEFAULT 0;
-- The plus keeps SQLite from looking up each event by its session.
UPDATE track_session
SET received_day = latest.received_ms / 86400000
FROM (
    SELECT session_id, MAX(received_ms) AS received_ms
    FROM track_event
    WHERE +session_id IS NOT NULL
    GROUP BY +session_id
) AS latest
WHERE latest.session_id = track_session.id;
CREATE INDEX track_session_received ON track_session (project_id, received_day);

-- App events without a session go one by one.
CREATE INDEX track_event_alone ON track_event (project_id, received_ms) WHERE session_id IS NULL;

-- Who was identified in a session that goes.
CREATE INDEX heat_session_former_session ON heat_session_former_user (session_id);

-- Sessions of browsers that are gone for everybody, and whose events are being deleted.
CREATE TABLE heat_doomed_session (
    session_id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL
) STRICT;

-- Points that are still to be taken out of the heat index: sequence numbers of deleted events.
CREATE TABLE heat_doomed_run (
    project_id INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    path_id    INTEGER NOT NULL,
    first_seq  INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (project_id, kind, path_id, first_seq)
) STRICT, WITHOUT ROWID;

-- The time that the file believes in: store::retention::guard.
CREATE TABLE retention_clock (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    trusted_ms       INTEGER NOT NULL,
    noted_ms         INTEGER NOT NULL,         -- when this was written
    suspect_since_ms INTEGER,                  -- the clock jumped then, and is not believed yet
    suspect_hours    INTEGER NOT NULL          -- in how many hours it was seen to go on since
) STRICT;

-- The last run of each kind of data: store::retention::run.
CREATE TABLE retention_run (
    kind       INTEGER PRIMARY KEY,            -- store::retention::Kind
    run_day    INTEGER NOT NULL,               -- one run each day (UTC, counted from the epoch)
    cutoff_day INTEGER NOT NULL,               -- what is older than this day goes
    rows       INTEGER NOT NULL,               -- deleted so far
    began_ms   INTEGER NOT NULL,
    ended_ms   INTEGER                         -- absent: there may be more to delete
) STRICT;

-- A project that goes: hidden since then, while its rows are deleted.
ALTER TABLE project ADD COLUMN deleted_at_ms INTEGER;
CREATE INDEX project_deleted ON project (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

-- The greatest id of a project that is gone: no id is given twice.
ALTER TABLE install ADD COLUMN last_project_id INTEGER NOT NULL DEFAULT 0;
