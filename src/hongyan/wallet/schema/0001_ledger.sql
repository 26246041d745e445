-- An account of the ledger. Pending amounts are held; posted ones have moved. The database itself refuses to let a
-- guarded account spend what it has not got.
CREATE TABLE ledger_account (
    id BLOB NOT NULL PRIMARY KEY,
    holder INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    asset TEXT NOT NULL,
    no_overdraft INTEGER NOT NULL,
    frozen INTEGER NOT NULL DEFAULT 0,
    closed INTEGER NOT NULL DEFAULT 0,
    debits_pending INTEGER NOT NULL DEFAULT 0,
    credits_pending INTEGER NOT NULL DEFAULT 0,
    debits_posted INTEGER NOT NULL DEFAULT 0,
    credits_posted INTEGER NOT NULL DEFAULT 0,
    opened_at_ms INTEGER NOT NULL,
    CHECK (debits_pending >= 0 AND credits_pending >= 0 AND debits_posted >= 0 AND credits_posted >= 0),
    CHECK (no_overdraft = 0 OR debits_posted + debits_pending <= credits_posted)
) STRICT;

CREATE INDEX ledger_account_by_owner ON ledger_account (owner, holder);

-- What happened, for ever, in the order in which it did. hash covers the one before and every column.
CREATE TABLE transfer (
    seq INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    kind INTEGER NOT NULL,
    debit BLOB NOT NULL,
    credit BLOB NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    asset TEXT NOT NULL,
    code INTEGER NOT NULL,
    group_id BLOB NOT NULL,
    pending_id BLOB UNIQUE,
    expires_at_ms INTEGER,
    at_ms INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE INDEX transfer_by_debit ON transfer (debit, seq);
CREATE INDEX transfer_by_credit ON transfer (credit, seq);

IMMUTABLE TABLE transfer;

-- Pending transfers that are not resolved yet.
CREATE TABLE transfer_open (
    id BLOB NOT NULL PRIMARY KEY,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX transfer_open_by_expiry ON transfer_open (expires_at_ms);

-- The newest transfer: the next one's hash begins with this, and no moment is before this one.
CREATE TABLE ledger_head (
    one INTEGER NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

-- Roots of complete subtrees of the books' Merkle tree, of 2^level leaves; only every eighth level is stored.
CREATE TABLE ledger_node (
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, place)
) STRICT, WITHOUT ROWID;

IMMUTABLE TABLE ledger_node;

-- What was signed of the books: the first `size` transfers have this root. `key` is the public half.
CREATE TABLE ledger_checkpoint (
    size INTEGER NOT NULL PRIMARY KEY,
    root BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    key BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

IMMUTABLE TABLE ledger_checkpoint;
