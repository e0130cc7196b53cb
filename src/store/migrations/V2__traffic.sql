-- Proxied requests: one row each, and rollups of them per minute, hour and day.
-- Times are milliseconds since the Unix epoch, durations microseconds.

CREATE TABLE traffic_user (
    id            INTEGER PRIMARY KEY,
    project_id    INTEGER NOT NULL REFERENCES project (id),
    external_id   TEXT NOT NULL,               -- userId
    name          TEXT,                        -- as last told
    email         TEXT,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms  INTEGER NOT NULL,            -- written with the rollups, as far as `rolled_up_id`
    UNIQUE (project_id, external_id)
) STRICT;
CREATE INDEX traffic_user_seen ON traffic_user (project_id, last_seen_ms);

-- A session as the app or Hearth named it. Requests hold its number: an index over the texts, which come in no order,
-- would cost more than everything else that is written of a request.
CREATE TABLE traffic_session (
    id          INTEGER PRIMARY KEY,
    project_id  INTEGER NOT NULL REFERENCES project (id),
    external_id TEXT NOT NULL,                 -- sessionId
    UNIQUE (project_id, external_id)
) STRICT;

CREATE TABLE traffic_request (
    id              INTEGER PRIMARY KEY,       -- order of insertion; rollups cover all rows up to one id
    project_id      INTEGER NOT NULL,
    created_at_ms   INTEGER NOT NULL,          -- when it was stored
    stored_after_ms INTEGER NOT NULL,          -- created_at_ms minus when the request ended
    duration_us     INTEGER NOT NULL,
    first_byte_us   INTEGER,
    upstream_us     INTEGER,
    status          INTEGER NOT NULL,
    is_slow         INTEGER NOT NULL,
    failure         INTEGER,                   -- domain::traffic::Failure
    protocol        INTEGER NOT NULL,          -- domain::traffic::Protocol
    method_id       INTEGER NOT NULL,          -- dictionary
    route_id        INTEGER NOT NULL,          -- dictionary
    host_id         INTEGER NOT NULL,          -- dictionary
    user_agent_id   INTEGER,                   -- dictionary
    user_id         INTEGER,                   -- traffic_user
    session_id      INTEGER,                   -- traffic_session
    ip              TEXT,
    url             TEXT,                      -- NULL: the same text as the route
    referrer        TEXT,
    trace_id        BLOB,
    bytes_in        INTEGER NOT NULL,
    bytes_out       INTEGER NOT NULL
) STRICT;
CREATE INDEX traffic_request_time ON traffic_request (project_id, created_at_ms);
CREATE INDEX traffic_request_error ON traffic_request (project_id, created_at_ms) WHERE status >= 400;
CREATE INDEX traffic_request_slow ON traffic_request (project_id, created_at_ms) WHERE is_slow = 1;
CREATE INDEX traffic_request_user ON traffic_request (user_id, created_at_ms) WHERE user_id IS NOT NULL;
CREATE INDEX traffic_request_session ON traffic_request (session_id, created_at_ms) WHERE session_id IS NOT NULL;

-- What happened in one bucket of time on one route by one method with one class of status.
-- Buckets are counted from the epoch in UTC: minutes, hours or days.
CREATE TABLE traffic_rollup (
    project_id   INTEGER NOT NULL,
    grain        INTEGER NOT NULL,             -- 0 minute, 1 hour, 2 day
    bucket       INTEGER NOT NULL,
    route_id     INTEGER NOT NULL,             -- dictionary
    method_id    INTEGER NOT NULL,             -- dictionary; 0 for all methods that are not registered
    status_class INTEGER NOT NULL,             -- status / 100
    summary      BLOB NOT NULL,                -- store::traffic::summary
    PRIMARY KEY (project_id, grain, bucket, route_id, method_id, status_class)
) STRICT, WITHOUT ROWID;

-- What happened in one bucket of time altogether.
CREATE TABLE traffic_bucket (
    project_id INTEGER NOT NULL,
    grain      INTEGER NOT NULL,
    bucket     INTEGER NOT NULL,
    summary    BLOB NOT NULL,
    statuses   BLOB NOT NULL,                  -- count of each status code: store::traffic::statuses
    users      BLOB NOT NULL,                  -- distinct users: store::traffic::distinct
    PRIMARY KEY (project_id, grain, bucket)
) STRICT, WITHOUT ROWID;

-- What one user did in one bucket of time; hours and days only.
CREATE TABLE traffic_user_rollup (
    project_id  INTEGER NOT NULL,
    grain       INTEGER NOT NULL,
    bucket      INTEGER NOT NULL,
    user_id     INTEGER NOT NULL,              -- traffic_user
    requests    INTEGER NOT NULL,
    errors      INTEGER NOT NULL,
    slow        INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,              -- sum
    PRIMARY KEY (project_id, grain, bucket, user_id)
) STRICT, WITHOUT ROWID;

-- The rollups hold every row of traffic_request up to `rolled_up_id`; readers add the rows beyond it.
CREATE TABLE traffic_progress (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    rolled_up_id INTEGER NOT NULL
) STRICT;
INSERT INTO traffic_progress (id, rolled_up_id) VALUES (1, 0);
