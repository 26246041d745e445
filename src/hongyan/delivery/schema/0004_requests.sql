-- Who asks to be added to which group: her consent that any member adds her, until she is in or it is too old [DS15].
CREATE TABLE join_request (
    group_id BLOB NOT NULL,
    account_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (group_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX join_request_of_account ON join_request (account_id);

CREATE INDEX join_request_by_time ON join_request (at_ms);
