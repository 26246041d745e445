-- How somebody may be asked to be friends; without a row, in every way [CT4].
CREATE TABLE contact_rules (
    account_id INTEGER PRIMARY KEY,
    by_name INTEGER NOT NULL,
    by_code INTEGER NOT NULL,
    by_group INTEGER NOT NULL
) STRICT;
