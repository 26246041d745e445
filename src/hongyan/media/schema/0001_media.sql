-- Sealed blobs on their way. group_id is there until the last byte; then media_due says who may fetch.
-- found_old: how many hourly looks in a row found it past its time.
CREATE TABLE media_blob (
    blob_id BLOB NOT NULL,
    account_id INTEGER NOT NULL,
    device_id INTEGER NOT NULL,
    group_id BLOB,
    length INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    found_old INTEGER NOT NULL,
    PRIMARY KEY (blob_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX media_blob_by_account ON media_blob (account_id, length);
CREATE INDEX media_blob_by_time ON media_blob (expires_at_ms);
CREATE INDEX media_blob_unfinished ON media_blob (device_id, length, stored) WHERE group_id IS NOT NULL;

-- What lies in the blob store, piece by piece.
CREATE TABLE media_piece (
    blob_id BLOB NOT NULL,
    start INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    object TEXT NOT NULL,
    PRIMARY KEY (blob_id, start)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX media_piece_by_object ON media_piece (object);

-- taken = 1: this device has it. The blob goes with its last row that is 0.
CREATE TABLE media_due (
    blob_id BLOB NOT NULL,
    device_id INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    PRIMARY KEY (blob_id, device_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX media_due_by_device ON media_due (device_id);
