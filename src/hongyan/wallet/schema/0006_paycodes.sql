-- What a device makes payment codes of (付款码), and the last minute of which one was used.
CREATE TABLE pay_key (
    device_id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL,
    handle INTEGER NOT NULL,
    secret BLOB NOT NULL,
    used_step INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX pay_key_by_handle ON pay_key (handle);
CREATE INDEX pay_key_by_account ON pay_key (account_id);

-- Who allowed small amounts to be taken without being asked each time (小额免密).
CREATE TABLE pay_small (
    account_id INTEGER NOT NULL PRIMARY KEY,
    since_ms INTEGER NOT NULL
) STRICT;

-- An amount asked for by a scanned code. state 1: waits for the payer, 2: paid, 3: refused.
CREATE TABLE pay_claim (
    id BLOB NOT NULL PRIMARY KEY,
    code_hash BLOB NOT NULL,
    payer INTEGER NOT NULL,
    payee INTEGER NOT NULL,
    asset TEXT NOT NULL,
    amount INTEGER NOT NULL,
    state INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX pay_claim_by_payer ON pay_claim (payer, expires_at_ms);
CREATE INDEX pay_claim_by_expiry ON pay_claim (expires_at_ms);
