-- hash: Argon2id of the PIN keyed with a file beside the database. wrong: tries since the last right one.
-- reset_at_ms: when a forgotten PIN may be replaced; 0: nobody asked. passkeys_until_ms: those made by then may approve.
CREATE TABLE payment_pin (
    account_id INTEGER NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    wrong INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL,
    reset_at_ms INTEGER NOT NULL,
    passkeys_until_ms INTEGER NOT NULL
) STRICT;

-- Used once, for exactly what the digest says.
CREATE TABLE approval (
    token_hash BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX approval_by_account ON approval (account_id);
CREATE INDEX approval_by_expiry ON approval (expires_at_ms);

CREATE TABLE approval_challenge (
    challenge BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX approval_challenge_by_account ON approval_challenge (account_id);
CREATE INDEX approval_challenge_by_expiry ON approval_challenge (expires_at_ms);

-- span 1: a day, 2: a month. limit_minor NULL: no limit. From next_at_ms on next_minor holds; 0: nothing changes.
CREATE TABLE spending_limit (
    account_id INTEGER NOT NULL,
    span INTEGER NOT NULL,
    limit_minor INTEGER,
    next_minor INTEGER,
    next_at_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, span)
) STRICT, WITHOUT ROWID;

-- day: days since 1970-01-01, in UTC.
CREATE TABLE spending (
    account_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    spent_minor INTEGER NOT NULL CHECK (spent_minor >= 0),
    PRIMARY KEY (account_id, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX spending_by_day ON spending (day);

-- Who sells. purse: the account of the ledger that its takings are in. closed_at_ms 0: it is open.
CREATE TABLE shop (
    id BLOB NOT NULL PRIMARY KEY,
    owner_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    purse BLOB NOT NULL UNIQUE,
    made_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX shop_by_owner ON shop (owner_id);

CREATE TABLE shop_staff (
    shop_id BLOB NOT NULL,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (shop_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX shop_staff_by_account ON shop_staff (account_id);

-- What a customer is to pay, or has paid. payer_id and paid_at_ms are 0 until then; refunded is part of amount.
CREATE TABLE shop_order (
    id BLOB NOT NULL PRIMARY KEY,
    shop_id BLOB NOT NULL,
    out_trade_no TEXT NOT NULL,
    amount INTEGER NOT NULL,
    description TEXT NOT NULL,
    state INTEGER NOT NULL,
    payer_id INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    paid_at_ms INTEGER NOT NULL,
    refunded INTEGER NOT NULL CHECK (refunded >= 0 AND refunded <= amount),
    UNIQUE (shop_id, out_trade_no)
) STRICT;

CREATE INDEX shop_order_by_payment ON shop_order (shop_id, paid_at_ms);
CREATE INDEX shop_order_by_making ON shop_order (shop_id, made_at_ms);
CREATE INDEX shop_order_by_payer ON shop_order (payer_id);

CREATE TABLE shop_refund (
    id BLOB NOT NULL PRIMARY KEY,
    order_id BLOB NOT NULL,
    shop_id BLOB NOT NULL,
    amount INTEGER NOT NULL,
    reason TEXT NOT NULL,
    by_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX shop_refund_by_order ON shop_refund (order_id);
CREATE INDEX shop_refund_by_time ON shop_refund (shop_id, at_ms);

-- 亲属卡: user_id may pay at shops from payer_id's purse, up to a sum in a month. month_day: the month spent_minor is of.
CREATE TABLE family_card (
    payer_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    limit_minor INTEGER NOT NULL,
    month_day INTEGER NOT NULL,
    spent_minor INTEGER NOT NULL CHECK (spent_minor >= 0),
    made_at_ms INTEGER NOT NULL,
    PRIMARY KEY (payer_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX family_card_by_user ON family_card (user_id);
