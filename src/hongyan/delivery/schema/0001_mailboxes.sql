-- One row: the newest seq given out; taken in the transaction that stores mail, so seq follows commit order.
CREATE TABLE mail_clock (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT;

INSERT INTO mail_clock (id, seq) VALUES (1, 0);

-- A body is stored once, whoever it goes to, and goes with its last row of mail [DS5].
CREATE TABLE body (
    seq INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    group_id BLOB NOT NULL,
    sender INTEGER NOT NULL,
    no INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    bytes BLOB,
    pending INTEGER NOT NULL
) STRICT;

CREATE TABLE mail (
    device_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    sole INTEGER NOT NULL,
    PRIMARY KEY (device_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE mailbox (
    device_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    acked INTEGER NOT NULL,
    highest_no INTEGER NOT NULL,
    accepted BLOB NOT NULL,
    PRIMARY KEY (device_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX mailbox_of_account ON mailbox (account_id);

CREATE TABLE mls_group (
    group_id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    accounts_peak INTEGER NOT NULL,
    PRIMARY KEY (group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_info (
    id INTEGER PRIMARY KEY,
    group_id BLOB NOT NULL UNIQUE,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE member (
    group_id BLOB NOT NULL,
    device_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (group_id, device_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_by_device ON member (device_id);

CREATE INDEX member_by_account ON member (account_id);

-- A package that was given out stays as its hash alone, so that a repeated upload does not offer it again [DS13].
CREATE TABLE key_package (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    package_hash BLOB NOT NULL,
    package BLOB,
    last_resort INTEGER NOT NULL,
    published_at_ms INTEGER NOT NULL,
    UNIQUE (device_id, package_hash)
) STRICT;

CREATE INDEX key_package_of_account ON key_package (account_id);
