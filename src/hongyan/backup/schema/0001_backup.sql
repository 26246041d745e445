-- The newest backup of an account; what it is made of is in backup_segment and in the files of its segments.
CREATE TABLE backup (
    account_id INTEGER NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    format INTEGER NOT NULL,
    device_id INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL,
    manifest BLOB NOT NULL,
    key_for_devices BLOB NOT NULL
) STRICT;

-- A row comes before its file and goes after it, so that no file is ever without a row.
-- free_at_ms: NULL while the newest backup uses it; else when it may be erased.
CREATE TABLE backup_segment (
    account_id INTEGER NOT NULL,
    segment_id BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    free_at_ms INTEGER,
    PRIMARY KEY (account_id, segment_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX backup_segment_by_freedom ON backup_segment (free_at_ms) WHERE free_at_ms IS NOT NULL;

-- wrong: wrong guesses since the last right one. Destroyed: share, verifier and box are empty.
CREATE TABLE backup_vault (
    account_id INTEGER NOT NULL PRIMARY KEY,
    share BLOB NOT NULL,
    verifier BLOB NOT NULL,
    box BLOB NOT NULL,
    wrong INTEGER NOT NULL,
    open_at_ms INTEGER NOT NULL,
    set_at_ms INTEGER NOT NULL,
    destroyed_at_ms INTEGER
) STRICT;

CREATE TABLE backup_circle (
    account_id INTEGER NOT NULL PRIMARY KEY,
    circle_id BLOB NOT NULL,
    box BLOB NOT NULL,
    made_at_ms INTEGER NOT NULL
) STRICT;

-- account_id is NULL for a name that nobody has: whoever asks cannot tell.
CREATE TABLE recovery (
    recovery_id TEXT NOT NULL PRIMARY KEY,
    poll_hash BLOB NOT NULL,
    account_id INTEGER,
    proved INTEGER NOT NULL,
    opens_at_ms INTEGER,
    ticket_hash BLOB,
    started_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX recovery_by_account ON recovery (account_id);
CREATE INDEX recovery_by_expiry ON recovery (expires_at_ms);

CREATE TABLE recovery_approval (
    recovery_id TEXT NOT NULL,
    approver_id INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (recovery_id, approver_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX recovery_approval_by_approver ON recovery_approval (approver_id);
