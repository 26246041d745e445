-- hash: Argon2id of the PIN keyed with a file beside the database. wrong: tries since the last right one.
-- reset_at_ms: when a forgotten PIN may be replaced; 0: nobody asked. passkeys_until_ms: those made by then may approve.
CREATE TABLE payment_pin (
    account_id INTEGER NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    wrong INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL,
    reset_at_ms INTEGER NOT NULL,
    passkeys_until_ms INTEGER NOT NULL
) STRICT;

-- Used once, for exactly what the digest says.
CREATE TABLE approval (
    token_hash BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX approval_by_account ON approval (account_id);
CREATE INDEX approval_by_expiry ON approval (expires_at_ms);

CREATE TABLE approval_challenge (
    challenge BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX approval_challenge_by_account ON approval_challenge (account_id);
CREATE INDEX approval_challenge_by_expiry ON approval_challenge (expires_at_ms);

-- span 1: a day, 2: a month. limit_minor NULL: no limit. From next_at_ms on next_minor holds; 0: nothing changes.
CREATE TABLE spending_limit (
    account_id INTEGER NOT NULL,
    span INTEGER NOT NULL,
    limit_minor INTEGER,
    next_minor INTEGER,
    next_at_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, span)
) STRICT, WITHOUT ROWID;

-- day: days since 1970-01-01, in UTC.
CREATE TABLE spending (
    account_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    spent_minor INTEGER NOT NULL CHECK (spent_minor >= 0),
    PRIMARY KEY (account_id, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX spending_by_day ON spending (day);
