-- One row: up to which seq mail was found too old, and at how many hourly looks in a row [DS7].
CREATE TABLE mail_found_old (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    looks INTEGER NOT NULL
) STRICT;

INSERT INTO mail_found_old (id, seq, looks) VALUES (1, 0, 0);
