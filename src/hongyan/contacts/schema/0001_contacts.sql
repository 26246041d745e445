-- Two rows for each friendship, one in each person's list; the greeting is what the friend wrote to account_id.
CREATE TABLE friendship (
    account_id INTEGER NOT NULL,
    friend_id INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    greeting BLOB,
    PRIMARY KEY (account_id, friend_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX friendship_by_greeting ON friendship (since_ms) WHERE greeting IS NOT NULL;

-- shown = 0: declined, or made by somebody blocked. The requester is not told.
CREATE TABLE friend_request (
    from_id INTEGER NOT NULL,
    to_id INTEGER NOT NULL,
    greeting BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    PRIMARY KEY (from_id, to_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX friend_request_by_recipient ON friend_request (to_id);
CREATE INDEX friend_request_by_time ON friend_request (at_ms);

CREATE TABLE block (
    account_id INTEGER NOT NULL,
    blocked_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, blocked_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX block_by_blocked ON block (blocked_id);
