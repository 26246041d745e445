-- Where a device may be woken; one row a device, and one device for an endpoint [PU1].
-- woken_seq: the newest mail it was woken for, so that what is above it is the outbox of wake-ups.
CREATE TABLE push_subscription (
    device_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    endpoint TEXT NOT NULL UNIQUE,
    device_key BLOB NOT NULL,
    auth_secret BLOB NOT NULL,
    woken_seq INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    last_failure TEXT
) STRICT;

CREATE INDEX push_subscription_of_account ON push_subscription (account_id);

-- Groups for whose messages the device is not woken.
CREATE TABLE push_muted (
    device_id INTEGER NOT NULL,
    group_id BLOB NOT NULL,
    PRIMARY KEY (device_id, group_id)
) STRICT, WITHOUT ROWID;
