-- A red packet. The server knows its money; the greeting, and who may open it, travel in the encrypted card:
-- secret_hash is of the secret in it. commitment covers salt and shares, which are told once the packet has ended.
CREATE TABLE packet (
    id BLOB NOT NULL PRIMARY KEY,
    sender INTEGER NOT NULL,
    asset TEXT NOT NULL,
    kind INTEGER NOT NULL,
    total INTEGER NOT NULL,
    shares INTEGER NOT NULL,
    secret_hash BLOB NOT NULL,
    salt BLOB NOT NULL,
    commitment BLOB NOT NULL,
    made_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0,
    ended_at_ms INTEGER
) STRICT;

CREATE INDEX packet_by_expiry ON packet (expires_at_ms) WHERE ended_at_ms IS NULL;

-- The shares in the order in which they are taken; the database itself gives nobody two.
CREATE TABLE packet_share (
    packet_id BLOB NOT NULL,
    place INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    taker INTEGER,
    taken_at_ms INTEGER,
    PRIMARY KEY (packet_id, place)
) STRICT;

CREATE UNIQUE INDEX packet_share_by_taker ON packet_share (packet_id, taker);
