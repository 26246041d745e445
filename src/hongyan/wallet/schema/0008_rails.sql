-- Money that somebody pays in by a rail, a card for instance. ext_id: what the rail calls it; empty until it was asked.
-- state 1: waits for her or the rail, 2: paid in, 3: ended without, 4: the rail says something else than was asked.
CREATE TABLE rail_charge (
    id BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL,
    rail TEXT NOT NULL,
    ext_id TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    state INTEGER NOT NULL,
    said TEXT NOT NULL,
    made_at_ms INTEGER NOT NULL,
    asked_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX rail_charge_by_account ON rail_charge (account_id, made_at_ms);
CREATE INDEX rail_charge_by_state ON rail_charge (asked_at_ms) WHERE state = 1;
CREATE INDEX rail_charge_by_oddity ON rail_charge (made_at_ms) WHERE state = 4;
CREATE UNIQUE INDEX rail_charge_by_ext_id ON rail_charge (rail, ext_id) WHERE ext_id <> '';

-- What a rail told us by itself, once each, whatever came of it; charge_id empty: of none that we know.
CREATE TABLE rail_event (
    rail TEXT NOT NULL,
    ext_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    charge_id BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (rail, ext_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX rail_event_by_time ON rail_event (at_ms);
