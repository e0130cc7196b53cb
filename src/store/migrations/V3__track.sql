-- Apps: events of the Datalyr protocol, who was behind them, what brought them, what they paid. Times are milliseconds
-- since the Unix epoch. Events, ties and aliases are only ever added; persons, journeys and reports follow from all of
-- them, so that the order of arrival does not matter.

-- By what web pages name the project, which carry no key; and the origins that may do so. No row: any origin.
ALTER TABLE project ADD COLUMN workspace_id TEXT;
CREATE UNIQUE INDEX project_workspace ON project (workspace_id) WHERE workspace_id IS NOT NULL;

CREATE TABLE project_origin (
    project_id INTEGER NOT NULL REFERENCES project (id),
    origin     TEXT NOT NULL,                  -- https://example.org, or https://*.example.org
    PRIMARY KEY (project_id, origin)
) STRICT, WITHOUT ROWID;

-- Whether its holder may also erase persons.
ALTER TABLE read_token ADD COLUMN may_erase INTEGER NOT NULL DEFAULT 0;

-- Everything by which somebody may be known.
CREATE TABLE track_identifier (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, also where persons were erased
    project_id INTEGER NOT NULL,
    kind       INTEGER NOT NULL,               -- domain::track::IdentifierKind
    hash       INTEGER NOT NULL,               -- SipHash of the value; look up by it, compare the value
    value      TEXT NOT NULL,
    person_id  INTEGER,                        -- of a user: one of the users it is one person with, the same for all
    is_proven  INTEGER NOT NULL DEFAULT 0,     -- of a user: it has events of its own, or was identified
    is_person  INTEGER NOT NULL DEFAULT 0      -- stands for a person in lists: one user of each person, and each
                                               -- anonymous id that is tied to no proven user
) STRICT;
CREATE INDEX track_identifier_value ON track_identifier (project_id, kind, hash);
CREATE INDEX track_identifier_person ON track_identifier (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX track_identifier_listed ON track_identifier (project_id, id) WHERE is_person = 1;

-- From this time on, an anonymous id, a device or an external id stands for a user, or for an anonymous id.
CREATE TABLE track_tie (
    from_id INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    to_id   INTEGER NOT NULL,
    PRIMARY KEY (from_id, time_ms, to_id)
) STRICT, WITHOUT ROWID;

-- Which ids were ever tied to which, a row for each pair.
CREATE TABLE track_tied (
    from_id INTEGER NOT NULL,
    to_id   INTEGER NOT NULL,
    PRIMARY KEY (from_id, to_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_tied_to ON track_tied (to_id);

-- Users that are one person.
CREATE TABLE track_alias (
    absorbed_id INTEGER NOT NULL,
    survivor_id INTEGER NOT NULL,
    time_ms     INTEGER NOT NULL,              -- the latest at which it was said
    PRIMARY KEY (absorbed_id, survivor_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_alias_survivor ON track_alias (survivor_id);

-- Browsers whose touches also lead to a person that uses an app.
CREATE TABLE track_web_match (
    subject_id   INTEGER NOT NULL,             -- user or anonymous id of the app
    anonymous_id INTEGER NOT NULL,             -- of the browser
    time_ms      INTEGER NOT NULL,             -- the earliest at which it was said
    PRIMARY KEY (subject_id, anonymous_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_web_match_anonymous ON track_web_match (anonymous_id);

-- What is known of a user: for each key what was said last, by the time of the event.
CREATE TABLE track_trait (
    user_id INTEGER NOT NULL,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,                     -- JSON
    time_ms INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

-- Every e-mail address a user was ever said to have; lower case, trimmed.
CREATE TABLE track_email (
    project_id INTEGER NOT NULL,
    email      TEXT NOT NULL,
    user_id    INTEGER NOT NULL,
    PRIMARY KEY (project_id, email, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_email_user ON track_email (user_id);

-- Sessions as clients name them. Those that readers make up from person and hour have no row.
CREATE TABLE track_session (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id      INTEGER NOT NULL,
    hash            INTEGER NOT NULL,          -- SipHash of the external id
    external_id     TEXT NOT NULL,
    channel_id      INTEGER NOT NULL,
    started_ms      INTEGER NOT NULL,
    ended_ms        INTEGER NOT NULL,
    event_count     INTEGER NOT NULL,          -- 0: no session yet, only named by marks or hidden events; no times either
    page_view_count INTEGER NOT NULL
) STRICT;
CREATE INDEX track_session_external ON track_session (project_id, hash);
CREATE INDEX track_session_started ON track_session (project_id, started_ms);

CREATE TABLE track_event (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT, -- order of arrival; never given twice
    project_id      INTEGER NOT NULL,
    time_ms         INTEGER NOT NULL,
    received_ms     INTEGER NOT NULL,
    event_id        ANY NOT NULL,              -- 16 bytes of a UUID, or TEXT; made up if none was sent
    name_id         INTEGER NOT NULL,
    kind            INTEGER NOT NULL,          -- domain::track::EventKind
    flags           INTEGER NOT NULL,          -- 1: hidden from default reports, 2: not for advertising
    subject_id      INTEGER,                   -- the user, else the anonymous id
    anonymous_id    INTEGER,
    device_id       INTEGER,
    session_id      INTEGER,
    channel_id      INTEGER NOT NULL,
    library_id      INTEGER,                   -- name and version, a space between
    touch           INTEGER,                   -- fingerprint of the touch it told
    client_time     TEXT,                      -- JSON, where time_ms is not what it says
    properties      TEXT NOT NULL,             -- JSON
    context         TEXT                       -- JSON
) STRICT;
CREATE INDEX track_event_subject ON track_event (subject_id, time_ms, session_id) WHERE subject_id IS NOT NULL;
CREATE INDEX track_event_time ON track_event (project_id, time_ms, kind, name_id, flags);
CREATE INDEX track_event_session ON track_event (session_id, time_ms) WHERE session_id IS NOT NULL;

-- Ids of events, for as long as they are remembered.
CREATE TABLE track_key (
    project_id  INTEGER NOT NULL,
    hash        INTEGER NOT NULL,              -- SipHash of the id; the event it names has the id itself
    seq         INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,              -- of the first that had it
    PRIMARY KEY (project_id, hash, seq)
) STRICT, WITHOUT ROWID;

-- How far (by seq) ids of events have been forgotten again.
CREATE TABLE track_forgotten (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO track_forgotten (id, seq) VALUES (1, 0);

-- What brought whom: a row for each campaign in each session, however often its events repeat it.
CREATE TABLE track_touch (
    subject_id       INTEGER NOT NULL,
    session_key      INTEGER NOT NULL,         -- the session's id; without one, minus the hour since the epoch, minus 1
    fingerprint      INTEGER NOT NULL,
    anonymous_id     INTEGER,
    first_ms         INTEGER NOT NULL,         -- earliest event that told it
    captured_ms      INTEGER NOT NULL,         -- when the client met it: earliest that was said
    last_captured_ms INTEGER NOT NULL,         -- latest that was said
    source_id        INTEGER,
    medium_id        INTEGER,
    campaign_id      INTEGER,
    term_id          INTEGER,
    content_id       INTEGER,
    click_key_id     INTEGER,                  -- dictionary: fbclid, gclid...
    click_id         TEXT,
    lyr              TEXT,
    landing_page     TEXT,                     -- of the earliest capture
    referrer         TEXT,
    detail           TEXT NOT NULL,            -- JSON
    PRIMARY KEY (subject_id, session_key, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_touch_session ON track_touch (session_key) WHERE session_key > 0;

CREATE TABLE track_conversion (
    project_id    INTEGER NOT NULL,
    time_ms       INTEGER NOT NULL,
    seq           INTEGER NOT NULL,            -- of the event
    name_id       INTEGER NOT NULL,
    subject_id    INTEGER,
    session_id    INTEGER,
    is_revenue    INTEGER NOT NULL,
    amount_micros INTEGER,
    currency_id   INTEGER NOT NULL,
    PRIMARY KEY (project_id, time_ms, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_conversion_subject ON track_conversion (subject_id, time_ms) WHERE subject_id IS NOT NULL;

-- What a webhook will come back with: Stripe checkout sessions, Shopify carts.
CREATE TABLE track_pairing (
    project_id INTEGER NOT NULL,
    kind       INTEGER NOT NULL,               -- domain::track::PairingKind
    value      TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    anonymous_id INTEGER,
    time_ms    INTEGER NOT NULL,               -- the latest
    PRIMARY KEY (project_id, kind, value, subject_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_pairing_subject ON track_pairing (subject_id);

-- Clicks that lead to an app store, by the address they came from.
CREATE TABLE track_download_click (
    project_id   INTEGER NOT NULL,
    address_hash BLOB NOT NULL,
    received_ms  INTEGER NOT NULL,
    seq          INTEGER NOT NULL,             -- of the event
    PRIMARY KEY (project_id, address_hash, received_ms, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_download_click_seq ON track_download_click (seq);

CREATE TABLE track_quarantine (
    id          INTEGER PRIMARY KEY,
    project_id  INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    reason      TEXT NOT NULL,                 -- domain::track::QuarantineReason
    body        TEXT NOT NULL
) STRICT;
CREATE INDEX track_quarantine_project ON track_quarantine (project_id, id);

-- How many there ever were.
CREATE TABLE track_quarantine_count (
    project_id INTEGER PRIMARY KEY,
    count      INTEGER NOT NULL
) STRICT;

-- Who was erased: events of theirs from before then stay away.
CREATE TABLE track_suppression (
    project_id   INTEGER NOT NULL,
    kind         INTEGER NOT NULL,             -- domain::track::IdentifierKind
    hash         BLOB NOT NULL,                -- HMAC-SHA-256 of the value under the installation's secret
    erased_at_ms INTEGER NOT NULL,
    PRIMARY KEY (project_id, kind, hash)
) STRICT, WITHOUT ROWID;

-- Who else was identified in a heat session: the session itself names only the latest.
CREATE TABLE heat_session_former_user (
    user_id    INTEGER NOT NULL,
    session_id INTEGER NOT NULL,
    PRIMARY KEY (user_id, session_id)
) STRICT, WITHOUT ROWID;
INSERT INTO heat_session_former_user (user_id, session_id)
SELECT DISTINCT event.user_id, event.session_id
FROM heat_event AS event
JOIN heat_session AS session ON session.id = event.session_id
WHERE event.user_id IS NOT NULL AND event.user_id IS NOT session.user_id;
