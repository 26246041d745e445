-- The community's currency; one row once it is opened, never changed.
CREATE TABLE asset (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    symbol TEXT NOT NULL,
    exponent INTEGER NOT NULL,
    opened_at_ms INTEGER NOT NULL
) STRICT;

IMMUTABLE TABLE asset;

-- Beside the owner of the server, who always is one.
CREATE TABLE treasurer (
    account_id INTEGER NOT NULL PRIMARY KEY,
    appointed_at_ms INTEGER NOT NULL
) STRICT;

-- What a treasurer may do; one row. Above alone_max another treasurer has to confirm.
CREATE TABLE treasury_rules (
    one INTEGER NOT NULL PRIMARY KEY,
    act_max INTEGER NOT NULL,
    day_max INTEGER NOT NULL,
    alone_max INTEGER NOT NULL
) STRICT;

-- What treasurers did, for all to see. recipient_id 0: nobody. confirmer_id 0: nobody had to, or has yet.
CREATE TABLE treasury_act (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    kind INTEGER NOT NULL,
    treasurer_id INTEGER NOT NULL,
    recipient_id INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    reason TEXT NOT NULL,
    state INTEGER NOT NULL,
    confirmer_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    decided_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX treasury_act_by_decision ON treasury_act (decided_at_ms);
