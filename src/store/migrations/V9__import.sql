-- What was imported, and how far. Each piece of a source is stored in one transaction with its position here: an import
-- that was broken off goes on there, and one that is repeated finds itself done.
CREATE TABLE import_source (
    kind         TEXT NOT NULL,                -- word on the command line
    fingerprint  BLOB NOT NULL,                -- 32 bytes that say which content it is
    project_id   INTEGER NOT NULL,             -- where all of it went; 0: the source names its own projects
    position     INTEGER NOT NULL,             -- where to go on; only the source knows what it means
    read_count   INTEGER NOT NULL,             -- records read, those refused included
    refused      INTEGER NOT NULL,
    started_ms   INTEGER NOT NULL,
    finished_ms  INTEGER,                      -- when its end was reached last
    PRIMARY KEY (kind, fingerprint, project_id)
) STRICT, WITHOUT ROWID;
