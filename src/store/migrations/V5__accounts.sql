-- Who may look at the dashboard: accounts, their sessions and roles, share links, the link of the first set-up.
-- Secrets are kept as SHA-256 (they are random and long), passwords as Argon2id.

CREATE TABLE account (
    id               INTEGER PRIMARY KEY,
    name             TEXT NOT NULL,
    name_key         TEXT NOT NULL UNIQUE,        -- the name in lower case: names differ by more than case
    password_hash    TEXT NOT NULL,               -- $argon2id$...
    is_admin         INTEGER NOT NULL,            -- of the installation
    totp_secret      BLOB,                        -- absent: no second factor
    totp_last_step   INTEGER NOT NULL DEFAULT 0,  -- the greatest step whose code was used; none up to it counts again
    created_at_ms    INTEGER NOT NULL,
    last_login_at_ms INTEGER,
    disabled_at_ms   INTEGER
) STRICT;

CREATE TABLE account_session (
    id              INTEGER PRIMARY KEY,
    account_id      INTEGER NOT NULL REFERENCES account (id),
    hash            BLOB NOT NULL UNIQUE,         -- of what the cookie holds
    created_at_ms   INTEGER NOT NULL,
    last_used_at_ms INTEGER NOT NULL,             -- to the minute
    user_agent      TEXT NOT NULL                 -- cut; for people who look through their sessions
) STRICT;
CREATE INDEX account_session_account ON account_session (account_id);

CREATE TABLE account_role (
    account_id INTEGER NOT NULL REFERENCES account (id),
    project_id INTEGER NOT NULL REFERENCES project (id),
    role       INTEGER NOT NULL,                  -- domain::role::Role
    PRIMARY KEY (account_id, project_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_role_project ON account_role (project_id);

-- Codes that stand in for the second factor, each once.
CREATE TABLE recovery_code (
    account_id INTEGER NOT NULL REFERENCES account (id),
    hash       BLOB NOT NULL,
    PRIMARY KEY (account_id, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE share_link (
    id            INTEGER PRIMARY KEY,
    project_id    INTEGER NOT NULL REFERENCES project (id),
    hash          BLOB NOT NULL UNIQUE,
    prefix        TEXT NOT NULL,                  -- its first characters, for people
    name          TEXT NOT NULL,
    password_hash TEXT,                           -- $argon2id$...; absent: the link is enough
    created_by    INTEGER REFERENCES account (id),
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER
) STRICT;
CREATE INDEX share_link_project ON share_link (project_id);

-- What lets somebody make the first administrator; there is at most one.
CREATE TABLE setup_token (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    hash       BLOB NOT NULL,
    made_at_ms INTEGER NOT NULL
) STRICT;

ALTER TABLE read_token ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE read_token ADD COLUMN expires_at_ms INTEGER;                       -- absent: never
ALTER TABLE read_token ADD COLUMN created_by INTEGER REFERENCES account (id);  -- absent: made by a command
