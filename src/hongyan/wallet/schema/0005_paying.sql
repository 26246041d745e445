-- What a person's 收款码 says beside who she is; changed when somebody misuses it.
CREATE TABLE receive_code (
    account_id INTEGER NOT NULL PRIMARY KEY,
    token TEXT NOT NULL,
    made_at_ms INTEGER NOT NULL
) STRICT;

-- Money asked of others: of one (请求收款), or of several who share a bill (AA 收款). What for, the server is not told.
CREATE TABLE collection (
    id BLOB NOT NULL PRIMARY KEY,
    creator INTEGER NOT NULL,
    asset TEXT NOT NULL,
    made_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER
) STRICT;

CREATE TABLE collection_part (
    collection_id BLOB NOT NULL,
    account_id INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    paid_at_ms INTEGER,
    PRIMARY KEY (collection_id, account_id)
) STRICT;
