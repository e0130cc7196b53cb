-- Visits: what one visitor did at one go, made of the events of one session (domain::visit). They hold nothing that the
-- events do not say; a session's visits are made again when it gets more events. Times are milliseconds since the Unix
-- epoch. Columns *_id are ids of the dictionary unless they say otherwise; 0: not told.

CREATE TABLE visit (
    project_id   INTEGER NOT NULL,
    started_ms   INTEGER NOT NULL,
    source       INTEGER NOT NULL,             -- domain::visit::VisitSource
    session_id   INTEGER NOT NULL,             -- heat_session, or track_session
    ended_ms     INTEGER NOT NULL,
    visitor      INTEGER NOT NULL,             -- SipHash of whoever it is: user, address and browser, or session
    user_id      INTEGER,                      -- heat_user, or track_identifier; NULL: nobody was identified
    channel      INTEGER NOT NULL,             -- domain::visit::Channel
    device       INTEGER NOT NULL,             -- domain::visit::DeviceClass
    host_id      INTEGER NOT NULL,
    referrer_id  INTEGER NOT NULL,             -- host of the page that linked here
    source_id    INTEGER NOT NULL,             -- utm_source...
    medium_id    INTEGER NOT NULL,
    campaign_id  INTEGER NOT NULL,
    term_id      INTEGER NOT NULL,
    content_id   INTEGER NOT NULL,
    click_key_id INTEGER NOT NULL,             -- gclid, fbclid...
    browser_id   INTEGER NOT NULL,
    os_id        INTEGER NOT NULL,
    entry_id     INTEGER NOT NULL,             -- path of the first page view
    exit_id      INTEGER NOT NULL,             -- path of the last
    view_count   INTEGER NOT NULL,
    event_count  INTEGER NOT NULL,             -- events with a name
    marks        BLOB NOT NULL,                -- the first page views and named events: store::visits::marks
    PRIMARY KEY (project_id, started_ms, source, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_session ON visit (session_id, source);

-- Sessions whose visits must be made again.
CREATE TABLE visit_due (
    kind       INTEGER NOT NULL,               -- 0: heat_session, 1: track_session
    session_id INTEGER NOT NULL,
    PRIMARY KEY (kind, session_id)
) STRICT, WITHOUT ROWID;
INSERT INTO visit_due (kind, session_id) SELECT 0, id FROM heat_session;
INSERT INTO visit_due (kind, session_id) SELECT 1, id FROM track_session;

-- Days (UTC, counted from the epoch) on which visits begin. A sealed one is in visit_chunk, too.
CREATE TABLE visit_day (
    project_id INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    is_sealed  INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (project_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_day_open ON visit_day (day) WHERE is_sealed = 0;

-- The visits of a sealed day, column by column, in the order of their key.
CREATE TABLE visit_chunk (
    project_id INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    part       INTEGER NOT NULL,               -- store::visits::columns::Column
    count      INTEGER NOT NULL,               -- visits
    data       BLOB NOT NULL,
    PRIMARY KEY (project_id, day, part)
) STRICT, WITHOUT ROWID;
