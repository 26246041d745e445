/** What this device remembers of the backup it makes, and of the one it is being restored from. */
export const BACKUP = `
-- Ranges of 512 messages that changed since they were uploaded; changes counts, so that none is missed meanwhile.
CREATE TABLE backup_dirty (range INTEGER PRIMARY KEY, changes INTEGER NOT NULL) STRICT;
-- The segments on the server that hold a range, in order.
CREATE TABLE backup_segment (
  range INTEGER NOT NULL, part INTEGER NOT NULL, id BLOB NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY (range, part)
) STRICT, WITHOUT ROWID;
-- Segments still to be fetched and taken in, newest messages first.
CREATE TABLE restore_todo (position INTEGER PRIMARY KEY, id BLOB NOT NULL, rows INTEGER NOT NULL) STRICT;
-- Shares of friends' backup keys that this person keeps for them.
CREATE TABLE held_share (
  account INTEGER PRIMARY KEY, circle BLOB NOT NULL, share BLOB NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
-- The friends who keep a share of this person's key.
CREATE TABLE circle (
  account INTEGER PRIMARY KEY, circle BLOB NOT NULL, share BLOB NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
`;
