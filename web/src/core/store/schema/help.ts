/** A friend who helps with the settings, for half an hour, and those who may do so without being asked each time. */
export const HELP = `
-- One session with a person at a time. helped: this device is the one that asked. layout, sent: as last known, as last told.
CREATE TABLE help (
  account INTEGER PRIMARY KEY, session BLOB NOT NULL UNIQUE, helped INTEGER NOT NULL, until_ms INTEGER NOT NULL,
  joined INTEGER NOT NULL DEFAULT 0, layout TEXT, sent TEXT, sent_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Changes a helper proposed in a session that is open. state: waiting, agreed, refused.
CREATE TABLE help_proposal (
  account INTEGER NOT NULL, no INTEGER NOT NULL, setting TEXT NOT NULL, value TEXT NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (account, no)
) STRICT;
-- Whose changes are made at once.
CREATE TABLE helper (account INTEGER PRIMARY KEY) STRICT;
`;
