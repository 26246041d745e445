CREATE TABLE account (
    account_id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    account_key BLOB NOT NULL UNIQUE,
    box_key BLOB NOT NULL,
    box_signature BLOB NOT NULL,
    is_owner INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    password_hash TEXT,
    wrapped_account_key BLOB
) STRICT;

CREATE TABLE device (
    device_id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL,
    signature_key BLOB NOT NULL UNIQUE,
    certificate BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    label BLOB NOT NULL,
    token_hash BLOB UNIQUE,
    last_seen_day TEXT,
    removed_at_ms INTEGER
) STRICT;

CREATE INDEX device_by_account ON device (account_id);

CREATE TABLE invitation (
    invitation_id INTEGER NOT NULL PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    inviter_id INTEGER,
    uses INTEGER NOT NULL,
    uses_max INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    care_mode INTEGER NOT NULL,
    language TEXT
) STRICT;

CREATE INDEX invitation_by_inviter ON invitation (inviter_id);
CREATE INDEX invitation_by_expiry ON invitation (expires_at_ms);

CREATE TABLE invitation_use (
    invitation_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (invitation_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX invitation_use_by_account ON invitation_use (account_id);

CREATE TABLE passkey (
    passkey_id INTEGER NOT NULL PRIMARY KEY,
    credential_id BLOB NOT NULL UNIQUE,
    account_id INTEGER NOT NULL,
    public_key BLOB NOT NULL,
    sign_count INTEGER NOT NULL,
    label BLOB NOT NULL,
    wrapped_account_key BLOB,
    created_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX passkey_by_account ON passkey (account_id);

CREATE TABLE passkey_challenge (
    challenge_hash BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX passkey_challenge_by_expiry ON passkey_challenge (expires_at_ms);

CREATE TABLE ticket (
    ticket_hash BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL,
    device_id INTEGER,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX ticket_by_account ON ticket (account_id);
CREATE INDEX ticket_by_expiry ON ticket (expires_at_ms);

CREATE TABLE device_link (
    link_id TEXT NOT NULL PRIMARY KEY,
    poll_hash BLOB NOT NULL,
    account_id INTEGER,
    sealed BLOB,
    ticket_hash BLOB,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX device_link_by_account ON device_link (account_id);
CREATE INDEX device_link_by_expiry ON device_link (expires_at_ms);
