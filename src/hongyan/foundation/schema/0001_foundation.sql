-- Events written with the change they tell of, kept until every handler has dealt with them.
CREATE TABLE outbox_event (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX outbox_event_due ON outbox_event (due_at_ms);

CREATE TABLE job (
    name TEXT NOT NULL PRIMARY KEY,
    due_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE limit_use (
    subject_hash BLOB NOT NULL PRIMARY KEY,
    times_ms BLOB NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX limit_use_expires ON limit_use (expires_at_ms);

CREATE TABLE server_secret (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
