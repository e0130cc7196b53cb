-- What a project's people set for it: its zone, where its visits are counted from, goals, saved filters.

ALTER TABLE project ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';       -- IANA; days are days of this zone
ALTER TABLE project ADD COLUMN visits_from INTEGER NOT NULL DEFAULT 0;      -- domain::visit::VisitsFrom

-- What visitors should come to do: view a page or cause an event.
CREATE TABLE goal (
    id            INTEGER PRIMARY KEY,
    project_id    INTEGER NOT NULL REFERENCES project (id),
    name          TEXT NOT NULL,
    kind          INTEGER NOT NULL,            -- domain::visit::GoalKind
    pattern       TEXT NOT NULL,               -- path or name of the event; * at its end is any rest
    created_at_ms INTEGER NOT NULL,
    UNIQUE (project_id, name)
) STRICT;

-- A view of the data that somebody wants to find again.
CREATE TABLE saved_filter (
    id            INTEGER PRIMARY KEY,
    project_id    INTEGER NOT NULL REFERENCES project (id),
    name          TEXT NOT NULL,
    query         TEXT NOT NULL,               -- as in the URL: f=field:op:value&f=...
    created_at_ms INTEGER NOT NULL,
    UNIQUE (project_id, name)
) STRICT;
