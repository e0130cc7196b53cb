-- The first shape of the file: projects and their secrets, the dictionary, heat events, the heat index.
-- Times are milliseconds since the Unix epoch. Columns of type ANY hold what a browser's double held: an
-- INTEGER where it is whole (smaller), a REAL otherwise; SQLite compares the two by value.

CREATE TABLE install (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    secret        BLOB NOT NULL,               -- 32 random bytes; derives the event ids shown outside
    next_seq      INTEGER NOT NULL DEFAULT 1,  -- no row has this sequence number or a greater one
    created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE project (
    id            INTEGER PRIMARY KEY,
    uuid          BLOB NOT NULL UNIQUE,        -- the id the outside knows
    name          TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE project_key (
    id            INTEGER PRIMARY KEY,
    project_id    INTEGER NOT NULL REFERENCES project (id),
    hash          BLOB NOT NULL UNIQUE,        -- SHA-256 of the key
    prefix        TEXT NOT NULL,               -- its first characters, for people
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER
) STRICT;

CREATE TABLE read_token (
    id            INTEGER PRIMARY KEY,
    project_id    INTEGER NOT NULL REFERENCES project (id),
    hash          BLOB NOT NULL UNIQUE,
    prefix        TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER
) STRICT;

-- Every text that repeats: paths, selectors, names, viewport and device descriptions.
CREATE TABLE dictionary (
    id   INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,                     -- SipHash of the text; look up by it, compare the text
    text TEXT NOT NULL
) STRICT;
CREATE INDEX dictionary_hash ON dictionary (hash);

CREATE TABLE heat_user (
    id            INTEGER PRIMARY KEY,
    project_id    INTEGER NOT NULL REFERENCES project (id),
    uuid          BLOB NOT NULL UNIQUE,
    external_id   TEXT NOT NULL,               -- as given to identify(), or a token's sub
    traits        TEXT,                        -- JSON, as last sent
    proven_at_ms  INTEGER,                     -- when a verified token first vouched for the id
    created_at_ms INTEGER NOT NULL,
    UNIQUE (project_id, external_id)
) STRICT;

CREATE TABLE heat_session (
    id             INTEGER PRIMARY KEY,
    project_id     INTEGER NOT NULL REFERENCES project (id),
    external_id    ANY NOT NULL,               -- 16 bytes of a UUID, or TEXT
    user_id        INTEGER REFERENCES heat_user (id),
    started_at     ANY NOT NULL,
    last_seen_at   ANY NOT NULL,
    first_path_id  INTEGER NOT NULL,
    user_agent_id  INTEGER,
    device_id      INTEGER NOT NULL,
    client_id      INTEGER,
    address_hash   BLOB,
    received_at_ms INTEGER NOT NULL,           -- of its first request
    last_ts        ANY NOT NULL,               -- greatest ts of its rows; nothing beyond it can be a duplicate
    max_span_ms    ANY NOT NULL,               -- longest trail: how far before a time its row may begin
    row_count      INTEGER NOT NULL            -- rows as the protocol counts them: each trail point is one
) STRICT;
CREATE UNIQUE INDEX heat_session_external ON heat_session (external_id, project_id);
CREATE INDEX heat_session_started ON heat_session (project_id, started_at);
CREATE INDEX heat_session_user ON heat_session (user_id) WHERE user_id IS NOT NULL;

-- The events, clustered by session: a timeline is a range, a re-sent event is found where it would go.
CREATE TABLE heat_event (
    session_id     INTEGER NOT NULL,
    ts             ANY NOT NULL,               -- of a trail: its earliest point
    seq            INTEGER NOT NULL,           -- order of insertion in the file; a trail takes one per point
    kind           INTEGER NOT NULL,           -- domain::heat::Kind
    path_id        INTEGER NOT NULL,
    meta_id        INTEGER NOT NULL,           -- JSON {viewport, device, meta}
    user_id        INTEGER,
    target_id      INTEGER,                    -- selector, custom name, page viewed, key category
    x              ANY,                        -- click: x; scroll: depth in per cent
    y              ANY,                        -- click: y; scroll: scrollY as sent
    detail         ANY,                        -- JSON of the rest: INTEGER = dictionary id, TEXT = itself
    trail          BLOB,                       -- move: points, see store::heat::trail; one that lasts hours is cut
    event_id       ANY NOT NULL,               -- 16 bytes of a UUID, or TEXT
    received_in_ms INTEGER NOT NULL,           -- received_at minus the session's received_at_ms
    PRIMARY KEY (session_id, ts, seq)
) STRICT, WITHOUT ROWID;

-- Which sessions have rows in which hour of a project: events in order of time without an index on every row.
CREATE TABLE heat_session_hour (
    project_id INTEGER NOT NULL,
    hour       INTEGER NOT NULL,               -- floor(ts / 3,600,000)
    session_id INTEGER NOT NULL,
    PRIMARY KEY (project_id, hour, session_id)
) STRICT, WITHOUT ROWID;

-- The heat index: every row's time, place and viewport bucket in packed columns per (project, kind, path).
CREATE TABLE heat_chunk (
    id          INTEGER PRIMARY KEY,
    project_id  INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    path_id     INTEGER NOT NULL,
    first_seq   INTEGER NOT NULL,
    point_count INTEGER NOT NULL,
    min_ts      ANY NOT NULL,
    max_ts      ANY NOT NULL,
    summary     BLOB NOT NULL,                 -- greatest y, buckets and their counts
    columns     BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX heat_chunk_stream ON heat_chunk (project_id, kind, path_id, first_seq);

-- What commits have added to the heat index since the last merge. Streams are dealt out to parts, which are merged one
-- at a time: no merge keeps the writer long.
CREATE TABLE heat_tail (
    part        INTEGER NOT NULL,
    first_seq   INTEGER NOT NULL,
    point_count INTEGER NOT NULL,
    pieces      BLOB NOT NULL,
    PRIMARY KEY (part, first_seq)
) STRICT, WITHOUT ROWID;
