-- One row, where several processes may write: which one wrote last, and how many rounds were more than batches.
CREATE TABLE last_writer (
    id INTEGER PRIMARY KEY,
    process INTEGER NOT NULL,
    others INTEGER NOT NULL
) STRICT;
