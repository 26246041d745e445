-- The community's currency; one row once it is opened, never changed.
CREATE TABLE asset (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    symbol TEXT NOT NULL,
    exponent INTEGER NOT NULL,
    opened_at_ms INTEGER NOT NULL
) STRICT;

IMMUTABLE TABLE asset;
