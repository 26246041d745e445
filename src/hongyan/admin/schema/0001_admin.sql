-- What the owner did, without a word of whom it was done to but the account's number, and that goes with the account.
CREATE TABLE admin_act (
    act_id INTEGER NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    actor_id INTEGER,
    act TEXT NOT NULL,
    subject_id INTEGER
) STRICT;

CREATE INDEX admin_act_by_time ON admin_act (at_ms, act_id);
CREATE INDEX admin_act_by_subject ON admin_act (subject_id);
