-- Where several processes serve: the public half of the one key that all of them have.
CREATE TABLE push_key (
    id INTEGER PRIMARY KEY,
    public_key BLOB NOT NULL
) STRICT;
